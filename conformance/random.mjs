/** Randomness that can be repeated: the same seed and number give the same choices, on every machine. */

/** What FNV-1a begins with and multiplies by. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class Random {
  /** @param {string} seed */
  constructor(seed) {
    let state = FNV_OFFSET;
    for (const byte of Buffer.from(seed)) state = Math.imul(state ^ byte, FNV_PRIME);
    this.state = state;
  }

  /** At least 0, below 1. (mulberry32) */
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer, at least 0, below `limit`. */
  /** @param {number} limit */
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  /** @param {number} probability */
  chance(probability) {
    return this.next() < probability;
  }

  /**
   * @template T
   * @param {readonly T[]} choices not empty
   */
  pick(choices) {
    return /** @type {T} */ (choices[this.below(choices.length)]);
  }

  /** @param {number} length */
  bytes(length) {
    return Buffer.from(Uint8Array.from({ length }, () => this.below(256)));
  }
}
