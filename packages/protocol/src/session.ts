/**
 * One end of a session: counts what comes and what goes, keeps what is not acknowledged, drops what comes twice, puts
 * fragments together, and carries the numbered close. Messages and counts go in, events come out; it does not know
 * transports, bytes or time. Both ends run this same code; what bounds it on a server is in server-session.ts.
 *
 * Call order: `send`… and `close` (application) in any order with `receive` and the calls of `outgoing` (driver).
 */
import { concatBytes } from './bytes.ts';
import type { DataItem, Item, Payload } from './item.ts';
import type { ItemRun } from './item-buffer.ts';
import type { Run, SendBuffer } from './send-buffer.ts';
import { wireError } from './wire-error.ts';

export class Session<Handed extends Run = ItemRun> {
  // Outgoing.
  readonly outgoing: SendBuffer<Handed>;
  /** Whether our close is in the buffer: nothing may be sent after it. */
  closeSent = false;

  // Incoming.
  /** Items received: the number of the one that is due. */
  received = 0;
  /** Whether the peer's close was received. */
  closeReceived = false;
  /** What has come of a message that is not complete. */
  private parts: Payload[] = [];
  protected isBinary = false;

  constructor(outgoing: SendBuffer<Handed>) {
    this.outgoing = outgoing;
  }

  /** Whether both closes have been exchanged and ours is acknowledged: nothing is owed to the peer any more. */
  get finished(): boolean {
    return this.closeReceived && this.closeSent && this.outgoing.acknowledged === this.outgoing.next;
  }

  /** Numbers a message and keeps it until it is acknowledged. Ignored after `close`. */
  send(data: Payload, binary: boolean): void {
    if (!this.closeSent) this.outgoing.append(data, binary);
  }

  /** Sends the numbered close behind everything else, once. */
  close(code: number, reason: string): void {
    if (this.closeSent) return;
    this.closeSent = true;
    this.outgoing.appendClose(code, reason);
  }

  /**
   * Takes the item with this number.
   *
   * @returns a whole message, as one item, or the close; undefined where it is a repetition or an inner fragment
   * @throws ProtocolError a gap in the numbers, something after the close, fragments that do not belong together (the
   *   transport is to be given up)
   */
  receive(number: number, item: Item): Item | undefined {
    if (number < this.received) return undefined;
    if (number > this.received) throw wireError('A gap in the numbers');
    if (this.closeReceived) throw wireError('A fragment after the close');
    if (item.kind === 'data' && this.hasPart && this.isBinary !== item.binary)
      throw wireError('A message of both text and binary fragments');
    this.received++;
    if (item.kind === 'data') return this.put(item);
    this.closeReceived = true;
    this.clear();
    // RFC 6455 §5.5.1: "it typically echos the status code it received"; ws and browsers echo the reason too.
    this.close(item.code, item.reason);
    return item;
  }

  /** Whether something has come of a message that is not complete. */
  protected get hasPart(): boolean {
    return this.parts.length > 0;
  }

  /** Drops what has come of a message. */
  protected clear(): void {
    this.parts = [];
  }

  /** Puts a message together. Text is strings on all transports, or UTF-8 on all. @returns it, with its last fragment */
  protected put(item: DataItem): DataItem | undefined {
    const { parts } = this;
    this.isBinary = item.binary;
    if (item.final && !this.hasPart) return item;
    parts.push(item.data);
    if (!item.final) return undefined;
    this.clear();
    const data = typeof parts[0] === 'string' ? parts.join('') : concatBytes(parts as Uint8Array[]);
    return { kind: 'data', data, binary: this.isBinary, final: true };
  }
}
