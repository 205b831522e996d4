/**
 * `npm run e2e -- --matrix`: the contract in every engine on every variant, as a table, in `results/e2e-matrix.json`, and, where nothing failed,
 * in docs/contract.md: at once, or part by part, as long as nothing changes in between. Runs what `npm run build` wrote last. Fails where a clause fails
 * that is no exception, or where an engine is not here.
 *
 * @import { Row } from './transport-suite/contract/types.ts'
 *
 *   --engine NAME    chromium, firefox, webkit; may be repeated, as the others
 *   --variant NAME   'native class', websocket, long-polling, iframe, 'foreign server'
 *   --area NAME      of the contract, such as 'close()'
 *   --short          what `npm test` runs: ours in Firefox and WebKitGTK, over WebSocket and long polling, without the areas
 *                    that mostly wait. An engine that is not here is said, and no failure
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuilt } from '../scripts/build.mjs';
import { root } from '../scripts/workspace.mjs';
import { AREAS } from './transport-suite/contract/clauses/index.mjs';
import { ENGINES } from './transport-suite/contract/engines/engines.mjs';
import { fingerprint, keptRows, merged } from './transport-suite/contract/kept-rows.mjs';
import { runMatrix } from './transport-suite/contract/matrix.mjs';
import {
  documentation,
  failures,
  missingEngines,
  report,
  summary,
} from './transport-suite/contract/report.mjs';
import { VARIANTS } from './transport-suite/contract/variants.mjs';

/** They wait until a client gives up, and until garbage is collected. */
const WAITING_AREAS = ['Connecting', 'Garbage collection'];

const RESULTS = join(root, 'results');
const WHOLE = 'e2e-matrix.json';
const DOCUMENT = join(root, 'docs', 'contract.md');
/** What stands between them is made here. */
const MADE = { from: '<!-- made by `npm run e2e -- --matrix` -->', to: '<!-- end of what is made -->' };

const several = /** @type {const} */ ({ type: 'string', multiple: true });
const { values } = parseArgs({
  options: {
    matrix: { type: 'boolean' },
    short: { type: 'boolean', default: false },
    engine: several,
    variant: several,
    area: several,
  },
});
const { short } = values;
if (!isBuilt()) console.log('The build is missing or older than its sources: npm run build makes a new one.');

const plan = {
  engines: chosen('engine', ENGINES, short ? ['firefox', 'webkit'] : undefined),
  variants: chosen('variant', VARIANTS, short ? ['websocket', 'long-polling'] : undefined),
  areas: chosen('area', AREAS).flatMap(({ name }) =>
    short && values.area === undefined && WAITING_AREAS.includes(name) ? [] : [name],
  ),
};
const state = fingerprint();
const rows = await runMatrix(plan, (row) => {
  for (const line of failures(row)) console.log(line);
  const { engine, variant, passed, failed, excepted, error, seconds } = row;
  if (row.verdict !== 'not here')
    console.log(
      `${engine}, ${variant}: ${error ?? `${passed} passed, ${failed.length} failed, ${excepted} excepted`} (${seconds} s)`,
    );
});
mkdirSync(RESULTS, { recursive: true });
const isWhole = plan.areas.length === AREAS.length;
write(
  isWhole ? WHOLE : 'e2e-matrix-part.json',
  isWhole ? merged(keptRows(join(RESULTS, WHOLE), state), rows) : rows,
);

console.log(`\n${report(rows)}\n`);
for (const line of missingEngines(rows)) console.log(line);
console.log(summary(rows));
const isBad = rows.some(({ verdict }) => verdict === 'failed' || (verdict === 'not here' && !short));
if (isBad || rows.length === 0) process.exitCode = 1;

/**
 * @template {{ readonly name: string }} Named
 * @param {'engine' | 'variant' | 'area'} option
 * @param {readonly Named[]} all
 * @param {readonly string[]} [byDefault] their names. Default: all
 * @returns {readonly Named[]}
 */
function chosen(option, all, byDefault) {
  const names = values[option] ?? byDefault ?? all.map(({ name }) => name);
  const unknown = names.find((wanted) => !all.some(({ name }) => name === wanted));
  if (unknown !== undefined) {
    console.error(
      `There is no ${option} "${unknown}". There are: ${all.map(({ name }) => name).join(', ')}.`,
    );
    process.exit(1);
  }
  return all.filter(({ name }) => names.includes(name));
}

/**
 * @param {string} file
 * @param {readonly Row[]} rows
 */
function write(file, rows) {
  const result = { fingerprint: state, areas: plan.areas, rows };
  writeFileSync(join(RESULTS, file), `${JSON.stringify(result, null, 2)}\n`);
  if (file === WHOLE) document(rows);
}

/**
 * Writes what was found where it is documented. What failed is no documentation: it is left out there until it has been looked at.
 *
 * @param {readonly Row[]} found
 */
function document(found) {
  const sound = found.filter(({ verdict }) => verdict !== 'failed');
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before = ''] = text.split(MADE.from);
  const [, after = ''] = text.split(MADE.to);
  writeFileSync(DOCUMENT, `${before}${MADE.from}\n\n${documentation(sound)}\n\n${MADE.to}${after}`);
}
