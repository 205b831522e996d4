/**
 * A send buffer (send-buffer.ts) that holds items as they are: for a client, whose transports send one message at a time, and the browser
 * frames them. Sizes are those of the payloads.
 */
import {
  fragment,
  type Item,
  MAX_BYTES_PER_UNIT,
  MAX_FRAGMENT_LENGTH,
  type Payload,
  payloadBytes,
} from './item.ts';
import { ITEM_OVERHEAD_BYTES, type Run, type SendBuffer } from './send-buffer.ts';
import { wireError } from './wire-error.ts';

/** Consecutive items. */
export interface ItemRun extends Run {
  readonly items: readonly Item[];
}

/** The first slots of a buffer: a power of two, as all later numbers of slots. */
const FIRST_SLOTS = 16;

/** A buffer that has grown beyond this many slots gives them up as soon as it is empty. */
const MAX_EMPTY_SLOTS = 1024;

export class ItemBuffer implements SendBuffer<ItemRun> {
  acknowledged = 0;
  cursor = 0;
  next = 0;
  heldBytes = 0;
  unsentBytes = 0;
  resent = 0;

  /** A ring: the item n is in the slot n modulo the number of slots, as long as it is held. */
  private items: (Item | undefined)[] = [];
  /** The payload bytes of each item, in the same slots. */
  private sizes: number[] = [];
  /** The cursor's highest position, as the numbers are now: what the peer can have seen. */
  private handedOut = 0;
  /** What a fragment may hold, in bytes. */
  private maxBytes = Number.POSITIVE_INFINITY;

  get hasUnsent(): boolean {
    return this.cursor < this.next;
  }

  append(data: Payload, binary: boolean): void {
    this.appendData(data, binary, true);
  }

  appendClose(code: number, reason: string): void {
    this.appendItem({ kind: 'close', code, reason }, payloadBytes(reason));
  }

  /** @param bytes the item's payload, in bytes */
  appendItem(item: Item, bytes: number): void {
    if (this.next - this.acknowledged === this.items.length) this.grow();
    const slot = this.slotOf(this.next);
    this.items[slot] = item;
    this.sizes[slot] = bytes;
    this.next++;
    this.heldBytes += bytes;
    this.unsentBytes += bytes;
  }

  /** Hands out the unsent items that fit, at least one if there is any; with 0, none. */
  take(capacityBytes: number): ItemRun {
    const first = this.cursor;
    const items: Item[] = [];
    if (capacityBytes <= 0) return { first, items };
    let room = capacityBytes;
    while (this.cursor < this.next) {
      const slot = this.slotOf(this.cursor);
      const bytes = this.sizes[slot] as number;
      if (items.length > 0 && bytes + ITEM_OVERHEAD_BYTES > room) break;
      room -= bytes + ITEM_OVERHEAD_BYTES;
      items.push(this.items[slot] as Item);
      this.unsentBytes -= bytes;
      this.cursor++;
    }
    if (first < this.handedOut) this.resent += Math.min(this.cursor, this.handedOut) - first;
    if (this.cursor > this.handedOut) this.handedOut = this.cursor;
    return { first, items };
  }

  acknowledge(count: number): void {
    this.checkAcknowledgement(count);
    while (this.acknowledged < count) {
      const slot = this.slotOf(this.acknowledged);
      const bytes = this.sizes[slot] as number;
      this.heldBytes -= bytes;
      if (this.acknowledged === this.cursor) {
        // Sent on a transport that ended, rewound, and then acknowledged after all.
        this.cursor++;
        this.unsentBytes -= bytes;
      }
      this.items[slot] = undefined;
      this.acknowledged++;
    }
    if (this.acknowledged === this.next && this.items.length > MAX_EMPTY_SLOTS) {
      this.items = [];
      this.sizes = [];
    }
  }

  checkAcknowledgement(count: number): void {
    if (count > this.handedOut) throw wireError('Acknowledged what was never sent');
  }

  rewind(peerReceived: number): void {
    this.acknowledge(peerReceived);
    this.cursor = this.acknowledged;
    this.unsentBytes = this.heldBytes;
  }

  cut(maxBytes: number = Number.POSITIVE_INFINITY): void {
    this.maxBytes = maxBytes;
    const { acknowledged, next, items, sizes } = this;
    const numbers = Array.from({ length: next - acknowledged }, (_, index) => acknowledged + index);
    const firstCut = numbers.find((number) => (sizes[this.slotOf(number)] as number) > maxBytes);
    if (firstCut === undefined) return;
    const held = numbers.map((number) => items[this.slotOf(number)] as Item);
    this.next = acknowledged;
    this.handedOut = Math.min(this.handedOut, firstCut);
    this.heldBytes = this.unsentBytes = 0;
    for (const item of held) {
      if (item.kind === 'data') this.appendData(item.data, item.binary, item.final);
      else this.appendClose(item.code, item.reason);
    }
  }

  private appendData(data: Payload, binary: boolean, isEnd: boolean, maxLength = MAX_FRAGMENT_LENGTH): void {
    const { maxBytes } = this;
    for (const item of fragment(data, binary, maxLength, isEnd)) {
      const bytes = payloadBytes(item.data);
      if (bytes <= maxBytes) this.appendItem(item, bytes);
      else
        this.appendData(
          item.data,
          binary,
          item.final,
          Math.floor(maxBytes / (binary ? 1 : MAX_BYTES_PER_UNIT)),
        );
    }
  }

  private slotOf(number: number): number {
    return number & (this.items.length - 1);
  }

  /** Twice as many slots, so that each item is moved O(1) times. */
  private grow(): void {
    const { items, sizes } = this;
    const slots = Math.max(FIRST_SLOTS, 2 * items.length);
    this.items = new Array(slots).fill(undefined);
    this.sizes = new Array(slots).fill(0);
    for (let number = this.acknowledged; number < this.next; number++) {
      const slot = number & (items.length - 1);
      this.items[this.slotOf(number)] = items[slot];
      this.sizes[this.slotOf(number)] = sizes[slot] as number;
    }
  }
}
