/**
 * Measures one row of throughput: every side's server on one core, the load on another, one side after the other in each
 * round, so that what else the machine does meets all of them alike.
 */
import { createRequire } from 'node:module';
import { median } from './median.mjs';
import { Child } from './process.mjs';

const LOAD = new URL('./load/main.mjs', import.meta.url);

/** @typedef {import('./questions/sides.mjs').Side} Side */
/** @typedef {import('./questions/sides.mjs').Row} Row */

/**
 * How long each side is measured, in ms, after it has warmed up; how often, unless that takes longer than `patienceMs` in all;
 * where. `profile`: the folder that gets the CPU profiles of the subject's server.
 */
/**
 * @typedef {{
 *   rounds: number,
 *   warmUpMs: number,
 *   measuringMs: number,
 *   patienceMs: number,
 *   cores: import('./process.mjs').Cores,
 *   profile: string | null,
 * }} Plan
 */

/** One round of one side. `perCpuSecond`: messages per second of the server's CPU time. */
/** @typedef {{ perCpuSecond: number, perSecond: number, loopDelayP99Ms: number }} Measurement */

/**
 * The medians of a side, and the medians of its ratios to the baseline, which are taken round by round.
 *
 * @typedef {Measurement & { label: string, cpuRatio: number, wallRatio: number, rounds: Measurement[] }} Outcome
 */

/**
 * @param {Row} row
 * @param {Plan} plan
 * @returns {Promise<{ outcomes: Outcome[], unmeasurable: Record<string, string> }>} `unmeasurable`: why, by the side's label
 */
export async function measureThroughput(row, plan) {
  /** @type {Record<string, string>} */
  const unmeasurable = {};
  /** @type {Map<Side, Measurement[]>} */
  const measurements = new Map();
  const load = new Child(LOAD, { core: plan.cores.load });
  /** @type {Map<Side, Child>} */
  const servers = new Map();
  try {
    for (const side of row.sides) {
      if (side.needs !== undefined && !isInstalled(side.needs)) {
        unmeasurable[side.label] = `${side.needs} has no binary for this platform`;
      } else {
        servers.set(side, startServer(side, row, plan));
        measurements.set(side, []);
      }
    }
    const startedMs = performance.now();
    for (let round = 0; round < plan.rounds; round++) {
      const usedMs = performance.now() - startedMs;
      if (round > 0 && usedMs + usedMs / round > plan.patienceMs) break; // the next round would take too long
      for (const [side, server] of servers) {
        const result = await measure(server, load, { ...row.load, ...side.load }, plan);
        if (typeof result === 'string') {
          unmeasurable[side.label] = result;
          measurements.delete(side);
          servers.delete(side);
          await server.stop();
        } else {
          measurements.get(side)?.push(result);
        }
      }
    }
  } finally {
    await Promise.all([load, ...servers.values()].map((child) => child.stop()));
  }
  return { outcomes: summarize(measurements, row.baseline), unmeasurable };
}

/**
 * @param {Side} side
 * @param {Row} row
 * @param {Pick<Plan, 'cores' | 'profile'>} plan
 */
export function startServer(side, row, { cores, profile }) {
  const isProfiled = profile !== null && side === row.subject;
  return new Child(side.script, {
    args: side.args(row),
    nodeOptions: ['--expose-gc', ...(isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [])],
    env: side.env ?? {},
    core: cores.server,
  });
}

/**
 * @param {Child} server
 * @param {Child} load
 * @param {Row['load']} what
 * @param {Plan} plan
 * @returns {Promise<Measurement | string>} or why it cannot be measured
 */
async function measure(server, load, what, { warmUpMs, measuringMs }) {
  const port = await server.call('port');
  const { unmeasurable } = await load.call('start', { ...what, port });
  if (unmeasurable !== undefined) {
    await load.call('stop');
    return unmeasurable;
  }
  const sample = () => Promise.all([server.call('sample'), load.call('sample')]);
  await elapse(warmUpMs);
  const [serverBefore, loadBefore] = await sample();
  await elapse(measuringMs);
  const [serverAfter, loadAfter] = await sample();
  await load.call('stop');
  await server.call('quiet');

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

/**
 * @param {Map<Side, Measurement[]>} measurements
 * @param {Side} baseline
 * @returns {Outcome[]}
 */
function summarize(measurements, baseline) {
  const reference = measurements.get(baseline) ?? [];
  return [...measurements].map(([{ label }, rounds]) => {
    /** @param {keyof Measurement} figure */
    const middle = (figure) => median(rounds.map((round) => round[figure]));
    /** @param {keyof Measurement} figure */
    const ratio = (figure) =>
      median(rounds.map((round, i) => round[figure] / (reference[i]?.[figure] ?? Number.NaN)));
    return {
      label,
      perCpuSecond: middle('perCpuSecond'),
      perSecond: middle('perSecond'),
      loopDelayP99Ms: middle('loopDelayP99Ms'),
      cpuRatio: ratio('perCpuSecond'),
      wallRatio: ratio('perSecond'),
      rounds,
    };
  });
}

/** @param {string} name @returns {boolean} whether it loads; a native one may be there, and not for this platform */
function isInstalled(name) {
  try {
    createRequire(import.meta.url)(name);
    return true;
  } catch {
    return false;
  }
}

/** @param {number} ms */
function elapse(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
