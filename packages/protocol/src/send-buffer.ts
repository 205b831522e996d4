/**
 * The one send buffer of a session, as the session and its driver see it. What is sent comes in at the end as items, is handed out in
 * order as runs, and stays until the peer has acknowledged it; `rewind` hands it out again. What a run holds is a matter between
 * the buffer and the transports of its place: items as they are (item-buffer.ts), or the frames that say them.
 *
 *   acknowledged ≤ cursor ≤ next      held: [acknowledged, next)      unsent: [cursor, next)
 */
import type { Payload } from './item.ts';

/** Consecutive items, in whatever form. */
export interface Run {
  /** The number of the first item. */
  readonly first: number;
}

export interface SendBuffer<Handed extends Run> {
  /** Items before this number have arrived; also the number of the first one held. */
  readonly acknowledged: number;
  /** The number of the next item handed out. */
  readonly cursor: number;
  /** The number the next item appended will have. */
  readonly next: number;
  /** How much is held, sent or not, in bytes. */
  readonly heldBytes: number;
  /** How much was not handed out since the last rewind, in bytes. */
  readonly unsentBytes: number;
  /** Items that were handed out more than once. */
  readonly resent: number;
  readonly hasUnsent: boolean;

  /** Appends a message, as one item or several. */
  append(data: Payload, binary: boolean): void;
  appendClose(code: number, reason: string): void;
  /** Hands out unsent items: about as many as fit in `capacityBytes`, at least one if there is any; with 0, none. */
  take(capacityBytes: number): Handed;
  /**
   * Lets go of everything before `count`.
   *
   * @throws ProtocolError an acknowledgement of what was never sent
   */
  acknowledge(count: number): void;
  /** @throws ProtocolError an acknowledgement of what was never sent */
  checkAcknowledgement(count: number): void;
  /** Hands out again everything from the peer's count on. @throws ProtocolError as {@link acknowledge} */
  rewind(peerReceived: number): void;
  /**
   * Makes every fragment that is handed out from now on hold at most this much payload, in bytes (default: what PROTOCOL.md allows); longer ones
   * are cut anew, and so numbered. Only directly after a `rewind` to the count that the peer has just told, and never below what is
   * sent along with an attach: else the peer may have something under its old number.
   */
  cut?(maxBytes?: number): void;
}

/** What an item costs on the wire beside its payload, at most: frame headers, and `~more` or a close's digits. */
export const ITEM_OVERHEAD_BYTES = 24;
