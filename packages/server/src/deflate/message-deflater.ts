/**
 * Compresses the messages of one connection (RFC 7692 §7.2.1): data in → what stands in the frame out, at once where the data are
 * short. Each fragment is flushed, so that it can leave. Which messages are compressed, and their order, is not known here.
 */
import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { constants, deflateRaw, type ZlibOptions } from 'node:zlib';
import type { PreparedMessage } from '../prepared-message.ts';
import type { Compression } from './compression.ts';
import { type DeflateContext, deflateWindowBits } from './deflate-contexts.ts';
import { copyOf } from './raw-zlib.ts';

/** Up to here compressing takes less of this thread than handing it to another and taking it back: 100 µs (measured). */
export const MAX_SYNCHRONOUS_BYTES: number = 16 * 1024;

/** "an empty DEFLATE block with no compression" ends what is flushed; at the end of a message, all but its first bits are left out. */
const TAIL_BYTES = 4;

/** Those bits: a message of nothing (§7.2.3.6). */
const EMPTY_MESSAGE: Uint8Array = Uint8Array.of(0);
const EMPTY_FRAGMENT: Uint8Array = Uint8Array.of();

// How much output is made at once: a way to a thread and back for each. The lower bound is Node's.
const MIN_CHUNK_BYTES = 64;
const MAX_CHUNK_BYTES = 256 * 1024;

const deflateRawInThread = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

export class MessageDeflater {
  private readonly compression: Compression;
  private readonly windowBits: number;
  private readonly hasTakeover: boolean;
  /** What was compressed last with, if that may be referred to; somebody else may have got it meanwhile. */
  private context: DeflateContext | undefined;

  /**
   * @param windowBits how far back to refer, as a power of two: 8 to 15
   * @param hasTakeover whether messages may refer to those before
   */
  constructor(compression: Compression, windowBits: number, hasTakeover: boolean) {
    this.compression = compression;
    this.windowBits = deflateWindowBits(windowBits);
    this.hasTakeover = hasTakeover;
  }

  /**
   * @param data must stay as they are until they are compressed
   * @param isLast whether they are the end of their message
   */
  deflate(data: string | Uint8Array, isLast: boolean): Uint8Array | Promise<Uint8Array> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (bytes.length === 0) return isLast ? EMPTY_MESSAGE : EMPTY_FRAGMENT;
    const isShort = bytes.length <= MAX_SYNCHRONOUS_BYTES && this.compression.usesRawZlib;
    return isShort ? this.deflateInContext(bytes, isLast) : this.deflateInThread(bytes, isLast);
  }

  /** The frame of a message for many, compressed by itself for the first of those who have the same window. */
  deflateShared(message: PreparedMessage): Buffer | Promise<Buffer> {
    const { compression, windowBits } = this;
    return message.deflatedFrame(windowBits, (payload) => compression.deflateOnce(payload, windowBits));
  }

  /** What is compressed next refers to nothing before: something else was sent, or nothing more will be. */
  forget(): void {
    if (this.context !== undefined) this.compression.contexts.release(this.context, this);
    this.context = undefined;
  }

  private deflateInContext(bytes: Uint8Array, isLast: boolean): Uint8Array {
    const { contexts, output } = this.compression;
    const context = contexts.take(this, this.windowBits, this.context);
    this.context = context;
    const end = context.zlib.run(bytes, 0, bytes.length, output, 0);
    if (!this.hasTakeover) this.forget();
    return copyOf(output, isLast ? end - TAIL_BYTES : end);
  }

  /** By itself: what is long gains little by what was before. */
  private async deflateInThread(bytes: Uint8Array, isLast: boolean): Promise<Uint8Array> {
    this.forget();
    const { compression, windowBits } = this;
    const options = {
      ...compression.contexts.parameters,
      windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.min(Math.max(bytes.length, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES),
    };
    const deflated = await compression.limiter.run(() => deflateRawInThread(bytes, options));
    return isLast ? deflated.subarray(0, -TAIL_BYTES) : deflated;
  }
}
