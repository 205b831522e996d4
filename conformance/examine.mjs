/**
 * The cases against one end, our built server or client, in a process of its own: a table of categories, each case that failed with
 * both transcripts, and all of it in `results/`. Started by run.mjs, with the role and the words to choose by.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCase } from './case.mjs';
import { CATEGORIES } from './cases/index.mjs';
import { ClientProcess } from './client-process.mjs';
import { DEVIATIONS } from './deviations.mjs';
import { EXAMINED } from './role.mjs';
import { ServerProcess } from './server-process.mjs';

/** Cases under way at once: some wait for a timeout of the server's. */
const CONCURRENCY = 16;

/** Of a transcript that is shown: the differences are at its end or beginning. */
const SHOWN_LINES = 6;

/** @typedef {'ok' | 'deviation' | 'failed'} Verdict */
/** @typedef {{ category: string, name: string, verdict: Verdict, expected: readonly string[], observed: readonly string[] }} Result */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peer: { type: 'string', default: 'holdfast' }, role: { type: 'string' } },
});
const { peer } = values;

/** A sentence about a server is one about a client, where that is examined. */
/** @param {string} name */
const nameOf = (name) => (EXAMINED === 'server' ? name : name.replaceAll('the server', 'the client'));

const chosen = CATEGORIES.filter((category) => (category.peer ?? peer) === peer)
  .filter(({ examines = EXAMINED }) => examines === EXAMINED)
  .map(({ name, cases }) => ({
    name,
    cases: cases.filter((each) => isChosen(name) || isChosen(each.name)),
  }))
  .filter(({ cases }) => cases.length > 0);
checkNames();

const examined = await (EXAMINED === 'server' ? ServerProcess : ClientProcess).start(peer);
/** @type {Result[]} */
const results = [];
const waiting = chosen.flatMap(({ name, cases }) =>
  cases.map((each) => ({ category: name, testCase: each })),
);
await Promise.all(Array.from({ length: CONCURRENCY }, work));
const survived = examined.isAlive;
await examined.stop();
report();

/** Runs cases until none is left. */
async function work() {
  for (;;) {
    const next = waiting.shift();
    if (next === undefined || !examined.isAlive) return;
    const { category, testCase } = next;
    const { passed, expected, observed } = await runCase(examined, testCase);
    const verdict = passed ? 'ok' : isDeviation(testCase.name, observed) ? 'deviation' : 'failed';
    results.push({ category, name: nameOf(testCase.name), verdict, expected, observed });
  }
}

/** @param {string} name @param {readonly string[]} observed @returns {boolean} */
function isDeviation(name, observed) {
  const deviation = peer === 'holdfast' ? DEVIATIONS[name] : undefined;
  return deviation !== undefined && deviation.observed.join('\n') === observed.join('\n');
}

function report() {
  const rows = chosen.map(({ name, cases }) => {
    const kept = results.filter(({ category, verdict }) => category === name && verdict !== 'failed').length;
    return { name, figure: kept, floor: cases.length, verdict: kept === cases.length ? 'ok' : 'failed' };
  });
  for (const result of results) if (result.verdict === 'failed') print(failureText(result));
  print(tableLine(`the ${EXAMINED}`, 'passed', 'floor', ''));
  for (const { name, figure, floor, verdict } of rows)
    print(tableLine(name, `${figure}`, `${floor}`, verdict));
  for (const { name, verdict } of results) {
    if (verdict === 'deviation') print(`deviation: ${name}\n    ${DEVIATIONS[name]?.because}`);
  }

  const folder = resolve(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  const parts = [
    'conformance',
    EXAMINED === 'client' ? '-client' : '',
    peer === 'holdfast' ? '' : `-${peer}`,
  ];
  const file = `${parts.join('')}.json`;
  const cases = results.map(({ category, name, verdict, observed }) =>
    verdict === 'ok' ? { category, name, verdict } : { category, name, verdict, observed },
  );
  writeFileSync(
    join(folder, file),
    `${JSON.stringify({ peer, role: EXAMINED, survived, rows, cases }, null, 2)}\n`,
  );

  const kept = rows.reduce((sum, { figure }) => sum + figure, 0);
  const all = rows.reduce((sum, { floor }) => sum + floor, 0);
  if (!survived) print(`The ${EXAMINED}'s process did not survive.`);
  print(`conformance: ${kept} of ${all} cases as the RFCs and the drafts want them (${EXAMINED} of ${peer})`);
  if (kept < all || !survived || all === 0) process.exitCode = 1;
}

/** @param {Result} result */
function failureText({ name, expected, observed }) {
  const at = expected.findIndex((line, index) => observed[index] !== line && !line.endsWith('…'));
  const from = Math.max(0, at < 0 ? 0 : at - 2);
  const excerpt = (/** @type {readonly string[]} */ lines) =>
    lines.slice(from, from + SHOWN_LINES).map((line) => `      ${line}`);
  return [`✗ ${name}`, '    expected', ...excerpt(expected), '    observed', ...excerpt(observed), ''].join(
    '\n',
  );
}

/** @param {string} name @param {string} figure @param {string} floor @param {string} verdict */
function tableLine(name, figure, floor, verdict) {
  return `${name.padEnd(26)} ${figure.padStart(8)} ${floor.padStart(8)}   ${verdict}`.trimEnd();
}

/** @param {string} name */
function isChosen(name) {
  return positionals.length === 0 || positionals.some((word) => name.includes(word));
}

/** A case is known by its name. */
function checkNames() {
  const names = CATEGORIES.flatMap(({ cases }) => cases.map(({ name }) => name));
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new Error(`Two cases are named: ${repeated}`);
  const unknown = Object.keys(DEVIATIONS).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`A deviation of no case: ${unknown}`);
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
