/**
 * One end of a session: counts what comes and what goes, keeps what is not acknowledged, drops what comes twice, puts
 * fragments together, and carries the numbered close. Messages and counts go in, events come out; it does not know
 * transports, bytes or time. Both ends run this same code.
 *
 * Call order: `send`… and `close` (application) in any order with `receive` and the calls of `outgoing` (driver).
 */
import { ByteAccumulator } from './bytes.ts';
import { CLOSE_MESSAGE_TOO_BIG } from './close-codes.ts';
import type { Item, Payload } from './item.ts';
import type { ItemRun } from './item-buffer.ts';
import type { Run, SendBuffer } from './send-buffer.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { wireError } from './wire-error.ts';

/** Options of a {@link Session}. */
export interface SessionOptions {
  /** The longest message from the peer, in bytes (text from a string transport: UTF-16 code units). */
  readonly maxMessageBytes: number;
}

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
  private partial: PartialMessage | undefined;
  /** Whether a message was too long: what still comes is counted, and dropped, until the peer closes. */
  private discarding = false;
  private readonly maxMessageBytes: number;

  constructor(options: SessionOptions, outgoing: SendBuffer<Handed>) {
    this.outgoing = outgoing;
    this.maxMessageBytes = options.maxMessageBytes;
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
   * Takes a message that is one item: nearly all are, and no object need be made for them.
   *
   * @returns false where `receive` has to look at it
   */
  receiveWhole(number: number, length: number): boolean {
    if (number !== this.received || this.closeReceived || this.partial !== undefined) return false;
    if (this.discarding || length > this.maxMessageBytes) return false;
    this.received++;
    return true;
  }

  /**
   * Takes the item with this number.
   *
   * @returns a whole message, as one item, or the close; undefined where it is a repetition or an inner fragment
   * @throws ProtocolError a gap in the numbers, something after the close, fragments that do not belong together (the
   *   transport is to be given up); or, with close code 1009, a message that is too long (the session is to be closed)
   */
  receive(number: number, item: Item): Item | undefined {
    if (number < this.received) return undefined;
    if (number > this.received) throw wireError('A gap in the numbers');
    if (this.closeReceived) throw wireError('A fragment after the close');
    if (item.kind === 'data' && this.partial !== undefined && this.partial.binary !== item.binary) {
      throw wireError('A message of both text and binary fragments');
    }
    this.received++;
    if (item.kind === 'close') {
      this.closeReceived = true;
      this.partial = undefined;
      // RFC 6455 §5.5.1: "it typically echos the status code it received"; ws and browsers echo the reason too.
      this.close(item.code, item.reason);
      return item;
    }
    if (this.discarding) return undefined;
    if ((this.partial?.length ?? 0) + item.data.length > this.maxMessageBytes) {
      this.partial = undefined;
      this.discarding = true;
      throw wireError('Max payload size exceeded', {
        code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
        closeCode: CLOSE_MESSAGE_TOO_BIG,
      });
    }
    const { data, binary, final } = item;
    if (final && this.partial === undefined) return item;

    this.partial ??= new PartialMessage(binary, typeof data === 'string');
    this.partial.append(data, this.maxMessageBytes);
    if (!final) return undefined;
    const whole = this.partial.take();
    this.partial = undefined;
    return { kind: 'data', data: whole, binary, final };
  }
}

/**
 * Puts the fragments of one message together, in the representation of the first: text may begin as a string on one
 * transport and go on as UTF-8 on another. Bytes are copied, so that many small fragments cost no more than they hold.
 */
class PartialMessage {
  readonly binary: boolean;
  private text: string | undefined;
  private readonly bytes = new ByteAccumulator();

  constructor(binary: boolean, isString: boolean) {
    this.binary = binary;
    this.text = isString ? '' : undefined;
  }

  /** In bytes, or in UTF-16 code units. */
  get length(): number {
    return this.text?.length ?? this.bytes.length;
  }

  append(data: Payload, maxBytes: number): void {
    if (this.text !== undefined) this.text += typeof data === 'string' ? data : decodeUtf8(data);
    else this.bytes.append(typeof data === 'string' ? encodeUtf8(data) : data, maxBytes);
  }

  take(): Payload {
    return this.text ?? this.bytes.take();
  }
}
