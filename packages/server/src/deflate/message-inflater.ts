/**
 * Inflates the messages of one peer (RFC 7692 §7.2.2): what stood in a message's frames in, its data out, within the limits; at once
 * where they are short, else in a thread. What is kept between two messages is what the next may refer to.
 */
import { Buffer, constants as bufferConstants, isUtf8 } from 'node:buffer';
import { constants, type InflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import { type DataEvent, ProtocolError } from '@holdfast/protocol';
import type { Compression } from './compression.ts';
import {
  checkFinalBlocks,
  isAtEnd,
  MAX_SYNCHRONOUS_BYTES,
  MAX_WINDOW_BYTES,
  TAIL,
  toProtocolError,
} from './shared-inflater.ts';
import { Window } from './window.ts';

// How much output a thread makes at once: a way there and back for each.
const MIN_CHUNK_BYTES = 64 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;
/** More than this a text is seldom compressed. */
const USUAL_RATIO = 8;

const NO_BYTES: Buffer = Buffer.alloc(0);

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
    if (data.length === 0) return this.finish(message, NO_BYTES);
    // What is long in its compressed form is so in any case.
    if (data.length <= MAX_SYNCHRONOUS_BYTES && this.compression.usesRawZlib) {
      const { maxMessageBytes } = this.limits;
      const inflated = this.compression.inflater.inflate(data, this.window?.bytes, maxMessageBytes);
      if (inflated !== undefined) return this.finish(message, inflated);
    }
    return this.compression.limiter
      .run(() => this.inflateInThread(data))
      .then((inflated) => this.finish(message, inflated));
  }

  private finish({ type }: DataEvent, data: Buffer): DataEvent {
    const { maxMessageBytes, validateUtf8 } = this.limits;
    if (data.length > maxMessageBytes) throw tooLong();
    if (type === 'text' && validateUtf8 && !isUtf8(data)) {
      throw new ProtocolError('WS_ERR_INVALID_UTF8', 'invalid UTF-8 sequence');
    }
    this.window?.add(data);
    return { type, data, compressed: false };
  }

  /** With a stream of its own for each last block. */
  private async inflateInThread(data: Uint8Array): Promise<Buffer> {
    const { maxMessageBytes } = this.limits;
    const parts: Buffer[] = [];
    let length = 0;
    let rest: Uint8Array = Buffer.concat([data, TAIL]);
    for (let finalBlocks = 0; ; finalBlocks++) {
      checkFinalBlocks(finalBlocks);
      const { buffer, engine } = await inflateRawInThread(rest, {
        finishFlush: constants.Z_SYNC_FLUSH,
        dictionary: recent([this.window?.bytes ?? NO_BYTES, ...parts]),
        // Not 0, which Node does not take: one byte too many is found out by `finish`.
        maxOutputLength: Math.min(Math.max(1, maxMessageBytes - length), bufferConstants.MAX_LENGTH),
        chunkSize: Math.min(Math.max(USUAL_RATIO * rest.length, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES),
      });
      parts.push(buffer);
      length += buffer.length;
      const unread = rest.length - engine.bytesWritten;
      if (isAtEnd(unread) || length > maxMessageBytes) break;
      rest = rest.subarray(-unread);
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }
}

/** What a stream that is made for one message may refer to; undefined where there is nothing. */
function recent(parts: readonly Buffer[]): Buffer | undefined {
  const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  return bytes.length === 0 ? undefined : bytes.subarray(-MAX_WINDOW_BYTES);
}

function tooLong(): ProtocolError {
  return new ProtocolError('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'Max payload size exceeded');
}

/** Of a whole buffer, with what is known about the stream. */
function inflateRawInThread(
  bytes: Uint8Array,
  options: ZlibOptions,
): Promise<{ buffer: Buffer; engine: InflateRaw }> {
  return new Promise((resolve, reject) => {
    inflateRaw(bytes, { ...options, info: true }, (error, result) => {
      const code = (error as NodeJS.ErrnoException | null)?.code;
      if (code === 'ERR_BUFFER_TOO_LARGE') reject(tooLong());
      else if (error !== null) reject(toProtocolError(error));
      else resolve(result as unknown as { buffer: Buffer; engine: InflateRaw });
    });
  });
}
