/**
 * The one send buffer of a session. Items come in at the end, are handed out in order, and stay until the peer has
 * acknowledged them; `rewind` hands them out again. It does not know transports or time.
 *
 *   acknowledged ≤ cursor ≤ next      held: [acknowledged, next)      unsent: [cursor, next)
 */
import { ProtocolError } from './errors.ts';
import type { Item } from './item.ts';

/** A run of consecutive items and the number of the first. */
export interface Run {
  readonly first: number;
  readonly items: readonly Item[];
}

interface Entry {
  readonly item: Item;
  readonly bytes: number;
}

/** Acknowledged entries are cut off the array when there are this many, so that each is moved O(1) times. */
const TRIM_AT_ENTRIES = 512;

export class SendBuffer {
  /** Items before this number have arrived; also the number of the first one held. */
  acknowledged = 0;
  /** The number of the next item handed out. */
  cursor = 0;
  /** The number the next item appended will have. */
  next = 0;
  /** Payload bytes held, sent or not. */
  heldBytes = 0;
  /** Payload bytes not handed out since the last rewind. */
  unsentBytes = 0;
  /** Items that were handed out more than once. */
  resent = 0;

  /** Entry i has the number `base + i`; those before `acknowledged` are dead and wait to be cut off. */
  private entries: Entry[] = [];
  private base = 0;
  /** The cursor's highest position: what the peer can have seen. */
  private handedOut = 0;

  get hasUnsent(): boolean {
    return this.cursor < this.next;
  }

  /** @param bytes the item's payload, in bytes */
  append(item: Item, bytes: number): void {
    this.entries.push({ item, bytes });
    this.next++;
    this.heldBytes += bytes;
    this.unsentBytes += bytes;
  }

  /** Hands out the unsent items that fit in `capacityBytes`, at least one if there is any. */
  take(capacityBytes: number): Run {
    const first = this.cursor;
    const items: Item[] = [];
    let room = capacityBytes;
    while (this.cursor < this.next) {
      const { item, bytes } = this.entries[this.cursor - this.base] as Entry;
      if (items.length > 0 && bytes + ITEM_OVERHEAD_BYTES > room) break;
      room -= bytes + ITEM_OVERHEAD_BYTES;
      items.push(item);
      this.unsentBytes -= bytes;
      this.cursor++;
    }
    if (first < this.handedOut) this.resent += Math.min(this.cursor, this.handedOut) - first;
    if (this.cursor > this.handedOut) this.handedOut = this.cursor;
    return { first, items };
  }

  /**
   * Lets go of everything before `count`.
   *
   * @throws ProtocolError an acknowledgement of what was never sent
   */
  acknowledge(count: number): void {
    this.checkAcknowledgement(count);
    while (this.acknowledged < count) {
      const index = this.acknowledged - this.base;
      const { bytes } = this.entries[index] as Entry;
      this.heldBytes -= bytes;
      if (this.acknowledged === this.cursor) {
        // Sent on a transport that ended, rewound, and then acknowledged after all.
        this.cursor++;
        this.unsentBytes -= bytes;
      }
      this.entries[index] = DEAD_ENTRY;
      this.acknowledged++;
    }
    this.trim();
  }

  /** @throws ProtocolError an acknowledgement of what was never sent */
  checkAcknowledgement(count: number): void {
    if (count > this.handedOut)
      throw new ProtocolError('HOLDFAST_ERR_WIRE', 'Acknowledged what was never sent');
  }

  /** Hands out again everything from the peer's count on. @throws ProtocolError as {@link acknowledge} */
  rewind(peerReceived: number): void {
    this.acknowledge(peerReceived);
    this.cursor = this.acknowledged;
    this.unsentBytes = this.heldBytes;
  }

  private trim(): void {
    const dead = this.acknowledged - this.base;
    if (dead === this.entries.length) this.entries = [];
    else if (dead >= TRIM_AT_ENTRIES && dead * 2 >= this.entries.length) this.entries.splice(0, dead);
    else return;
    this.base = this.acknowledged;
  }
}

/** What an item costs on the wire beside its payload, at most: frame headers, and `~more` or a close's digits. */
export const ITEM_OVERHEAD_BYTES = 24;

const DEAD_ENTRY: Entry = { item: { kind: 'close', code: 1005, reason: '' }, bytes: 0 };
