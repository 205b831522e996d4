/** Measures how much memory the servers take for each of many idle connections: all at once, after a full collection. */
import { beside, chooseBaseline } from './baseline.mjs';
import { Child } from './process.mjs';
import { startServer } from './turns.mjs';

const LOAD = new URL('./load/main.mjs', import.meta.url);

/** Opened and closed before, so that nothing that is made once is counted. */
const WARM_UP_CONNECTIONS = 200;

/** `usedBytes`: in V8's heap and its buffers; `residentBytes`: what the process has of the system for all it does. */
/** @typedef {{ usedBytes: number, residentBytes: number }} Footprint */

/**
 * Medians, and the medians of the ratios to the baseline.
 *
 * @typedef {Footprint & { label: string, usedRatio: number, residentRatio: number, rounds: Footprint[] }} MemoryOutcome
 */

/**
 * @param {import('./questions/sides.mjs').Row} row
 * @param {{ rounds: number, connections: number, cores: import('./process.mjs').Cores }} plan
 * @returns {Promise<{ outcomes: MemoryOutcome[], baseline: string }>} per connection
 */
export async function measureMemory(row, { rounds, connections, cores }) {
  /** @type {Map<import('./questions/sides.mjs').Side, Footprint[]>} */
  const footprints = new Map(row.sides.map((side) => [side, []]));
  const load = new Child(LOAD, { core: cores.load });
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [side, of] of footprints) {
        const server = startServer(side, row, { cores, profile: null });
        const what = { ...row.load, ...side.load };
        of.push(await measure(server, load, what, connections).finally(() => server.stop()));
      }
    }
  } finally {
    await load.stop();
  }
  const baseline = chooseBaseline(row.baseline, footprints, 'usedBytes', 'least');
  const reference = footprints.get(baseline) ?? [];
  const outcomes = [...footprints].map(([{ label }, of]) => {
    const [usedBytes, usedRatio] = beside(of, reference, 'usedBytes');
    const [residentBytes, residentRatio] = beside(of, reference, 'residentBytes');
    return { label, usedBytes, residentBytes, usedRatio, residentRatio, rounds: of };
  });
  return { outcomes, baseline: baseline.label };
}

/**
 * @param {Child} server
 * @param {Child} load
 * @param {import('./questions/sides.mjs').Row['load']} what
 * @param {number} connections
 * @returns {Promise<Footprint>}
 */
async function measure(server, load, what, connections) {
  const port = await server.call('port');
  await load.call('start', { ...what, port, connections: WARM_UP_CONNECTIONS });
  await load.call('stop');
  await server.call('quiet');
  const before = await server.call('memory');
  await load.call('start', { ...what, port, connections });
  const after = await server.call('memory');
  await load.call('stop');
  if (after.connections !== connections) throw new Error(`The server has ${after.connections} connections.`);
  return {
    usedBytes: (after.usedBytes - before.usedBytes) / connections,
    residentBytes: (after.residentBytes - before.residentBytes) / connections,
  };
}
