/**
 * The bytes of a request body → its statement, and then the rest (PROTOCOL.md §5). In two steps, so that nothing is made of the rest
 * before somebody has said that the request is welcome. It applies nothing. The body is there as a whole, so that its frames are read
 * where they stand.
 */
import type { Buffer } from 'node:buffer';
import {
  type Control,
  type HttpAttach,
  ITEM_OVERHEAD_BYTES,
  isControl,
  LENGTH_IN_16_BITS,
  MAX_16_BIT_LENGTH,
  MAX_CONTROL_PAYLOAD_BYTES,
  type NumberedItem,
  ProtocolError,
  parseHttpAttach,
  UTF8_BORDER,
  validateUtf8,
  WireReader,
} from '@holdfast/protocol';
import { viewBuffer } from './buffer-view.ts';
import { BodyError } from './request-body.ts';

/** What the controls of a request may add to its items. */
const MAX_CONTROLS = 64;

/** FIN and the opcode (RFC 6455 §5.2): all that a frame of a body may begin with. */
const TEXT_FRAME = 0x81;
const BINARY_FRAME = 0x82;

export class RequestMessages {
  readonly statement: HttpAttach;
  private readonly bytes: Buffer;
  /** `bytes.buffer`, which costs a call to ask for. */
  private readonly memory: ArrayBufferLike;
  /** What is before it has been read. */
  private position = 0;
  private readonly wire = new WireReader();

  /** @throws ProtocolError, BodyError a body that does not begin with an attach */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.memory = bytes.buffer;
    const first = this.next();
    if (first?.kind !== 'control' || first.verb !== 'attach') {
      throw new BodyError(400, 'A body begins with an attach');
    }
    this.statement = parseHttpAttach(first.argument);
  }

  /**
   * What follows the statement, once.
   *
   * @param maxBodyBytes bounds the number of messages too: clients count what each costs beside its payload
   * @throws ProtocolError, BodyError
   */
  rest(maxBodyBytes: number): (NumberedItem | Control)[] {
    const maxMessages = maxBodyBytes / ITEM_OVERHEAD_BYTES + MAX_CONTROLS;
    const messages: (NumberedItem | Control)[] = [];
    for (let message = this.next(); message !== undefined; message = this.next()) {
      if (messages.push(message) > maxMessages) throw new BodyError(413, 'Too many messages in one body');
    }
    return messages;
  }

  /** The next item or control; what only tells about the next is passed over. */
  private next(): NumberedItem | Control | undefined {
    const { bytes } = this;
    while (this.position < bytes.length) {
      const isText = bytes[this.position] === TEXT_FRAME;
      if (!isText && bytes[this.position] !== BINARY_FRAME) throw misplaced();
      const end = this.readHeader();
      const start = this.position;
      if (!(end <= bytes.length)) throw new BodyError(400, 'The body is not complete');
      this.position = end;
      if (isText && validateUtf8(bytes, UTF8_BORDER, start, end) !== UTF8_BORDER) {
        throw new BodyError(400, 'Text that is not UTF-8');
      }
      const payload = viewBuffer(this.memory, bytes.byteOffset + start, end - start);
      const event = this.wire.read(isControl(payload, !isText) ? payload.toString() : payload, !isText);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** Moves behind a header. @returns where its payload ends; NaN where it is not there as a whole */
  private readHeader(): number {
    const { bytes, position } = this;
    const short = bytes[position + 1] ?? Number.NaN;
    this.position += 2;
    if (!(short > MAX_CONTROL_PAYLOAD_BYTES)) return this.position + short;
    // The bit that says a frame is masked counts as 128.
    if (short > LENGTH_IN_16_BITS + 1) throw misplaced();
    const lengthBytes = short === LENGTH_IN_16_BITS ? 2 : 8;
    this.position += lengthBytes;
    if (this.position > bytes.length) return Number.NaN;
    const length =
      lengthBytes === 2 ? bytes.readUInt16BE(position + 2) : Number(bytes.readBigUInt64BE(position + 2));
    // "the minimal number of bytes MUST be used to encode the length" (RFC 6455 §5.2)
    if (length <= (lengthBytes === 2 ? MAX_CONTROL_PAYLOAD_BYTES : MAX_16_BIT_LENGTH)) throw misplaced();
    return this.position + length;
  }
}

function misplaced(): ProtocolError {
  return new ProtocolError('HOLDFAST_ERR_WIRE', 'A frame that has no place in a body');
}
