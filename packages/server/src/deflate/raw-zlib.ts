/**
 * A raw DEFLATE stream of zlib that works in this turn and keeps its state between two calls. Node offers either the one (the
 * `…Sync` functions) or the other (streams, which work in threads, at a price of about 100 µs a call: thirty times what a
 * message of 1 KiB takes). The stream's own handle can do both. It is no public API, so everything that is known of it stands
 * in this file, and whether it is as it is known here is tried once; where it is not, the callers use the public functions.
 */
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

/** `chunkSize` of a stream whose own output is never used: the least that Node takes, which it allocates at once. */
export const NEVER_STREAMED = 64;

/** `binding/zlib` of Node 20 to 26, as far as it is used. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  reset(): void;
}

/** The part of `ZlibBase` that goes with it. */
interface Internals {
  readonly _handle: Handle;
  /** What the last write has left: [bytes of the output, bytes of the input]. */
  readonly _writeState: Uint32Array;
}

export class RawZlib {
  /** How many bytes of its input the last `run` has left unread. */
  unread = 0;

  private readonly stream: DeflateRaw | InflateRaw;
  /** Undefined once it is closed: using it then would end the process. */
  private handle: Handle | undefined;
  private readonly writeState: Uint32Array;

  constructor(stream: DeflateRaw | InflateRaw) {
    const { _handle, _writeState } = stream as unknown as Internals;
    this.stream = stream;
    this.handle = _handle;
    this.writeState = _writeState;
    // It is thrown by `run`.
    stream.on('error', () => {});
  }

  /**
   * Reads `input[from..end)` and writes to `output[to..)`, until one of them is at its end. What is compressed is flushed.
   *
   * @returns the end of what is written in `output`
   * @throws Error of zlib, where the input is no DEFLATE stream; it is closed then
   */
  run(input: Uint8Array, from: number, end: number, output: Uint8Array, to: number): number {
    const { handle, stream } = this;
    if (handle === undefined) throw new Error('The stream of zlib is closed');
    handle.writeSync(constants.Z_SYNC_FLUSH, input, from, end - from, output, to, output.length - to);
    if (stream.errored != null) {
      this.handle = undefined;
      throw stream.errored;
    }
    this.unread = this.writeState[1] as number;
    return output.length - (this.writeState[0] as number);
  }

  /** Begins another stream: what was read and written is forgotten. */
  reset(): void {
    this.handle?.reset();
  }

  /** Gives the memory back. */
  close(): void {
    this.handle = undefined;
    this.stream.destroy();
  }
}

/** The first `length` bytes of an output, which is used again. */
export function copyOf(output: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length);
  output.copy(copy, 0, 0, length);
  return copy;
}

let isThere: boolean | undefined;

/** Whether this runtime has what {@link RawZlib} needs. */
export function hasRawZlib(): boolean {
  isThere ??= tryRawZlib();
  return isThere;
}

/** Compresses and inflates twice the same: the second time it has to be shorter, since it was there before. */
function tryRawZlib(): boolean {
  const text = Buffer.from('The quick brown fox jumps over the lazy dog');
  const deflated = Buffer.alloc(2 * text.length);
  const inflated = Buffer.alloc(2 * text.length);
  const streams = [createDeflateRaw(), createInflateRaw()] as const;
  try {
    const [deflate, inflate] = [new RawZlib(streams[0]), new RawZlib(streams[1])];
    const lengths = [1, 2].map(() => {
      const length = deflate.run(text, 0, text.length, deflated, 0);
      const end = inflate.run(deflated, 0, length, inflated, 0);
      return deflate.unread + inflate.unread === 0 && inflated.subarray(0, end).equals(text) ? length : 0;
    });
    const [first = 0, second = 0] = lengths;
    return second > 0 && second < first;
  } catch {
    return false;
  } finally {
    for (const stream of streams) stream.destroy();
  }
}
