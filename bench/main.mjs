/**
 * `npm run bench -- echo push broadcast memory handshake`: the server's speed beside its peers', each figure with its floor
 * (scripts/floors.mjs), as tables and in `results/bench-NAME.json`. Without a name: all of them.
 *
 *   --quick     one short round: shows that everything runs; its figures are worth little
 *   --row TEXT  only the rows with TEXT in their names
 *   --profile   leaves a CPU profile of our server in results/profiles, for each row
 *
 * Measures what `npm run build` wrote. Fails where a floor is missed. The last line sums up.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuilt } from '../scripts/build.mjs';
import { root } from '../scripts/workspace.mjs';
import { measureMemory } from './memory.mjs';
import { chooseCores } from './process.mjs';
import { BROADCAST } from './questions/broadcast.mjs';
import { ECHO } from './questions/echo.mjs';
import { HANDSHAKE } from './questions/handshake.mjs';
import { MEMORY } from './questions/memory.mjs';
import { PUSH } from './questions/push.mjs';
import { memoryReport, summary, throughputReport } from './report.mjs';
import { count } from './table.mjs';
import { measureThroughput } from './throughput.mjs';

/** What is counted in each benchmark of throughput. */
/** @type {Record<string, { unit: string, rows: readonly import('./questions/sides.mjs').Row[] }>} */
const THROUGHPUT = {
  echo: { unit: 'messages', rows: ECHO },
  push: { unit: 'messages', rows: PUSH },
  broadcast: { unit: 'messages', rows: BROADCAST },
  handshake: { unit: 'connections', rows: HANDSHAKE },
};
const RESULTS = join(root, 'results');
const NAMES = [...Object.keys(THROUGHPUT), 'memory'];

/** Enough for a median that one bad round does not move. */
const THOROUGH = { rounds: 5, warmUpMs: 200, measuringMs: 600, connections: 10_000 };
const QUICK = { rounds: 1, warmUpMs: 150, measuringMs: 300, connections: 1000 };
/** How long one benchmark of throughput may take: on a machine that is busy, there are fewer rounds. In ms. */
const PATIENCE_MS = 170_000;
/** The figures of memory do not depend on what else the machine does. */
const MEMORY_ROUNDS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    row: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`There is no benchmark "${unknown}". There are: ${NAMES.join(' ')}.`);
  process.exit(1);
}

const cores = chooseCores();
const plan = values.quick ? QUICK : THOROUGH;
console.log(
  cores.server === null
    ? 'Server and load cannot be pinned to cores of their own here: the figures are unsteady.'
    : `Server on core ${cores.server}, load on core ${cores.load}, Node ${process.version}.`,
);
if (!isBuilt()) console.log('The build is missing or older than its sources: npm run build makes a new one.');

/** @type {import('./verdict.mjs').Judged[]} */
const judged = [];
for (const name of positionals.length > 0 ? positionals : NAMES) {
  judged.push(...(name === 'memory' ? await runMemory() : await runThroughput(name)));
}
console.log(`\n${summary(judged)}`);
if (judged.length === 0 || judged.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1;

/** @param {string} benchmark */
async function runThroughput(benchmark) {
  const { unit, rows } = /** @type {(typeof THROUGHPUT)[string]} */ (THROUGHPUT[benchmark]);
  console.log(`\n${benchmark}: ${unit} per second of the server's CPU time, and per second`);
  const results = [];
  for (const row of rows.filter(({ name }) => name.includes(values.row))) {
    const profile = values.profile ? join(RESULTS, 'profiles', benchmark, fileName(row.name)) : null;
    const patienceMs = PATIENCE_MS / rows.length;
    const measured = await measureThroughput(row, { ...plan, patienceMs, cores, profile });
    const report = throughputReport({ benchmark, unit, rounds: plan.rounds }, row, measured);
    console.log(`\n${report.text}`);
    results.push({ ...report.judged, baseline: row.baseline.label, ...measured });
  }
  write(benchmark, { ...plan, rows: results });
  return results.map(({ row, figure, floor, verdict }) => ({ row, figure, floor, verdict }));
}

async function runMemory() {
  const { connections } = plan;
  const rounds = values.quick ? 1 : MEMORY_ROUNDS;
  console.log(`\nmemory: bytes for each of ${count(connections)} idle connections`);
  const outcomes = await measureMemory(MEMORY, { rounds, connections, cores });
  const report = memoryReport(MEMORY, outcomes);
  console.log(`\n${report.text}`);
  write('memory', { rounds, connections, baseline: MEMORY.baseline.label, rows: report.judged, outcomes });
  return report.judged;
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
