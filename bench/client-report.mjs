/** Says what was measured of the client: a row's table, and its figure with its verdict. */
import { median } from './median.mjs';
import { LOWER_RATES, RATE } from './questions/client.mjs';
import { count, table } from './table.mjs';
import { judge } from './verdict.mjs';

/** @import { Side } from './pages/client.mjs' */
/** @import { ClientRow } from './questions/client.mjs' */
/** @import { Judged } from './verdict.mjs' */

/** The relay has no floor: it is the limit. @type {readonly Side[]} */
export const SIDES = ['native', 'relay', 'holdfast'];

/** A page that falls behind the rate by more than this share is busy all the time, and its figures are those of another rate. */
const BEHIND = 0.1;

/** One side's turn. */
/** @typedef {{ cpuUs: number, perSecond: number }} Turn `cpuUs`: for a message */

/** @param {Turn} turn @param {number} rate in messages a second */
function isBehind({ perSecond }, rate) {
  return perSecond < rate * (1 - BEHIND);
}

/**
 * @param {readonly Turn[]} turns at the rate that is asked for
 * @returns {number} the highest rate that was held in all of them, in messages a second; the lowest where none was
 */
export function chooseRate(turns) {
  const held = [RATE, ...LOWER_RATES].find((rate) => !turns.some((turn) => isBehind(turn, rate)));
  return held ?? Math.min(...LOWER_RATES);
}

/**
 * @param {ClientRow} row
 * @param {Record<Side, Turn[]>} turns
 * @param {number} rate at which they were measured, in messages a second
 * @returns {{ text: string, judged: Judged }} the figure is the median of the rounds' ratios
 */
export function clientReport({ name }, turns, rate) {
  /** @param {Side} side */
  const ratio = (side) =>
    median(turns[side].map(({ cpuUs }, round) => cpuUs / (turns.native[round]?.cpuUs ?? Number.NaN)));
  const judged = judge('client', name, ratio('holdfast'));
  /** @param {Side} side */
  const typical = (side) => ({
    cpuUs: median(turns[side].map(({ cpuUs }) => cpuUs)),
    perSecond: median(turns[side].map(({ perSecond }) => perSecond)),
  });
  const text = table([
    [name, 'CPU µs', '× native', 'per s', 'floor', 'verdict'],
    ...SIDES.map((side) => {
      const { cpuUs, perSecond } = typical(side);
      const verdict = side === 'holdfast' ? [judged.floor, judged.verdict] : ['', ''];
      return [`  ${side}`, cpuUs.toFixed(2), ratio(side).toFixed(2), count(perSecond), ...verdict];
    }),
  ]);
  const notes = [];
  if (rate < RATE) notes.push(`\n  This machine is too slow for ${count(RATE)}: at ${count(rate)} a second.`);
  if (SIDES.some((side) => isBehind(typical(side), rate))) notes.push('\n  The page fell behind this rate.');
  return { text: text + notes.join(''), judged };
}
