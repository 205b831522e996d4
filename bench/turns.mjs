/**
 * The sides of a row, measured in turns: every side's server on one core, the load on another, one side after the other in each
 * round, so that what else the machine does meets all of them alike.
 */
import { Child } from './process.mjs';

const LOAD = new URL('./load/main.mjs', import.meta.url);

/** @typedef {import('./questions/sides.mjs').Side} Side */
/** @typedef {import('./questions/sides.mjs').Row} Row */

/**
 * How long each side is measured, in ms, after it has warmed up; how often, unless that takes longer than `patienceMs` in all;
 * where. `profile`: the folder that gets the CPU profiles of the subject's server.
 *
 * @typedef {{
 *   rounds: number,
 *   warmUpMs: number,
 *   measuringMs: number,
 *   patienceMs: number,
 *   cores: import('./process.mjs').Cores,
 *   profile: string | null,
 * }} Plan
 */

/** One side's turn, its server and the load at hand: a measurement, or why there can be none. */
/**
 * @template Measurement
 * @typedef {(server: Child, load: Child, what: Row['load']) => Promise<Measurement | string>} TakeTurn
 */

/**
 * @template {object} Measurement
 * @param {Row} row
 * @param {Plan} plan
 * @param {TakeTurn<Measurement>} takeTurn
 * @returns {Promise<{ measurements: Map<Side, Measurement[]>, unmeasurable: Record<string, string> }>} of all rounds;
 *   `unmeasurable`: why, by the side's label
 */
export async function measureInTurns(row, plan, takeTurn) {
  /** @type {Record<string, string>} */
  const unmeasurable = {};
  /** @type {Map<Side, Measurement[]>} */
  const measurements = new Map();
  const load = new Child(LOAD, { core: plan.cores.load });
  /** @type {Map<Side, Child>} */
  const servers = new Map();
  try {
    for (const side of row.sides) {
      const missing = side.missing?.();
      if (missing !== undefined) {
        unmeasurable[side.label] = missing;
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
        const result = await takeTurn(server, load, { ...row.load, ...side.load });
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
  return { measurements, unmeasurable };
}

/**
 * Starts the load of a turn, and ends it when it has been measured.
 *
 * @template Measurement
 * @param {Child} server
 * @param {Child} load
 * @param {Row['load']} what
 * @param {() => Promise<Measurement>} measure
 * @returns {Promise<Measurement | string>} or why it cannot be measured
 */
export async function underLoad(server, load, what, measure) {
  const port = await server.call('port');
  const { unmeasurable } = await load.call('start', { ...what, port });
  if (unmeasurable !== undefined) {
    await load.call('stop');
    return unmeasurable;
  }
  const measured = await measure();
  await load.call('stop');
  await server.call('quiet');
  return measured;
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

/** @param {number} ms */
export function elapse(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
