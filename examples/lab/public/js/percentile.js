/**
 * The value below which so large a part of the values lies (nearest rank).
 *
 * @param {readonly number[]} values in any order
 * @param {number} part 0..1
 * @returns {number | undefined} nothing, if there are no values
 */
export function percentile(values, part) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
