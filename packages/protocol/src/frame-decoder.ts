/**
 * Bytes → frames (RFC 6455 §5.2). Bytes come in, in any pieces; frames come out, unmasked, each checked
 * against everything that can be known from the frame alone. A violation is thrown as soon as the byte that
 * tells is there. Whether a row of frames makes sense is for messages.ts.
 *
 * A frame that lies whole in one chunk is unmasked in place and handed out as a view of it. Only what
 * crosses the border of two chunks is copied.
 */
import {
  type Allocate,
  ANNOUNCED_GROWTH_FACTOR,
  allocateUint8Array,
  ByteAccumulator,
  concatBytes,
  EMPTY_BYTES,
  type View,
} from './bytes.ts';
import { ChunkList } from './chunk-list.ts';
import { ProtocolError, type ProtocolErrorCode } from './errors.ts';
import {
  FIN_BIT,
  type Frame,
  isControlOpcode,
  isKnownOpcode,
  LENGTH_BITS,
  LENGTH_IN_16_BITS,
  MASK_BIT,
  MAX_16_BIT_LENGTH,
  MAX_CONTROL_PAYLOAD_BYTES,
  MAX_FRAME_HEADER_BYTES,
  OPCODE_BINARY,
  OPCODE_BITS,
  OPCODE_TEXT,
  RSV1_BIT,
  RSV2_AND_RSV3_BITS,
  TWO_POW_32,
} from './frames.ts';
import { MASKING_KEY_BYTES, mask, readMaskingKey } from './masking.ts';

/** Options of a {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  /**
   * Whether frames must be masked (`true`: what a server gets over TCP) or must not be (`false`: what a
   * client gets over TCP, and both ends in HTTP bodies). The other kind is a violation (RFC 6455 §5.1).
   */
  readonly expectMasked: boolean;
  /**
   * Whether an extension has given reserved bit 1 a meaning, on the first frame of a data message
   * (permessage-deflate, RFC 7692 §6). Default false: it must be clear.
   */
  readonly allowRsv1?: boolean | undefined;
  /**
   * The longest payload of a data frame, in bytes. Checked from the header, before anything is
   * buffered. Default: no limit. With RSV1 set it is {@link maxDeflatedBytes} of this.
   */
  readonly maxPayloadBytes?: number | undefined;
  /** Memory for payloads that do not lie in one chunk. Default: a new Uint8Array. */
  readonly allocate?: Allocate | undefined;
  /** Makes the views of chunks that payloads are. Default: as the chunk's own `subarray`. */
  readonly view?: View | undefined;
}

/** From here on a payload is put together when it is complete. Shorter ones stay in the processor's cache anyway. */
const KEPT_CHUNKS_BYTES = 256 * 1024;

/** What the processor's nearest cache holds beside what is copied. */
const BLOCK_BYTES = 16 * 1024;
const block: Uint8Array = new Uint8Array(BLOCK_BYTES);

/**
 * Bytes → frames. Call order: `push` a chunk, then `next` until it returns undefined.
 *
 * Memory: a chunk belongs to the decoder from `push` until `next` has returned undefined; it is unmasked in
 * place. A frame's payload is a view of that chunk, or of memory allocated for it alone. Where frames are not masked, the
 * decoder holds no reference to any chunk after `next` has returned undefined: a caller that has copied, or is done
 * with, the payloads may fill the same memory again. Where they are, the chunks of a long binary payload are kept until it is complete.
 *
 * After a violation every later call throws the same error again.
 */
export class FrameDecoder {
  // For the life of the connection.
  /** As in {@link FrameDecoderOptions}; may change between two frames. */
  maxPayloadBytes: number;
  private readonly expectMasked: boolean;
  private readonly allowRsv1: boolean;
  private readonly allocate: Allocate;
  private readonly view: View | undefined;
  /** Why no more is read: a violation, or `'discarding'` what follows a Close. */
  private stopped: ProtocolError | 'discarding' | undefined;

  // Input. `chunk[position..)` comes first, then the chunks waiting; nothing waits behind an empty chunk.
  private chunk: Uint8Array = EMPTY_BYTES;
  /** The memory of `chunk`, unless that is empty. Asking for it costs as much as making a view of it. */
  private memory: ArrayBufferLike = EMPTY_BYTES.buffer;
  private position = 0;
  private readonly waiting: Uint8Array[] = [];

  // For one frame: its header...
  /** The bytes of a header that does not lie in one chunk; else empty. */
  private headerBytes: Uint8Array = EMPTY_BYTES;
  private fin = false;
  private rsv1 = false;
  private opcode = 0;
  private payloadBytes = 0;
  private maskingKey = 0;
  /** ...and its payload, as far as it has come: unmasked, or the chunks as they came. Undefined at any other point of the stream. */
  private payload: ByteAccumulator | ChunkList | undefined;

  constructor(options: FrameDecoderOptions) {
    this.expectMasked = options.expectMasked;
    this.allowRsv1 = options.allowRsv1 ?? false;
    this.maxPayloadBytes = options.maxPayloadBytes ?? Number.POSITIVE_INFINITY;
    this.allocate = options.allocate ?? allocateUint8Array;
    this.view = options.view;
  }

  /** Takes the next bytes of the stream. Does not copy them; see the class on who owns them. */
  push(chunk: Uint8Array): void {
    if (this.stopped !== undefined) {
      this.throwViolation();
    } else if (this.position === this.chunk.length && this.waiting.length === 0) {
      this.take(chunk);
    } else {
      this.waiting.push(chunk);
    }
  }

  /**
   * The next frame, or undefined when more bytes are needed.
   *
   * @throws ProtocolError the first violation, as soon as the bytes that tell are there
   */
  next(): Frame | undefined {
    if (this.stopped !== undefined) return this.throwViolation();
    while (this.position < this.chunk.length || this.takeWaitingChunk()) {
      const frame = this.payload === undefined ? this.startFrame() : this.continueFrame(this.payload);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /**
   * The frame whose payload is on its way, with what has come of it so far, unmasked: so that the layer
   * above can refuse it early. Of a binary one the payload may be missing. Undefined when the header is not complete either.
   */
  get unfinished(): Frame | undefined {
    if (this.payload === undefined) return undefined;
    const payload = this.payload instanceof ChunkList ? EMPTY_BYTES : this.payload.view();
    return { fin: this.fin, rsv1: this.rsv1, opcode: this.opcode, payload };
  }

  /** Whether everything pushed has been read and ended with the end of a frame. */
  get isBetweenFrames(): boolean {
    return (
      this.position === this.chunk.length &&
      this.waiting.length === 0 &&
      this.headerBytes.length === 0 &&
      this.payload === undefined
    );
  }

  /** From now on every call throws `error`: the layer above has found a violation. */
  fail(error: ProtocolError): never {
    this.stop(error);
    throw error;
  }

  /** From now on `push` ignores its bytes and `next` returns undefined (RFC 6455 §5.5.1, after a Close). */
  discard(): void {
    this.stop('discarding');
  }

  private startFrame(): Frame | undefined {
    if (!this.takeHeader()) return undefined;
    const start = this.position;
    const end = start + this.payloadBytes;
    if (end > this.chunk.length) {
      const keepsChunks =
        this.expectMasked && this.opcode === OPCODE_BINARY && this.payloadBytes >= KEPT_CHUNKS_BYTES;
      this.payload = keepsChunks
        ? new ChunkList()
        : new ByteAccumulator(this.allocate, ANNOUNCED_GROWTH_FACTOR);
      return undefined;
    }
    this.position = end;
    if (this.expectMasked) mask(this.chunk, this.maskingKey, 0, start, end);
    const { chunk, view } = this;
    if (view === undefined) return this.frameOf(chunk.subarray(start, end));
    return this.frameOf(view(this.memory, chunk.byteOffset + start, this.payloadBytes));
  }

  private continueFrame(payload: ByteAccumulator | ChunkList): Frame | undefined {
    const { chunk, position } = this;
    const received = payload.length;
    const end = Math.min(position + this.payloadBytes - received, chunk.length);
    const source = chunk.subarray(position, end);
    this.position = end;
    if (payload instanceof ChunkList) {
      payload.push(source);
    } else {
      this.gather(source, payload);
    }
    if (payload.length < this.payloadBytes) return undefined;
    this.payload = undefined;
    return this.frameOf(payload instanceof ChunkList ? this.joinUnmasked(payload.take()) : payload.take());
  }

  /** Unmasks in a block on the way: a copy from where a read has put its bytes into new memory takes twice as long as both do (measured). */
  private gather(source: Uint8Array, payload: ByteAccumulator): void {
    const { maskingKey, payloadBytes } = this;
    if (!this.expectMasked) {
      payload.append(source, payloadBytes);
      return;
    }
    for (let at = 0; at < source.length; at += BLOCK_BYTES) {
      const part = source.subarray(at, at + BLOCK_BYTES);
      block.set(part);
      mask(block, maskingKey, payload.length, 0, part.length);
      payload.append(block.subarray(0, part.length), payloadBytes);
    }
  }

  /** Copies each chunk and unmasks the copy, while the processor's cache holds it. */
  private joinUnmasked(chunks: readonly Uint8Array[]): Uint8Array {
    const whole = this.allocate(this.payloadBytes);
    let at = 0;
    for (const chunk of chunks) {
      const end = at + chunk.length;
      whole.set(chunk, at);
      mask(whole, this.maskingKey, at, at, end);
      at = end;
    }
    return whole;
  }

  private frameOf(payload: Uint8Array): Frame {
    return { fin: this.fin, rsv1: this.rsv1, opcode: this.opcode, payload };
  }

  /** Moves behind the header and returns true; or keeps what has come of it, and returns false. */
  private takeHeader(): boolean {
    const { chunk, position, headerBytes } = this;
    if (headerBytes.length === 0) {
      const length = this.readHeader(chunk, position);
      if (length === 0) this.headerBytes = concatBytes([chunk.subarray(position)]);
      this.position = length === 0 ? chunk.length : position + length;
      return length !== 0;
    }
    const joined = concatBytes([headerBytes, chunk.subarray(position, position + MAX_FRAME_HEADER_BYTES)]);
    const length = this.readHeader(joined, 0);
    this.headerBytes = length === 0 ? joined : EMPTY_BYTES;
    this.position = length === 0 ? chunk.length : position + length - headerBytes.length;
    return length !== 0;
  }

  /** Reads and checks as much of a header as there is. Returns its length once it is complete, else 0. */
  private readHeader(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at;
    const first = bytes[at] as number;
    this.fin = (first & FIN_BIT) !== 0;
    this.rsv1 = (first & RSV1_BIT) !== 0;
    this.opcode = first & OPCODE_BITS;
    this.checkFirstByte(first);
    if (available < 2) return 0;

    const second = bytes[at + 1] as number;
    const masked = (second & MASK_BIT) !== 0;
    if (masked !== this.expectMasked) {
      if (masked) this.violate('WS_ERR_UNEXPECTED_MASK', 'MASK must be clear');
      this.violate('WS_ERR_EXPECTED_MASK', 'MASK must be set');
    }
    let payloadBytes = second & LENGTH_BITS;
    let headerBytes = 2;
    if (payloadBytes > MAX_CONTROL_PAYLOAD_BYTES) {
      if (isControlOpcode(this.opcode)) {
        this.violate('WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 'control frame of more than 125 bytes');
      }
      headerBytes = payloadBytes === LENGTH_IN_16_BITS ? 4 : 10;
      if (available < headerBytes) return 0;
      payloadBytes = headerBytes === 4 ? readUint16(bytes, at + 2) : this.readUint64(bytes, at + 2);
      // "the minimal number of bytes MUST be used to encode the length" (§5.2)
      if (payloadBytes <= (headerBytes === 4 ? MAX_CONTROL_PAYLOAD_BYTES : MAX_16_BIT_LENGTH)) {
        this.violate('HOLDFAST_ERR_INVALID_LENGTH_ENCODING', 'payload length is not minimally encoded');
      }
    }
    if (
      payloadBytes > this.maxPayloadBytes &&
      !isControlOpcode(this.opcode) &&
      !this.mayBeDeflated(payloadBytes)
    ) {
      this.violate('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'Max payload size exceeded');
    }
    this.payloadBytes = payloadBytes;
    if (!masked) return headerBytes;
    if (available < headerBytes + MASKING_KEY_BYTES) return 0;
    this.maskingKey = readMaskingKey(bytes, at + headerBytes);
    return headerBytes + MASKING_KEY_BYTES;
  }

  /** Whether so many bytes may be the compressed form of no more than the limit. */
  private mayBeDeflated(payloadBytes: number): boolean {
    return this.rsv1 && payloadBytes <= maxDeflatedBytes(this.maxPayloadBytes);
  }

  /** What can be wrong in a frame's first byte (RFC 6455 §5.2, §5.5; RFC 7692 §6.1). */
  private checkFirstByte(first: number): void {
    const { opcode } = this;
    if ((first & RSV2_AND_RSV3_BITS) !== 0) {
      this.violate('WS_ERR_UNEXPECTED_RSV_2_3', 'RSV2 and RSV3 must be clear');
    }
    if (!isKnownOpcode(opcode)) {
      this.violate('WS_ERR_INVALID_OPCODE', `invalid opcode ${opcode}`);
    }
    if (this.rsv1 && !(this.allowRsv1 && (opcode === OPCODE_TEXT || opcode === OPCODE_BINARY))) {
      this.violate('WS_ERR_UNEXPECTED_RSV_1', 'RSV1 must be clear');
    }
    if (!this.fin && isControlOpcode(opcode)) this.violate('WS_ERR_EXPECTED_FIN', 'FIN must be set');
  }

  private readUint64(bytes: Uint8Array, at: number): number {
    const high = readUint32(bytes, at);
    if (high >= 2 ** 31) {
      this.violate('HOLDFAST_ERR_INVALID_LENGTH_ENCODING', 'most significant bit of the length must be 0');
    }
    const length = high * TWO_POW_32 + readUint32(bytes, at + 4);
    if (length > Number.MAX_SAFE_INTEGER) {
      this.violate('WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 'payload length > 2^53 - 1');
    }
    return length;
  }

  private takeWaitingChunk(): boolean {
    this.take(EMPTY_BYTES);
    while (this.waiting.length > 0 && this.chunk.length === 0) this.take(this.waiting.shift() as Uint8Array);
    return this.chunk.length > 0;
  }

  private take(chunk: Uint8Array): void {
    this.chunk = chunk;
    if (chunk !== EMPTY_BYTES) this.memory = chunk.buffer;
    this.position = 0;
  }

  private violate(code: ProtocolErrorCode, message: string): never {
    this.fail(new ProtocolError(code, message));
  }

  private throwViolation(): undefined {
    if (this.stopped !== 'discarding') throw this.stopped;
  }

  private stop(reason: ProtocolError | 'discarding'): void {
    this.stopped ??= reason;
    this.waiting.length = 0;
    this.take(EMPTY_BYTES);
    this.headerBytes = EMPTY_BYTES;
    this.payload = undefined;
  }
}

/** As many bits DEFLATE takes for a byte at most (RFC 1951 §3.2.6), and what may stand around its blocks. */
const MAX_BITS_PER_DEFLATED_BYTE = 9;
const DEFLATE_OVERHEAD_BYTES = 64;

/** How long `bytes` bytes may be when they are compressed and it was of no use. */
export function maxDeflatedBytes(bytes: number): number {
  return Math.ceil((bytes * MAX_BITS_PER_DEFLATED_BYTE) / 8) + DEFLATE_OVERHEAD_BYTES;
}

/** Network byte order. */
function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Network byte order. */
function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 0x10000 + readUint16(bytes, at + 2);
}
