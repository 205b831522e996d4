/**
 * One end of a session: counts what comes and what goes, keeps what is not acknowledged, drops what comes twice, puts
 * fragments together, and carries the numbered close. Messages and counts go in, events come out; it does not know
 * transports, bytes or time. Both ends run this same code.
 *
 * Call order: `send`… and `close` (application) in any order with `receive`, `acknowledge`, `resume` (driver).
 */
import { concatBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { fragment, type Item, type Payload, payloadBytes } from './item.ts';
import { SendBuffer } from './send-buffer.ts';

/** A whole message from the peer. */
export interface MessageEvent {
  readonly type: 'message';
  readonly data: Payload;
  readonly binary: boolean;
}

/** The peer's close; no message follows. */
export interface CloseEvent {
  readonly type: 'close';
  readonly code: number;
  readonly reason: string;
}

export type SessionEvent = MessageEvent | CloseEvent;

/** Options of a {@link Session}. */
export interface SessionOptions {
  /** The longest message from the peer, in bytes (text from a string transport: UTF-16 code units). */
  readonly maxMessageBytes: number;
}

export class Session {
  // Outgoing.
  readonly outgoing: SendBuffer = new SendBuffer();
  /** Whether our close is in the buffer: nothing may be sent after it. */
  closeSent = false;

  // Incoming.
  /** Items received: the number of the one that is due. */
  received = 0;
  /** Whether the peer's close was received. */
  closeReceived = false;
  /** The fragments of a message that is not complete, and their length. */
  private parts: Payload[] = [];
  private partsLength = 0;
  /** Whether a message was too long: what still comes is counted, and dropped, until the peer closes. */
  private discarding = false;
  private readonly maxMessageBytes: number;

  constructor(options: SessionOptions) {
    this.maxMessageBytes = options.maxMessageBytes;
  }

  /** Whether both closes have been exchanged and ours is acknowledged: nothing is owed to the peer any more. */
  get finished(): boolean {
    return this.closeReceived && this.closeSent && this.outgoing.acknowledged === this.outgoing.next;
  }

  /** Numbers a message and keeps it until it is acknowledged. Ignored after `close`. */
  send(data: Payload, binary: boolean): void {
    if (this.closeSent) return;
    for (const item of fragment(data, binary)) this.outgoing.append(item, payloadBytes(item.data));
  }

  /** Sends the numbered close behind everything else, once. */
  close(code: number, reason: string): void {
    if (this.closeSent) return;
    this.closeSent = true;
    this.outgoing.append({ kind: 'close', code, reason }, payloadBytes(reason));
  }

  /**
   * Takes the item with this number.
   *
   * @returns the message or close that it completes; undefined where it is a repetition or an inner fragment
   * @throws ProtocolError a gap in the numbers, something after the close, fragments that do not belong together (the
   *   transport is to be given up); or, with close code 1009, a message that is too long (the session is to be closed)
   */
  receive(number: number, item: Item): SessionEvent | undefined {
    if (number < this.received) return undefined;
    if (number > this.received) throw new ProtocolError('HOLDFAST_ERR_WIRE', 'A gap in the numbers');
    if (this.closeReceived) throw new ProtocolError('HOLDFAST_ERR_WIRE', 'A fragment after the close');
    this.received++;
    if (item.kind === 'close') {
      this.closeReceived = true;
      this.parts = [];
      this.close(item.code, ''); // RFC 6455 §5.5.1: "it typically echos the status code it received"
      return { type: 'close', code: item.code, reason: item.reason };
    }
    if (this.discarding) return undefined;
    if (this.partsLength + item.data.length > this.maxMessageBytes) {
      this.parts = [];
      this.discarding = true;
      throw new ProtocolError('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'Max payload size exceeded');
    }
    if (item.final && this.parts.length === 0) {
      return { type: 'message', data: item.data, binary: item.binary };
    }
    return this.assemble(item.data, item.binary, item.final);
  }

  private assemble(data: Payload, binary: boolean, final: boolean): SessionEvent | undefined {
    this.parts.push(data);
    this.partsLength += data.length;
    if (!final) return undefined;
    const { parts } = this;
    this.parts = [];
    this.partsLength = 0;
    const whole = typeof data === 'string' ? parts.join('') : concatBytes(parts as Uint8Array[]);
    return { type: 'message', data: whole, binary };
  }
}
