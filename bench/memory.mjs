/** Measures how much memory the servers take for each of many idle connections: all at once, after a full collection. */
import { median } from './median.mjs';
import { Child } from './process.mjs';
import { startServer } from './throughput.mjs';

const LOAD = new URL('./load/main.mjs', import.meta.url);

/** Opened and closed before, so that nothing that is made once is counted. */
const WARM_UP_CONNECTIONS = 200;

/** `usedBytes`: in V8's heap and its buffers; `residentBytes`: what the process has of the system for all it does. */
/** @typedef {{ usedBytes: number, residentBytes: number }} Footprint */

/**
 * Medians, and the medians of the ratios to the baseline, round by round.
 *
 * @typedef {Footprint & { label: string, usedRatio: number, residentRatio: number, rounds: Footprint[] }} MemoryOutcome
 */

/**
 * @param {import('./questions/sides.mjs').Row} row
 * @param {{ rounds: number, connections: number, cores: import('./process.mjs').Cores }} plan
 * @returns {Promise<MemoryOutcome[]>} per connection
 */
export async function measureMemory(row, { rounds, connections, cores }) {
  /** @type {Map<import('./questions/sides.mjs').Side, Footprint[]>} */
  const footprints = new Map(row.sides.map((side) => [side, []]));
  const load = new Child(LOAD, { core: cores.load });
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [side, of] of footprints) {
        const server = startServer(side, row, { cores, profile: null });
        of.push(await measure(server, load, connections).finally(() => server.stop()));
      }
    }
  } finally {
    await load.stop();
  }
  const reference = footprints.get(row.baseline) ?? [];
  return [...footprints].map(([{ label }, of]) => {
    /** @param {keyof Footprint} figure */
    const ratio = (figure) =>
      median(of.map((each, i) => each[figure] / (reference[i]?.[figure] ?? Number.NaN)));
    return {
      label,
      usedBytes: median(of.map(({ usedBytes }) => usedBytes)),
      residentBytes: median(of.map(({ residentBytes }) => residentBytes)),
      usedRatio: ratio('usedBytes'),
      residentRatio: ratio('residentBytes'),
      rounds: of,
    };
  });
}

/**
 * @param {Child} server
 * @param {Child} load
 * @param {number} connections
 * @returns {Promise<Footprint>}
 */
async function measure(server, load, connections) {
  const port = await server.call('port');
  await load.call('start', { kind: 'idle', port, connections: WARM_UP_CONNECTIONS });
  await load.call('stop');
  await server.call('quiet');
  const before = await server.call('memory');
  await load.call('start', { kind: 'idle', port, connections });
  const after = await server.call('memory');
  await load.call('stop');
  if (after.connections !== connections) throw new Error(`The server has ${after.connections} connections.`);
  return {
    usedBytes: (after.usedBytes - before.usedBytes) / connections,
    residentBytes: (after.residentBytes - before.residentBytes) / connections,
  };
}
