/** Measures one row of throughput: how many messages each side's server moves. */
import { beside, chooseBaseline } from './baseline.mjs';
import { elapse, measureInTurns, underLoad } from './turns.mjs';

/** One round of one side. `perCpuSecond`: messages per second of the server's CPU time. */
/** @typedef {{ perCpuSecond: number, perSecond: number, loopDelayP99Ms: number }} Measurement */

/**
 * The medians of a side, and the medians of its ratios to the baseline.
 *
 * @typedef {Measurement & {
 *   label: string,
 *   cpuRatio: number,
 *   wallRatio: number,
 *   delayRatio: number,
 *   rounds: Measurement[],
 * }} Outcome
 */

/** `unmeasurable`: why, by the side's label. `baseline`: the label of the side that the ratios are to. */
/** @typedef {{ outcomes: Outcome[], unmeasurable: Record<string, string>, baseline: string }} Throughput */

/**
 * @param {import('./questions/sides.mjs').Row} row
 * @param {import('./turns.mjs').Plan} plan
 * @returns {Promise<Throughput>}
 */
export async function measureThroughput(row, plan) {
  const { measurements, unmeasurable } = await measureInTurns(row, plan, (server, load, what) =>
    underLoad(server, load, what, () => measure(server, load, plan)),
  );
  const baseline = chooseBaseline(row.baseline, measurements, 'perCpuSecond', 'most');
  const reference = measurements.get(baseline) ?? [];
  const outcomes = [...measurements].map(([{ label }, rounds]) => {
    const [perCpuSecond, cpuRatio] = beside(rounds, reference, 'perCpuSecond');
    const [perSecond, wallRatio] = beside(rounds, reference, 'perSecond');
    const [loopDelayP99Ms, delayRatio] = beside(rounds, reference, 'loopDelayP99Ms');
    return { label, perCpuSecond, perSecond, loopDelayP99Ms, cpuRatio, wallRatio, delayRatio, rounds };
  });
  return { outcomes, unmeasurable, baseline: baseline.label };
}

/**
 * @param {import('./process.mjs').Child} server
 * @param {import('./process.mjs').Child} load
 * @param {import('./turns.mjs').Plan} plan
 * @returns {Promise<Measurement>}
 */
async function measure(server, load, { warmUpMs, measuringMs }) {
  const sample = () => Promise.all([server.call('sample'), load.call('sample')]);
  await elapse(warmUpMs);
  const [serverBefore, loadBefore] = await sample();
  await elapse(measuringMs);
  const [serverAfter, loadAfter] = await sample();

  const perMs = (loadAfter.messages - loadBefore.messages) / (loadAfter.atMs - loadBefore.atMs);
  if (perMs === 0) throw new Error('Nothing came back from the server.');
  // Each side has a clock of its own, and the two were not asked at the same moment.
  const busy = (serverAfter.cpuMs - serverBefore.cpuMs) / (serverAfter.atMs - serverBefore.atMs);
  return {
    perCpuSecond: (1000 * perMs) / busy,
    perSecond: 1000 * perMs,
    loopDelayP99Ms: serverAfter.loopDelayP99Ms,
  };
}
