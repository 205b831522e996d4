/**
 * What all connections share that compress with the same options: contexts, a stream to inflate with, and a bound of the work in
 * threads. What is done with it is in message-deflater.ts and message-inflater.ts.
 */
import { Buffer } from 'node:buffer';
import { DeflateContexts } from './deflate-contexts.ts';
import { Limiter } from './limiter.ts';
import { MAX_SYNCHRONOUS_BYTES, MessageDeflater } from './message-deflater.ts';
import {
  DEFAULT_CONCURRENCY_LIMIT,
  DEFAULT_MAX_CONTEXT_BYTES,
  DEFAULT_THRESHOLD_BYTES,
  type PerMessageDeflateOptions,
  toDeflateParameters,
} from './options.ts';
import { hasRawZlib } from './raw-zlib.ts';
import { SharedInflater } from './shared-inflater.ts';

export class Compression {
  /** Messages shorter than this are not compressed, in bytes. */
  readonly thresholdBytes: number;
  /** Of long messages that are compressed or inflated in threads. */
  readonly limiter: Limiter;
  readonly contexts: DeflateContexts;
  readonly inflater: SharedInflater = new SharedInflater();
  /**
   * For what is compressed at once, until it is copied. zlib's output for what cannot be compressed is longer than its input by less than
   * a fifth, at its worst parameters.
   */
  readonly output: Buffer = Buffer.allocUnsafeSlow(2 * MAX_SYNCHRONOUS_BYTES);
  /** Whether messages can be compressed in reference to others, and inflated without a stream for each. */
  readonly usesRawZlib: boolean;

  constructor(options: PerMessageDeflateOptions, usesRawZlib: boolean = hasRawZlib()) {
    this.thresholdBytes = options.threshold ?? DEFAULT_THRESHOLD_BYTES;
    // 0 is no limit, as in ws.
    this.limiter = new Limiter(
      (options.concurrencyLimit ?? DEFAULT_CONCURRENCY_LIMIT) || Number.POSITIVE_INFINITY,
    );
    this.contexts = new DeflateContexts(
      toDeflateParameters(options.zlibDeflateOptions),
      options.maxContextBytes ?? DEFAULT_MAX_CONTEXT_BYTES,
    );
    this.usesRawZlib = usesRawZlib;
  }

  /**
   * Compresses a message in reference to no other, so that one result suits many receivers: all whose agreement lets this end
   * have a window of at least 2^`windowBits` bytes.
   *
   * @param windowBits 8 to 15
   * @returns a promise where the message is long
   */
  deflateOnce(data: string | Uint8Array, windowBits: number): Uint8Array | Promise<Uint8Array> {
    return new MessageDeflater(this, windowBits, false).deflate(data, true);
  }
}

/** One for each object of options. */
const compressions = new WeakMap<PerMessageDeflateOptions, Compression>();

/** What those share that have these options, the very object. */
export function compressionFor(options: PerMessageDeflateOptions): Compression {
  let compression = compressions.get(options);
  if (compression === undefined) {
    compression = new Compression(options);
    compressions.set(options, compression);
  }
  return compression;
}
