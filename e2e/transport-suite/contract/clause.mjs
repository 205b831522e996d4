/**
 * The form of the contract: areas of clauses, each named by what the standard says and a function that runs in the page. Named
 * sections are those of the WHATWG WebSockets standard, if none other is said.
 *
 * @import { Stage } from './stage.mjs'
 *
 * @typedef {{ readonly name: string, readonly run: (stage: Stage) => unknown }} Clause fails by an error
 * @typedef {{ readonly name: string, readonly clauses: readonly Clause[] }} Area
 * @typedef {Clause | readonly Nested[]} Nested
 */

/**
 * @param {string} name a sentence, or its end
 * @param {(stage: Stage) => unknown} run
 * @returns {Clause}
 */
export function clause(name, run) {
  return { name, run };
}

/**
 * @param {string} name
 * @param {readonly Nested[]} clauses
 * @returns {Area}
 */
export function area(name, clauses) {
  return { name, clauses: flatten(clauses) };
}

/**
 * @param {Nested} nested
 * @returns {readonly Clause[]}
 */
function flatten(nested) {
  return 'run' in nested ? [nested] : nested.flatMap(flatten);
}
