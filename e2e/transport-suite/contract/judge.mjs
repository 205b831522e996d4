/**
 * What came of clauses, by the list of exceptions: passed, failed, or excepted.
 *
 * @import { Exception } from './exceptions.mjs'
 * @import { Result } from './types.ts'
 */
import { AREAS } from './clauses/index.mjs';
import { EXCEPTIONS } from './exceptions.mjs';

/**
 * @param {readonly Result[]} results
 * @param {string} engine
 * @param {string} variant its name
 * @returns {{ passed: number, failed: readonly Result[], excepted: readonly Result[] }}
 */
export function judge(results, engine, variant) {
  /** @type {Result[]} */
  const failed = [];
  /** @type {Result[]} */
  const excepted = [];
  for (const result of results) {
    const isException = exceptionFor(result, engine, variant) !== undefined;
    if (result.failure === undefined) {
      if (isException) failed.push({ ...result, failure: 'it holds, though it is listed as an exception' });
    } else if (isException) excepted.push(result);
    else failed.push(result);
  }
  return { passed: results.length - failed.length - excepted.length, failed, excepted };
}

/**
 * How many clauses there are, and how many of them have to hold: all that are no exceptions.
 *
 * @param {readonly string[]} areas by name
 * @param {string} engine
 * @param {string} variant its name
 */
export function expected(areas, engine, variant) {
  const clauses = AREAS.filter(({ name }) => areas.includes(name)).flatMap(({ name: area, clauses }) =>
    clauses.map(({ name: clause }) => ({ area, clause })),
  );
  const toHold = clauses.filter((clause) => exceptionFor(clause, engine, variant) === undefined);
  return { clauses: clauses.length, toHold: toHold.length };
}

/**
 * @param {Pick<Result, 'area' | 'clause'>} result
 * @param {string} engine
 * @param {string} variant
 * @returns {Exception | undefined}
 */
function exceptionFor({ area, clause }, engine, variant) {
  return EXCEPTIONS.find(
    (exception) =>
      exception.area === area &&
      exception.clauses.includes(clause) &&
      exception.variants.includes(variant) &&
      exception.engines?.includes(engine) !== false,
  );
}
