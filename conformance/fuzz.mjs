/**
 * `npm run fuzz`: hostile clients against our built server, in a process of its own, many at once, while others just
 * want their echoes. Every stream of frames has exactly one right answer, which `oracle.mjs` knows; everything else must
 * be answered in well-formed HTTP or frames; each connection comes to its end; nobody else notices; nothing is left over.
 *
 *     npm run fuzz                                  50,000 connections, or a minute, whichever is first
 *     npm run fuzz -- --count 1000000 --seconds 600
 *     npm run fuzz -- --seed 1a2b3c4d --only 217    one connection again
 *
 * A table of figures and floors, `results/fuzz.json`, and a last line that sums up; fails where a floor is missed.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { attack } from './attack.mjs';
import { Bystander } from './bystander.mjs';
import { ServerProcess } from './server-process.mjs';

/** Hostile connections at once. */
const CONCURRENCY = 12;

/** Others, who must not notice. */
const BYSTANDERS = 4;

/** What one echo of a bystander may take, on a busy machine too; its own time is far below a millisecond. */
const MOST_ECHO_MS = 5000;

/** What the process may grow by: a heap that breathes, and no more. */
const MOST_GROWTH_BYTES = 128 * 1024 * 1024;

/** How long sockets that were cut off may still be known to the application: more than their sessions live. */
const MOST_LEFTOVER_MS = 10_000;
const LEFTOVER_POLL_MS = 100;

/** Failures that are told. */
const SHOWN_FAILURES = 5;

const { values } = parseArgs({
  options: {
    peer: { type: 'string', default: 'holdfast' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    count: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
  },
});
const { seed } = values;
const first = Number(values.only ?? 0);
const count = values.only === undefined ? Number(values.count) : first + 1;

const server = await ServerProcess.start(values.peer);
const port = server.portOf('limited');
const bystanders = await Promise.all(Array.from({ length: BYSTANDERS }, () => Bystander.start(port)));
const before = await server.load();
const endMs = performance.now() + Number(values.seconds) * 1000;

/** @type {import('./attack.mjs').Failure[]} */
const failures = [];
/** @type {Map<string, number>} */
const kinds = new Map();
let next = first;
let hangs = 0;
await Promise.all(Array.from({ length: CONCURRENCY }, work));

const survived = server.isAlive;
const echoes = await Promise.all(bystanders.map((bystander) => bystander.stop()));
const after = survived ? await settledLoad() : { connections: Number.NaN, memoryBytes: Number.NaN };
await server.stop();
report();

/** Attacks until there are enough, or the time is over. */
async function work() {
  while (next < count && performance.now() < endMs && server.isAlive) {
    const number = next++;
    const { kind, failure } = await attack((endpoint) => server.portOf(endpoint), `${seed}/${number}`);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (failure === undefined) continue;
    if (failure.isHang) hangs++;
    failures.push({ ...failure, number });
  }
}

/** What is left when everybody has gone. */
async function settledLoad() {
  const deadlineMs = performance.now() + MOST_LEFTOVER_MS;
  for (;;) {
    const load = await server.load();
    if (load.connections === 0 || performance.now() > deadlineMs) return load;
    await delay(LEFTOVER_POLL_MS); // asks again: nothing tells when the last timer of the server has run
  }
}

function report() {
  const attacks = next - first;
  const slowestMs = Math.max(...echoes.map(({ slowestMs }) => slowestMs));
  const lost = echoes.filter(({ isLost }) => isLost).length;
  const growthBytes = after.memoryBytes - before.memoryBytes;
  const rows = [
    row('server processes lost', survived ? 0 : 1, 0),
    row('connections that hung', hangs, 0),
    row('answers that are wrong', failures.length - hangs, 0),
    row('bystanders cut off', lost, 0),
    row('slowest echo of a bystander, ms', Math.ceil(slowestMs), MOST_ECHO_MS),
    row('sockets left over', after.connections, 0),
    row('memory grown by, KiB', Math.ceil(growthBytes / 1024), MOST_GROWTH_BYTES / 1024),
  ];
  for (const { number, kind, story } of failures.slice(0, SHOWN_FAILURES)) {
    print(`✗ ${kind}: npm run fuzz -- --seed ${seed} --only ${number}\n${story}\n`);
  }
  print(tableLine('', 'figure', 'floor', ''));
  for (const { name, figure, floor, verdict } of rows)
    print(tableLine(name, `${figure}`, `${floor}`, verdict));

  const folder = resolve(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  const echoed = echoes.reduce((sum, { echoes }) => sum + echoes, 0);
  const result = { seed, attacks, kinds: Object.fromEntries(kinds), echoed, rows, failures };
  writeFileSync(join(folder, 'fuzz.json'), `${JSON.stringify(result, null, 2)}\n`);
  const kept = rows.filter(({ verdict }) => verdict === 'ok').length;
  print(
    `fuzz: ${kept} of ${rows.length} floors kept; ${attacks} hostile connections, ${echoed} echoes beside them, seed ${seed}`,
  );
  if (kept < rows.length || attacks === 0) process.exitCode = 1;
}

/** @param {string} name @param {number} figure @param {number} floor the most it may be */
function row(name, figure, floor) {
  return { name, figure, floor, verdict: figure <= floor ? 'ok' : 'failed' };
}

/** @param {string} name @param {string} figure @param {string} floor @param {string} verdict */
function tableLine(name, figure, floor, verdict) {
  return `${name.padEnd(34)} ${figure.padStart(8)} ${floor.padStart(8)}   ${verdict}`.trimEnd();
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
