/**
 * Chances that can be had again: the same seed gives the same numbers, whichever machine asks.
 *
 * An xorshift generator (Marsaglia, "Xorshift RNGs", 2003): good enough to hit requests at random, and short.
 */

/** Spreads neighbouring seeds over all 32 bits (2^32 divided by the golden ratio). */
const SEED_SPREAD = 0x9e3779b9;

/**
 * @param {number} seed any number; its lower 32 bits count
 * @returns {() => number} gives the next number, 0 <= n < 1
 */
export function seededRandom(seed) {
  // Zero is the one state the generator never leaves.
  let state = Math.imul(seed + 1, SEED_SPREAD) || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // The first numbers of small seeds still resemble each other.
  next();
  next();
  return next;
}
