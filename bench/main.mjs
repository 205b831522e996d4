/**
 * `npm run bench -- echo push broadcast memory handshake fallback opening client`: the server's speed beside its peers', and how fast clients
 * open on networks that are in the way, and what they cost for a message, each figure with its floor (scripts/floors.mjs), as tables and in `results/bench-NAME.json`. Without a name: all of them.
 *
 *   --quick          one short round: shows that everything runs; its figures are worth little
 *   --row TEXT       only the rows with TEXT in their names
 *   --round-trip MS  of openings, only those on the network with a round trip of so many ms
 *   --profile        leaves a CPU profile of our server, or of our client's page, in results/profiles, for each row
 *                    (of a server count the samples: its times include those in which it was held still)
 *
 * Measures what `npm run build` wrote. Fails where a floor is missed. The last line sums up.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuilt } from '../scripts/build.mjs';
import { root } from '../scripts/workspace.mjs';
import { runClient } from './client.mjs';
import { measureMemory } from './memory.mjs';
import { runOpening } from './opening-run.mjs';
import { chooseCores } from './process.mjs';
import { BROADCAST } from './questions/broadcast.mjs';
import { ECHO } from './questions/echo.mjs';
import {
  FALLBACK_MEMORY,
  FALLBACK_MESSAGES,
  FALLBACK_OPENING,
  FALLBACK_ROUND_TRIP,
} from './questions/fallback.mjs';
import { HANDSHAKE } from './questions/handshake.mjs';
import { MEMORY } from './questions/memory.mjs';
import { NETWORKS } from './questions/opening.mjs';
import { PUSH } from './questions/push.mjs';
import { memoryReport, roundTripReport, summary, throughputReport } from './report.mjs';
import { measureRoundTrips } from './round-trip.mjs';
import { count } from './table.mjs';
import { measureThroughput } from './throughput.mjs';

/** @typedef {import('./questions/sides.mjs').Row} Row */
/** @typedef {import('./verdict.mjs').Judged} Judged */

/** What is counted in each benchmark of throughput. */
/** @type {Record<string, { unit: string, rows: readonly Row[] }>} */
const THROUGHPUT = {
  echo: { unit: 'messages', rows: ECHO },
  push: { unit: 'messages', rows: PUSH },
  broadcast: { unit: 'messages', rows: BROADCAST },
  handshake: { unit: 'connections', rows: HANDSHAKE },
};
/** Those that are more than rows of throughput, or something else. */
const OTHERS = {
  memory: runMemory,
  fallback: runFallback,
  opening: () =>
    runOpening({
      quick: values.quick,
      row: values.row,
      networks,
      write: (result) => write('opening', result),
    }),
  client: () =>
    runClient({
      quick: values.quick,
      row: values.row,
      profile: (row) => (values.profile ? `${profilesOf('client', row)}.cpuprofile` : null),
      write: (result) => write('client', result),
    }),
};
const NAMES = [...Object.keys(THROUGHPUT), ...Object.keys(OTHERS)];
const RESULTS = join(root, 'results');

/** Enough for a median that one bad round does not move. */
const THOROUGH = { rounds: 7, warmUpMs: 200, turns: 6, turnMs: 100, connections: 10_000, sessions: 5000 };
const QUICK = { rounds: 1, warmUpMs: 150, turns: 3, turnMs: 100, connections: 1000, sessions: 500 };
/** How long one benchmark of throughput may take: on a machine that is busy, there are fewer rounds. In ms. */
const PATIENCE_MS = 500_000;
/** The figures of memory do not depend on what else the machine does. */
const MEMORY_ROUNDS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    row: { type: 'string', default: '' },
    'round-trip': { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`There is no benchmark "${unknown}". There are: ${NAMES.join(' ')}.`);
  process.exit(1);
}
const roundTrip = values['round-trip'];
const networks = NETWORKS.filter(
  ({ roundTripMs }) => roundTrip === undefined || roundTrip === `${roundTripMs}`,
);
if (networks.length === 0) {
  const known = NETWORKS.map(({ roundTripMs }) => roundTripMs).join(' ');
  console.error(`There is no network with a round trip of ${roundTrip} ms. There are: ${known}.`);
  process.exit(1);
}

const cores = chooseCores();
const plan = values.quick ? QUICK : THOROUGH;
const memoryRounds = values.quick ? 1 : MEMORY_ROUNDS;
console.log(
  cores.server === null
    ? 'Server and load cannot be pinned to cores of their own here: the figures are unsteady.'
    : `Server on core ${cores.server}, load on core ${cores.load}, Node ${process.version}.`,
);
if (!isBuilt()) console.log('The build is missing or older than its sources: npm run build makes a new one.');

/** @type {Judged[]} */
const judged = [];
for (const name of positionals.length > 0 ? positionals : NAMES) {
  judged.push(...(await (isOther(name) ? OTHERS[name]() : runThroughput(name))));
}
console.log(`\n${summary(judged)}`);
if (judged.length === 0 || judged.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1;

/** @param {string} name @returns {name is keyof typeof OTHERS} */
function isOther(name) {
  return name in OTHERS;
}

/** @param {string} benchmark */
async function runThroughput(benchmark) {
  const { unit, rows } = /** @type {(typeof THROUGHPUT)[string]} */ (THROUGHPUT[benchmark]);
  console.log(`\n${benchmark}: ${unit} per second of the server's CPU time, and per second`);
  const results = [];
  for (const row of wanted(rows)) {
    results.push(await runRow(benchmark, unit, row, PATIENCE_MS / rows.length));
  }
  write(benchmark, { ...plan, rows: results });
  return results.flatMap(verdictsOf);
}

async function runMemory() {
  const { connections } = plan;
  console.log(`\nmemory: bytes for each of ${count(connections)} idle connections`);
  const names = { inUse: 'in use', resident: 'resident' };
  const { rows, ...measured } = await runMemoryRow('memory', MEMORY, names, connections);
  write('memory', { rounds: memoryRounds, connections, ...measured, rows });
  return rows;
}

async function runFallback() {
  console.log(
    "\nfallback: over plain HTTP; messages and sessions per second of the server's CPU time, and per second",
  );
  const others = 3;
  const patienceMs = PATIENCE_MS / (FALLBACK_MESSAGES.length + others);
  const results = [];
  for (const row of wanted(FALLBACK_MESSAGES)) {
    results.push(await runRow('fallback', 'messages', row, patienceMs));
  }
  for (const row of wanted([FALLBACK_OPENING])) {
    results.push(await runRow('fallback', 'sessions', row, patienceMs));
  }
  for (const row of wanted([FALLBACK_ROUND_TRIP])) {
    const measured = await measureRoundTrips(row, planFor('fallback', row, patienceMs));
    const { text, judged: verdict } = roundTripReport('fallback', row, measured);
    console.log(`\n${text}`);
    results.push({ ...verdict, ...measured });
  }
  const judged = results.flatMap(verdictsOf);
  for (const row of wanted([FALLBACK_MEMORY])) {
    const names = { inUse: `${row.name}, in use`, resident: `${row.name}, resident` };
    const { rows, ...measured } = await runMemoryRow('fallback', row, names, plan.sessions);
    results.push({ row: row.name, ...measured, rows });
    judged.push(...rows);
  }
  write('fallback', { ...plan, rows: results });
  return judged;
}

/** @param {string} benchmark @param {string} unit @param {Row} row @param {number} patienceMs */
async function runRow(benchmark, unit, row, patienceMs) {
  const measured = await measureThroughput(row, planFor(benchmark, row, patienceMs));
  const report = throughputReport({ benchmark, unit, rounds: plan.rounds }, row, measured);
  console.log(`\n${report.text}`);
  return { ...report.judged, delay: report.delay, ...measured };
}

/** @param {string} benchmark @param {Row} row @param {{ inUse: string, resident: string }} names @param {number} connections */
async function runMemoryRow(benchmark, row, names, connections) {
  const measured = await measureMemory(row, { rounds: memoryRounds, connections, cores });
  const { text, judged: rows } = memoryReport(benchmark, row, names, measured);
  console.log(`\n${text}`);
  return { ...measured, rows };
}

/** @param {string} benchmark @param {Row} row @param {number} patienceMs @returns {import('./turns.mjs').Plan} */
function planFor(benchmark, row, patienceMs) {
  const profile = values.profile ? profilesOf(benchmark, row.name) : null;
  return { ...plan, patienceMs, cores, profile };
}

/** @param {string} benchmark @param {string} row */
function profilesOf(benchmark, row) {
  return join(RESULTS, 'profiles', benchmark, fileName(row));
}

/** @param {readonly Row[]} rows @returns {readonly Row[]} */
function wanted(rows) {
  return rows.filter(({ name }) => name.includes(values.row));
}

/** @param {Judged & { delay?: Judged | undefined }} result @returns {Judged[]} */
function verdictsOf({ row, figure, floor, verdict, delay }) {
  return [{ row, figure, floor, verdict }, ...(delay === undefined ? [] : [delay])];
}

/** @param {string} benchmark @param {object} result */
function write(benchmark, result) {
  const about = { benchmark, node: process.version, cores, quick: values.quick };
  mkdirSync(RESULTS, { recursive: true });
  const json = JSON.stringify({ ...about, ...result }, null, 2);
  writeFileSync(join(RESULTS, `bench-${benchmark}.json`), `${json}\n`);
}

/** @param {string} row */
function fileName(row) {
  return row.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
