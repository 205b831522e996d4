/**
 * The sides of a row, measured in turns: every side's server on one core, its load on another, one side after the other, so that what
 * else the machine does meets all of them alike.
 */
import { Child } from './process.mjs';

const LOAD = new URL('./load/main.mjs', import.meta.url);

/** How long a side that was held still has to get going, in ms, where its row does not say. */
const SETTLE_MS = 25;

/** How many times as long the first round warms up: by then V8 has compiled what is hot. */
const FIRST_WARM_UPS = 4;

/** @typedef {import('./questions/sides.mjs').Side} Side */
/** @typedef {import('./questions/sides.mjs').Row} Row */

/**
 * In each of the rounds, unless those before have taken longer than `patienceMs` in all, each side is put under load anew, warms up for
 * `warmUpMs`, longer in the first, and has `turns` turns of `turnMs`; where. `profile`: the folder that gets the CPU profiles of the subject's server.
 *
 * @typedef {{
 *   rounds: number,
 *   warmUpMs: number,
 *   turns: number,
 *   turnMs: number,
 *   patienceMs: number,
 *   cores: import('./process.mjs').Cores,
 *   profile: string | null,
 * }} Plan
 */

/** The processes of one side. */
/** @typedef {{ server: Child, load: Child }} Processes */

/**
 * `turn` takes a side's turn: it begins when it is called, and lasts for `elapse(turnMs)`; `inAll`: what the turns of a round come to.
 *
 * @template Turn, Measurement
 * @typedef {{ turn: (processes: Processes) => Promise<Turn>, inAll: (turns: readonly Turn[]) => Measurement }} Measure
 */

/**
 * While one side has its turn, the others are held still, under their loads: so a turn can be short, and what disturbs the machine for a
 * second does not disturb one side alone.
 *
 * @template Turn
 * @template {object} Measurement
 * @param {Row} row
 * @param {Plan} plan
 * @param {Measure<Turn, Measurement>} measure
 * @returns {Promise<{ measurements: Map<Side, Measurement[]>, unmeasurable: Record<string, string> }>} of all rounds;
 *   `unmeasurable`: why, by the side's label
 */
export async function measureInTurns(row, plan, measure) {
  /** @type {Record<string, string>} */
  const unmeasurable = {};
  /** @type {Map<Side, Measurement[]>} */
  const measurements = new Map();
  /** @type {Map<Side, Processes>} */
  const sides = new Map();
  try {
    for (const side of row.sides) {
      const missing = side.missing?.();
      if (missing !== undefined) {
        unmeasurable[side.label] = missing;
      } else {
        sides.set(side, {
          server: startServer(side, row, plan),
          load: new Child(LOAD, { core: plan.cores.load }),
        });
        measurements.set(side, []);
      }
    }
    const startedMs = performance.now();
    for (let round = 0; round < plan.rounds; round++) {
      const usedMs = performance.now() - startedMs;
      if (round > 0 && usedMs + usedMs / round > plan.patienceMs) break; // the next round would take too long
      const warmUpMs = plan.warmUpMs * (round === 0 ? FIRST_WARM_UPS : 1);
      for (const together of row.oneByOne ? [...sides].map((side) => new Map([side])) : [sides]) {
        /** @type {Map<Side, Turn[]>} */
        const turns = new Map();
        for (const [side, processes] of together) {
          const reason = await putUnderLoad(processes, { ...row.load, ...side.load }, warmUpMs);
          if (reason === undefined) {
            turns.set(side, []);
            hold(processes);
          } else {
            unmeasurable[side.label] = reason;
            measurements.delete(side);
            sides.delete(side);
            together.delete(side);
            await stop(processes);
          }
        }
        for (let turn = 0; turn < plan.turns; turn++) {
          // There and back, so that no side always comes behind the same one.
          for (const [side, processes] of turn % 2 === 0 ? together : [...together].reverse()) {
            release(processes);
            await elapse(row.settleMs ?? SETTLE_MS);
            turns.get(side)?.push(await measure.turn(processes));
            hold(processes);
          }
        }
        for (const processes of together.values()) await takeLoadAway(processes);
        for (const [side, of] of turns) measurements.get(side)?.push(measure.inAll(of));
      }
    }
  } finally {
    await Promise.all([...sides.values()].map(stop));
  }
  return { measurements, unmeasurable };
}

/** @param {Processes} processes */
function hold({ server, load }) {
  load.hold();
  server.hold();
}

/** @param {Processes} processes */
function release({ server, load }) {
  server.release();
  load.release();
}

/** @param {Processes} processes */
async function stop({ server, load }) {
  await Promise.all([load.stop(), server.stop()]);
}

/**
 * Its load runs then.
 *
 * @param {Processes} processes
 * @param {Row['load']} what
 * @param {number} warmUpMs
 * @returns {Promise<string | undefined>} why it cannot be measured
 */
async function putUnderLoad({ server, load }, what, warmUpMs) {
  const port = await server.call('port');
  const { unmeasurable } = await load.call('start', { ...what, port });
  if (unmeasurable === undefined) await elapse(warmUpMs);
  else await load.call('stop');
  return unmeasurable;
}

/** @param {Processes} processes */
async function takeLoadAway({ server, load }) {
  release({ server, load });
  await load.call('stop');
  await server.call('quiet');
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
