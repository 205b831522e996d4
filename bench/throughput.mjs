/** Measures one row of throughput: how many messages each side's server moves. */
import { beside, chooseBaseline } from './baseline.mjs';
import { median } from './median.mjs';
import { elapse, measureInTurns } from './turns.mjs';

/** One turn of one side: what was counted in which time. */
/** @typedef {{ messages: number, cpuMs: number, wallMs: number, loopDelayP99Ms: number }} Turn */

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
  const { measurements, unmeasurable } = await measureInTurns(row, plan, {
    turn: (processes) => measure(processes, plan.turnMs),
    inAll,
  });
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
 * @param {import('./turns.mjs').Processes} processes
 * @param {number} turnMs
 * @returns {Promise<Turn>}
 */
async function measure({ server, load }, turnMs) {
  const sample = () => Promise.all([server.call('sample'), load.call('sample')]);
  const [serverBefore, loadBefore] = await sample();
  await elapse(turnMs);
  const [serverAfter, loadAfter] = await sample();

  const wallMs = loadAfter.atMs - loadBefore.atMs;
  // Each side has a clock of its own, and the two were not asked at the same moment.
  const busy = (serverAfter.cpuMs - serverBefore.cpuMs) / (serverAfter.atMs - serverBefore.atMs);
  return {
    messages: loadAfter.messages - loadBefore.messages,
    cpuMs: busy * wallMs,
    wallMs,
    loopDelayP99Ms: serverAfter.loopDelayP99Ms ?? Number.NaN, // which is null on its way here
  };
}

/** What is collected in one turn may be the garbage of another: a round has one figure. */
/** @param {readonly Turn[]} turns @returns {Measurement} */
function inAll(turns) {
  /** @param {'messages' | 'cpuMs' | 'wallMs'} figure */
  const sum = (figure) => turns.reduce((total, turn) => total + turn[figure], 0);
  if (sum('messages') === 0) throw new Error('Nothing came back from the server.');
  return {
    perCpuSecond: (1000 * sum('messages')) / sum('cpuMs'),
    perSecond: (1000 * sum('messages')) / sum('wallMs'),
    loopDelayP99Ms: median(turns.map((turn) => turn.loopDelayP99Ms)),
  };
}
