/** Measures how long a message takes there and back: the client sends the next one when the last one is back. */
import { beside, chooseBaseline } from './baseline.mjs';
import { elapse, measureInTurns, underLoad } from './turns.mjs';

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
  const { measurements } = await measureInTurns(row, plan, (server, load, what) =>
    underLoad(server, load, what, () => measure(load, plan)),
  );
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
 * @param {import('./turns.mjs').Plan} plan
 * @returns {Promise<RoundTrip>}
 */
async function measure(load, { warmUpMs, measuringMs }) {
  await elapse(warmUpMs);
  await load.call('takeRoundTripsUs');
  await elapse(measuringMs);
  /** @type {number[]} */
  const all = await load.call('takeRoundTripsUs');
  if (all.length === 0) throw new Error('Nothing came back from the server.');
  all.sort((a, b) => a - b);
  return { p50Us: percentile(all, 50), p99Us: percentile(all, SLOW_PERCENTILE) };
}

/** @param {readonly number[]} sorted @param {number} percent */
function percentile(sorted, percent) {
  return sorted[Math.floor((sorted.length * percent) / 100)] ?? Number.NaN;
}
