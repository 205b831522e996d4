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

/** An item, and its payload in bytes. */
interface Held {
  readonly item: Item;
  readonly bytes: number;
}

export class ItemBuffer implements SendBuffer<ItemRun> {
  acknowledged = 0;
  cursor = 0;
  next = 0;
  heldBytes = 0;
  unsentBytes = 0;
  resent = 0;

  /** The items from `acknowledged` to `next`. */
  private held: Held[] = [];
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
    this.held.push({ item, bytes });
    this.next++;
    this.heldBytes += bytes;
    this.unsentBytes += bytes;
  }

  /** Hands out the unsent items that fit, at least one if there is any; with 0, none. */
  take(capacityBytes: number): ItemRun {
    const first = this.cursor;
    const items: Item[] = [];
    let room = capacityBytes;
    while (this.hasUnsent && room > 0) {
      const { item, bytes } = this.held[this.cursor - this.acknowledged] as Held;
      room -= bytes + ITEM_OVERHEAD_BYTES;
      if (items.length > 0 && room < 0) break;
      items.push(item);
      this.unsentBytes -= bytes;
      this.cursor++;
    }
    this.resent += Math.max(0, Math.min(this.cursor, this.handedOut) - first);
    this.handedOut = Math.max(this.cursor, this.handedOut);
    return { first, items };
  }

  acknowledge(count: number): void {
    this.checkAcknowledgement(count);
    if (count <= this.acknowledged) return;
    for (const { bytes } of this.held.splice(0, count - this.acknowledged)) this.heldBytes -= bytes;
    this.acknowledged = count;
    // Sent on a transport that ended, rewound, and then acknowledged after all.
    if (this.cursor < count) this.rewind(count);
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
    const { acknowledged, held } = this;
    const firstCut = held.findIndex(({ bytes }) => bytes > maxBytes);
    if (firstCut < 0) return;
    this.held = [];
    this.next = acknowledged;
    this.handedOut = Math.min(this.handedOut, acknowledged + firstCut);
    this.heldBytes = this.unsentBytes = 0;
    for (const { item } of held) {
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
}
