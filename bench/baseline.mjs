/** What the figures of a row are divided by: one side, or that of several which does best. */
import { median } from './median.mjs';

/** @typedef {import('./questions/sides.mjs').Side} Side */

/**
 * The medians of a figure, and of its ratio to the same figure of the baseline, which is taken round by round.
 *
 * @param {readonly Record<string, number>[]} rounds
 * @param {readonly Record<string, number>[]} baseline
 * @param {string} figure
 * @returns {[figure: number, ratio: number]}
 */
export function beside(rounds, baseline, figure) {
  /** @param {Record<string, number> | undefined} round */
  const of = (round) => round?.[figure] ?? Number.NaN;
  return [median(rounds.map(of)), median(rounds.map((round, i) => of(round) / of(baseline[i])))];
}

/**
 * @param {import('./questions/sides.mjs').Row['baseline']} baseline
 * @param {ReadonlyMap<Side, readonly Record<string, number>[]>} measurements
 * @param {string} figure
 * @param {'most' | 'least'} better
 * @returns {Side} of those that were measured, the one with the best median; the first where none was
 */
export function chooseBaseline(baseline, measurements, figure, better) {
  const sides = 'label' in baseline ? [baseline] : baseline;
  /** @param {Side} side */
  const worth = (side) => {
    const value = median((measurements.get(side) ?? []).map((round) => round[figure] ?? Number.NaN));
    return better === 'most' ? value : -value;
  };
  const [first, ...others] = sides.filter((side) => (measurements.get(side)?.length ?? 0) > 0);
  return others.reduce((best, side) => (worth(side) > worth(best) ? side : best), first ?? sides[0]);
}
