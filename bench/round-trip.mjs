/** Measures how long a message takes there and back: the client sends the next one when the last one is back. */
import { beside, chooseBaseline } from './baseline.mjs';
import { elapse, measureInTurns } from './turns.mjs';

/** Those slower than this share of all, in percent, are told apart: what a person notices. */
const SLOW_PERCENTILE = 99;

/** @typedef {{ p50Us: number, p99Us: number }} RoundTrip */

/** The medians of a side, and the median of its ratios to the baseline. */
/** @typedef {RoundTrip & { label: string, p50Ratio: number, p99Ratio: number, rounds: RoundTrip[] }} RoundTripOutcome */

/**
 * @param {import('./questions/sides.mjs').Row} row
 * @param {import('./turns.mjs').Plan} plan
 * @returns {Promise<{ outcomes: RoundTripOutcome[], baseline: string }>}
 */
export async function measureRoundTrips(row, plan) {
  const { measurements } = await measureInTurns(row, plan, {
    turn: ({ load }) => measure(load, plan.turnMs),
    inAll,
  });
  const baseline = chooseBaseline(row.baseline, measurements, 'p50Us', 'least');
  const reference = measurements.get(baseline) ?? [];
  const outcomes = [...measurements].map(([{ label }, rounds]) => {
    const [p50Us, p50Ratio] = beside(rounds, reference, 'p50Us');
    const [p99Us, p99Ratio] = beside(rounds, reference, 'p99Us');
    return { label, p50Us, p50Ratio, p99Us, p99Ratio, rounds };
  });
  return { outcomes, baseline: baseline.label };
}

/**
 * @param {import('./process.mjs').Child} load
 * @param {number} turnMs
 * @returns {Promise<number[]>} in µs
 */
async function measure(load, turnMs) {
  await load.call('takeRoundTripsUs'); // those that were under way while the side was held still, too
  await elapse(turnMs);
  return load.call('takeRoundTripsUs');
}

/** @param {readonly number[][]} turns @returns {RoundTrip} */
function inAll(turns) {
  const all = turns.flat().sort((a, b) => a - b);
  if (all.length === 0) throw new Error('Nothing came back from the server.');
  return { p50Us: percentile(all, 50), p99Us: percentile(all, SLOW_PERCENTILE) };
}

/** @param {readonly number[]} sorted @param {number} percent */
function percentile(sorted, percent) {
  return sorted[Math.floor((sorted.length * percent) / 100)] ?? Number.NaN;
}
