/**
 * The session at a server's end: a message may be only so long, however many fragments it has, and takes little more memory than it
 * holds. What is longer is counted and dropped.
 */
import { ByteAccumulator } from './bytes.ts';
import { CLOSE_MESSAGE_TOO_BIG } from './close-codes.ts';
import type { DataItem, Payload } from './item.ts';
import type { ItemRun } from './item-buffer.ts';
import type { Run, SendBuffer } from './send-buffer.ts';
import { Session } from './session.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { wireError } from './wire-error.ts';

/** Options of a {@link ServerSession}. */
export interface SessionOptions {
  /** The longest message from the peer, in bytes (text from a string transport: UTF-16 code units). */
  readonly maxMessageBytes: number;
}

export class ServerSession<Handed extends Run = ItemRun> extends Session<Handed> {
  /** What has come of a message that is not complete. */
  private partial: PartialMessage | undefined = undefined;
  /** Whether a message was too long: what still comes is counted, and dropped, until the peer closes. */
  private discarding = false;
  private readonly maxMessageBytes: number;

  constructor(options: SessionOptions, outgoing: SendBuffer<Handed>) {
    super(outgoing);
    this.maxMessageBytes = options.maxMessageBytes;
  }

  /**
   * Takes a message that is one item: nearly all are, and no object need be made for them.
   *
   * @returns false where `receive` has to look at it
   */
  receiveWhole(number: number, length: number): boolean {
    if (number !== this.received || this.closeReceived || this.hasPart) return false;
    if (this.discarding || length > this.maxMessageBytes) return false;
    this.received++;
    return true;
  }

  protected override get hasPart(): boolean {
    return this.partial !== undefined;
  }

  protected override clear(): void {
    this.partial = undefined;
  }

  /** @throws ProtocolError with close code 1009: the message is too long, and the session to be closed */
  protected override put(item: DataItem): DataItem | undefined {
    if (this.discarding) return undefined;
    const { data, binary, final } = item;
    if ((this.partial?.length ?? 0) + data.length > this.maxMessageBytes) {
      this.clear();
      this.discarding = true;
      throw wireError('Max payload size exceeded', {
        code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
        closeCode: CLOSE_MESSAGE_TOO_BIG,
      });
    }
    this.isBinary = binary;
    if (final && this.partial === undefined) return item;
    this.partial ??= new PartialMessage(typeof data === 'string');
    this.partial.append(data, this.maxMessageBytes);
    if (!final) return undefined;
    const whole = this.partial.take();
    this.clear();
    return { kind: 'data', data: whole, binary, final };
  }
}

/**
 * Puts the fragments of one message together, in the representation of the first: text may begin as a string on one
 * transport and go on as UTF-8 on another. Bytes are copied, so that many small fragments cost no more than they hold.
 */
class PartialMessage {
  private text: string | undefined;
  private readonly bytes = new ByteAccumulator();

  constructor(isString: boolean) {
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
