/**
 * What the matrix says: as a table for who runs it, and as the part of docs/contract.md that is made from it, with the exceptions.
 *
 * @import { Exception } from './exceptions.mjs'
 * @import { Row } from './types.ts'
 */
import { table } from '../../../bench/table.mjs';
import { ENGINES } from './engines/engines.mjs';
import { ENGINE_EXCEPTIONS, OUR_EXCEPTIONS } from './exceptions.mjs';
import { VARIANTS } from './variants.mjs';

/** @param {readonly Row[]} rows @returns {string} figure, floor and verdict of each */
export function report(rows) {
  const lines = rows.map(({ engine, version, variant, passed, floor, failed, excepted, error, verdict }) => [
    `${engine}, ${variant}`,
    String(passed),
    String(floor),
    String(failed.length),
    String(excepted),
    error === null ? verdict : `${verdict}: ${error}`,
    version ?? '',
  ]);
  const head = ['engine, variant', 'passed', 'floor', 'failed', 'excepted', 'verdict', 'version'];
  return table([head, ...lines]);
}

/** @param {Row} row @returns {readonly string[]} a line for each clause that failed */
export function failures({ engine, variant, failed }) {
  return failed.map(({ area, clause, failure }) => `✗ ${engine}, ${variant}: ${area}: ${clause}: ${failure}`);
}

/** @param {readonly Row[]} rows @returns {string} the last line */
export function summary(rows) {
  const sum = (/** @type {(row: Row) => number} */ of) => rows.reduce((total, row) => total + of(row), 0);
  const count = (/** @type {Row['verdict']} */ verdict) =>
    rows.filter((row) => row.verdict === verdict).length;
  const missing = count('not here');
  return [
    `matrix: ${count('ok')} of ${rows.length} ok`,
    `${sum(({ passed }) => passed)} clauses passed`,
    `${sum(({ failed }) => failed.length)} failed`,
    `${sum(({ excepted }) => excepted)} excepted`,
    ...(missing === 0 ? [] : [`${missing} rows not run: their engine is not here`]),
  ].join(', ');
}

/** @param {readonly Row[]} rows @returns {readonly string[]} what to type where engines are not here */
export function missingEngines(rows) {
  return ENGINES.filter(({ name }) =>
    rows.some((row) => row.engine === name && row.verdict === 'not here'),
  ).map(
    ({ title, packages }) =>
      `${title} was not found, and could not be installed: the contract was NOT run in it. On Debian: sudo apt-get install ${packages}`,
  );
}

/** @param {readonly Row[]} rows @returns {string} Markdown */
export function documentation(rows) {
  return `${versions(rows)}\n\n${documentedTable(rows)}\n\n${documentedExceptions()}`;
}

/** @param {readonly Pick<Row, 'engine' | 'variant' | 'passed' | 'failed' | 'excepted' | 'verdict'>[]} rows */
function documentedTable(rows) {
  const lines = ENGINES.flatMap(({ name, title }) =>
    VARIANTS.map(({ name: variant }) => {
      const row = rows.find(
        (row) => row.engine === name && row.variant === variant && row.verdict !== 'not here',
      );
      const figures =
        row === undefined ? 'not run | | ' : `${row.passed} | ${row.failed.length} | ${row.excepted}`;
      return `| ${title} | ${variant} | ${figures} |`;
    }),
  );
  return ['| engine | variant | passed | failed | excepted |', '|---|---|---|---|---|', ...lines].join('\n');
}

export function documentedExceptions() {
  return [
    '### What ours does not keep',
    '',
    exceptionTable(OUR_EXCEPTIONS),
    '',
    '### What the engines’ own classes do not keep',
    '',
    'Where ours talks natively to a foreign server, it can hear no more than the engine’s class tells.',
    '',
    exceptionTable(ENGINE_EXCEPTIONS),
  ].join('\n');
}

/** @param {readonly Exception[]} exceptions */
function exceptionTable(exceptions) {
  const lines = exceptions.map(({ area, clauses, variants, engines, because }) => {
    const where = engines === undefined ? 'all' : engines.map(titleOf).join(', ');
    const [first = ''] = clauses;
    const what = clauses.length === 1 ? first : `${first}, and ${clauses.length - 1} like it`;
    return `| ${area}: ${escaped(what)} | ${where} | ${variants.join(', ')} | ${because} |`;
  });
  return ['| clause | engines | variants | because |', '|---|---|---|---|', ...lines].join('\n');
}

/** @param {readonly Row[]} rows */
function versions(rows) {
  const found = ENGINES.flatMap(({ name, title }) => {
    const row = rows.find(({ engine, version }) => engine === name && version !== null);
    return row === undefined ? [] : [`${title} ${row.version}`];
  });
  return found.length === 0 ? 'Not run yet.' : `Last run in ${found.join(', ')}.`;
}

/** @param {string} engine its name */
function titleOf(engine) {
  return ENGINES.find(({ name }) => name === engine)?.title ?? engine;
}

/** In a cell of Markdown. */
/** @param {string} text */
function escaped(text) {
  return text.replace(/[|<>\\]/g, (character) => `\\${character}`);
}
