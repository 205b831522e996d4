/**
 * By the nearest rank: a value that was measured, never one between two.
 *
 * @param {readonly number[]} values at least one, in any order
 * @param {number} share 0.95 for the 95th percentile
 * @returns {number}
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return /** @type {number} */ (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
}
