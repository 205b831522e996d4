/**
 * Inflates the messages of one peer (RFC 7692 §7.2.2): what stood in a message's frames in, its data out, at once where they are
 * short. A stream of zlib for each peer would keep 44 KB; what is kept instead is what it could refer to (window.ts), which one
 * stream for all is told before each message. So no message depends on how the one before has ended.
 */
import { Buffer, constants as bufferConstants, isUtf8 } from 'node:buffer';
import { constants, createInflateRaw, type InflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import { type DataEvent, ProtocolError } from '@holdfast/protocol';
import type { Compression } from './compression.ts';
import { copyOf, RawZlib } from './raw-zlib.ts';
import { Window } from './window.ts';

/** Up to here, in and out, inflating takes less of this thread than handing it to another and taking it back (measured). */
const MAX_SYNCHRONOUS_BYTES = 64 * 1024;

/**
 * Behind each message: the tail that its sender has left out ("append 4 octets of 0x00 0x00 0xff 0xff", §7.2.2), a last block of nothing
 * (RFC 1951 §3.2.6), and a byte that is never read. So it can be told whether the message was a whole number of blocks.
 */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x03, 0x00, 0x00);
const UNREAD_AT_END = 1;

/**
 * Blocks with BFINAL set, each of which ends a stream of DEFLATE, that one message may hold. §7.2.3.5 allows them; a peer ends its
 * message with one, or each fragment. For each of them zlib is told the window again.
 */
const MAX_FINAL_BLOCKS = 64;

/** RFC 1951 §3.2.4: a byte for the block's type, its length and that in one's complement. */
const STORED_BLOCK_HEADER_BYTES = 5;

/** The longest distance that DEFLATE knows. */
const MAX_WINDOW_BYTES = 32 * 1024;

// How much output is made at once in a thread: a way there and back for each.
const MIN_CHUNK_BYTES = 64 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;
/** More than this a text is seldom compressed. */
const USUAL_RATIO = 8;

// For what is done in this turn, and so for all.
const input = Buffer.allocUnsafeSlow(MAX_SYNCHRONOUS_BYTES + TAIL.length);
const output = Buffer.allocUnsafeSlow(MAX_SYNCHRONOUS_BYTES);
const storedBlockHeader = Buffer.alloc(STORED_BLOCK_HEADER_BYTES);
const discarded = Buffer.allocUnsafeSlow(MAX_WINDOW_BYTES);
let sharedZlib: RawZlib | undefined;

/** What limits the messages of a connection. */
export interface InflaterLimits {
  /** The longest message, inflated, in bytes. */
  readonly maxMessageBytes: number;
  /** Whether text is checked to be UTF-8. */
  readonly validateUtf8: boolean;
}

export class MessageInflater {
  private readonly compression: Compression;
  private readonly limits: InflaterLimits;
  /** Undefined without context takeover. */
  private readonly window: Window | undefined;

  /**
   * @param windowBits how far back the peer may refer, as a power of two: 8 to 15
   * @param hasTakeover whether its messages may refer to those before
   */
  constructor(compression: Compression, windowBits: number, hasTakeover: boolean, limits: InflaterLimits) {
    this.compression = compression;
    this.limits = limits;
    this.window = hasTakeover ? new Window(windowBits) : undefined;
  }

  /**
   * The message as it was before it was compressed. One at a time: the next may refer to it.
   *
   * @throws ProtocolError no DEFLATE stream, or text that is not UTF-8 (close code 1007); more than the limit (1009), which is
   *   never allocated. The promise of a long message is rejected with it.
   */
  inflate(message: DataEvent): DataEvent | Promise<DataEvent> {
    const { data } = message;
    // What is long in its compressed form is so in any case.
    if (data.length <= MAX_SYNCHRONOUS_BYTES && this.compression.usesRawZlib) {
      const inflated = this.inflateNow(data);
      if (inflated !== undefined) return this.finish(message, inflated);
    }
    return this.compression.limiter
      .run(() => this.inflateInThread(data))
      .then((inflated) => this.finish(message, inflated));
  }

  private finish({ type }: DataEvent, data: Buffer): DataEvent {
    const { validateUtf8 } = this.limits;
    if (type === 'text' && validateUtf8 && !isUtf8(data)) {
      throw new ProtocolError('WS_ERR_INVALID_UTF8', 'invalid UTF-8 sequence');
    }
    this.window?.add(data);
    return { type, data, compressed: false };
  }

  /** Undefined where there is more of it than is inflated at once. */
  private inflateNow(data: Uint8Array): Buffer | undefined {
    if (data.length === 0) return NO_BYTES;
    input.set(data);
    input.set(TAIL, data.length);
    const length = data.length + TAIL.length;
    let end = 0;
    let unread = length;
    for (let finalBlocks = 0; ; finalBlocks++) {
      checkFinalBlocks(finalBlocks);
      const zlib = this.newStream(end);
      end = inflateStream(zlib, length - unread, length, end);
      if (end > this.limits.maxMessageBytes) throw tooLong();
      if (end === output.length) return undefined;
      unread = zlib.unread;
      if (isAtEnd(unread)) return copyOf(output, end);
    }
  }

  /** One that may refer to messages before, and to what is in `output[0..end)`. */
  private newStream(end: number): RawZlib {
    sharedZlib ??= new RawZlib(createInflateRaw());
    sharedZlib.reset();
    if (this.window !== undefined) tell(sharedZlib, this.window.bytes);
    if (end > 0) tell(sharedZlib, output.subarray(0, end));
    return sharedZlib;
  }

  private async inflateInThread(data: Uint8Array): Promise<Buffer> {
    if (data.length === 0) return NO_BYTES;
    const { maxMessageBytes } = this.limits;
    const parts: Buffer[] = [];
    let length = 0;
    let rest: Uint8Array = Buffer.concat([data, TAIL]);
    for (let finalBlocks = 0; ; finalBlocks++) {
      checkFinalBlocks(finalBlocks);
      const { buffer, engine } = await inflateRawInThread(rest, {
        finishFlush: constants.Z_SYNC_FLUSH,
        dictionary: recent([this.window?.bytes ?? NO_BYTES, ...parts]),
        maxOutputLength: Math.min(Math.max(1, maxMessageBytes - length), bufferConstants.MAX_LENGTH),
        chunkSize: Math.min(Math.max(USUAL_RATIO * rest.length, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES),
      });
      parts.push(buffer);
      length += buffer.length;
      if (length > maxMessageBytes) throw tooLong();
      const unread = rest.length - engine.bytesWritten;
      if (isAtEnd(unread)) return parts.length === 1 ? buffer : Buffer.concat(parts);
      rest = rest.subarray(-unread);
    }
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);

/** Inflates `input[from..length)` to `output[to..)`, up to a last block. @returns where that ends */
function inflateStream(zlib: RawZlib, from: number, length: number, to: number): number {
  try {
    return zlib.run(input, from, length, output, to);
  } catch (error) {
    sharedZlib = undefined;
    throw toProtocolError(error as Error);
  }
}

/** What a stream may refer to, as a block that is not compressed. What comes of it is what it was. */
function tell(zlib: RawZlib, bytes: Buffer): void {
  if (bytes.length === 0) return;
  const from = Math.max(0, bytes.length - MAX_WINDOW_BYTES);
  storedBlockHeader.writeUInt16LE(bytes.length - from, 1);
  storedBlockHeader.writeUInt16LE((bytes.length - from) ^ 0xffff, 3);
  zlib.run(storedBlockHeader, 0, STORED_BLOCK_HEADER_BYTES, discarded, 0);
  zlib.run(bytes, from, bytes.length, discarded, 0);
}

/** The same for streams that are made for one message; undefined where there is nothing. */
function recent(parts: readonly Buffer[]): Buffer | undefined {
  const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  return bytes.length === 0 ? undefined : bytes.subarray(-MAX_WINDOW_BYTES);
}

/**
 * Whether a stream that has left so much unread was the last of its message: it ended with our last block, or with one of the
 * sender's, just before the tail.
 *
 * @throws ProtocolError it has ended in between, or not at all: the message is not whole
 */
function isAtEnd(unread: number): boolean {
  if (unread > TAIL.length) return false;
  if (unread === UNREAD_AT_END || unread === TAIL.length) return true;
  throw new ProtocolError('Z_DATA_ERROR', 'compressed message ends within a block');
}

function checkFinalBlocks(count: number): void {
  if (count <= MAX_FINAL_BLOCKS) return;
  throw new ProtocolError('Z_DATA_ERROR', 'compressed message has too many final blocks');
}

function tooLong(): ProtocolError {
  return new ProtocolError('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'Max payload size exceeded');
}

/** What zlib finds wrong is the peer's fault, but for a lack of memory. */
function toProtocolError(error: Error & { code?: string }): Error {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return tooLong();
  if (error.code !== 'Z_DATA_ERROR') return error;
  return new ProtocolError('Z_DATA_ERROR', error.message, { cause: error });
}

/** Of a whole buffer, with what is known about the stream. */
function inflateRawInThread(
  bytes: Uint8Array,
  options: ZlibOptions,
): Promise<{ buffer: Buffer; engine: InflateRaw }> {
  return new Promise((resolve, reject) => {
    inflateRaw(bytes, { ...options, info: true }, (error, result) => {
      if (error !== null) reject(toProtocolError(error));
      else resolve(result as unknown as { buffer: Buffer; engine: InflateRaw });
    });
  });
}
