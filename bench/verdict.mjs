/** Judges a figure by its floor (scripts/floors.mjs). */
import { SPEED_FLOORS } from '../scripts/floors.mjs';

/** @typedef {'ok' | 'missed' | 'not measured'} Verdict */
/** @typedef {{ row: string, figure: number | null, floor: string, verdict: Verdict }} Judged */

/**
 * @param {string} benchmark
 * @param {string} row
 * @param {number | undefined} figure undefined: it could not be measured
 * @param {string} [floorOf] the name of the floor, where several rows have one together. Default: the row's
 * @returns {Judged}
 * @throws Error nobody has set a floor for this row
 */
export function judge(benchmark, row, figure, floorOf = row) {
  const found = SPEED_FLOORS.find((floor) => floor.benchmark === benchmark && floor.row === floorOf);
  if (found === undefined) throw new Error(`scripts/floors.mjs has no floor for ${benchmark}, ${floorOf}.`);
  const floor = 'least' in found ? `≥ ${found.least}` : `≤ ${found.most}`;
  if (figure === undefined) return { row, figure: null, floor, verdict: 'not measured' };
  // As it is printed: what reads like the floor is not below it.
  const rounded = Number(figure.toFixed(2));
  const isKept = 'least' in found ? rounded >= found.least : rounded <= found.most;
  return { row, figure, floor, verdict: isKept ? 'ok' : 'missed' };
}
