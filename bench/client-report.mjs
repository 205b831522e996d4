/** Says what was measured of the client: a row's table, and its figure with its verdict. */
import { median } from './median.mjs';
import { RATE } from './questions/client.mjs';
import { count, table } from './table.mjs';
import { judge } from './verdict.mjs';

/** @import { Side } from './pages/client.mjs' */
/** @import { ClientRow } from './questions/client.mjs' */
/** @import { Judged } from './verdict.mjs' */

/** @type {readonly Side[]} */
export const SIDES = ['native', 'holdfast'];

/** A page that falls behind the rate by more than this share is busy all the time, and its figures are those of another rate. */
const BEHIND = 0.1;

/** One side's turn. */
/** @typedef {{ cpuUs: number, perSecond: number }} Turn `cpuUs`: for a message */

/**
 * @param {ClientRow} row
 * @param {Record<Side, Turn[]>} turns
 * @returns {{ text: string, judged: Judged }} the figure is the median of the rounds' ratios
 */
export function clientReport({ name }, turns) {
  const ratios = turns.holdfast.map(({ cpuUs }, round) => cpuUs / (turns.native[round]?.cpuUs ?? Number.NaN));
  const judged = judge('client', name, median(ratios));
  /** @param {Side} side */
  const perSecond = (side) => median(turns[side].map((turn) => turn.perSecond));
  const text = table([
    [name, 'CPU µs', '× native', 'per s', 'floor', 'verdict'],
    ...SIDES.map((side) => [
      `  ${side}`,
      median(turns[side].map(({ cpuUs }) => cpuUs)).toFixed(2),
      side === 'native' ? '1.00' : median(ratios).toFixed(2),
      count(perSecond(side)),
      ...(side === 'native' ? ['', ''] : [judged.floor, judged.verdict]),
    ]),
  ]);
  const isBehind = SIDES.some((side) => perSecond(side) < RATE * (1 - BEHIND));
  return { text: isBehind ? `${text}\n  The page is too busy for this rate.` : text, judged };
}
