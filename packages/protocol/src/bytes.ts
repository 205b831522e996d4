/**
 * Containers for bytes that do not stand in one piece. `concatBytes` joins pieces once; `ByteAccumulator`
 * gathers what arrives over time into one array whose size follows what has arrived, never what a peer has
 * merely announced. What the bytes mean is not known here.
 */

/**
 * Gives an array of exactly `bytes` bytes, with any content, to be filled by the caller. In Node,
 * `Buffer.allocUnsafeSlow` saves clearing memory and makes messages Buffers.
 */
export type Allocate = (bytes: number) => Uint8Array;

/** The {@link Allocate} of every place: a cleared Uint8Array. */
export const allocateUint8Array: Allocate = (bytes: number): Uint8Array => new Uint8Array(bytes);

/** Gives an array over `length` bytes of `memory`, from `offset` on. In Node there is a faster way than `subarray`. */
export type View = (memory: ArrayBufferLike, offset: number, length: number) => Uint8Array;

/** One array that is never written to, for everything that is empty. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** A new array that holds `parts` one after the other. */
export function concatBytes(
  parts: readonly Uint8Array[],
  allocate: Allocate = allocateUint8Array,
): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = allocate(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The first allocation, unless less is expected: a small message then needs no second. */
const MIN_CAPACITY_BYTES = 4096;

/**
 * Allocated is at most so many times what has arrived. A peer that announces 100 MiB and sends nothing costs
 * nothing, and the copies made while growing add up to a third of the whole.
 */
const GROWTH_FACTOR = 4;

/**
 * The same where the length is announced and will not be exceeded: what is copied while growing is a fifteenth. Systems give
 * memory to what is written, not to what is allocated.
 */
export const ANNOUNCED_GROWTH_FACTOR = 16;

/** Gathers bytes in one array. Everything appended is copied: the sources may be reused at once. */
export class ByteAccumulator {
  /** Bytes gathered. */
  length = 0;

  private readonly allocate: Allocate;
  private readonly growthFactor: number;
  /** `[0..length)` is gathered, the rest is room. */
  private bytes: Uint8Array = EMPTY_BYTES;

  constructor(allocate: Allocate = allocateUint8Array, growthFactor: number = GROWTH_FACTOR) {
    this.allocate = allocate;
    this.growthFactor = growthFactor;
  }

  /**
   * Copies `source` to the end.
   *
   * @param expectedBytes the length that will be reached in the end, this source included, as far as it is
   *   known; no more is ever allocated
   */
  append(source: Uint8Array, expectedBytes: number): void {
    const at = this.length;
    const needed = at + source.length;
    if (needed > this.bytes.length) {
      const roomy = Math.max(MIN_CAPACITY_BYTES, needed * this.growthFactor);
      const grown = this.allocate(Math.max(needed, Math.min(expectedBytes, roomy)));
      grown.set(this.view());
      this.bytes = grown;
    }
    this.bytes.set(source, at);
    this.length = needed;
  }

  /** What is gathered, in place: a view that the next `append` may leave behind. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /**
   * What is gathered, to keep; the accumulator must not be used afterwards. At most as much memory again is
   * held behind it, else it is copied to an array of its own size.
   */
  take(): Uint8Array {
    return this.bytes.length > 2 * this.length ? concatBytes([this.view()], this.allocate) : this.view();
  }
}
