/**
 * From what somebody wrote to rules that can be followed: every field checked, every default filled in.
 *
 * All or nothing: one bad field rejects the whole list, so that no test runs under half of its rules.
 *
 * @import { CutOptions, Fault, FaultType, LinkSpec, Match, Rule } from './types.ts'
 */
import { FAULT_TABLE, KINDS } from './fault-table.mjs';
import { field, integer, oneOf, quantity, RuleError, readFields, readObject, text } from './options.mjs';

/**
 * @typedef {object} ParsedRule
 * @property {string} name
 * @property {Match} match
 * @property {Fault | undefined} fault with its defaults
 * @property {Required<LinkSpec> | undefined} link with its defaults; a bandwidth of 0 is none
 * @property {Rule} written what it was made from
 */

const FAULT_TYPES = Object.keys(FAULT_TABLE);
const MAX_COUNT = Number.MAX_SAFE_INTEGER;
/** A minute each way is farther than any network is long. */
const MAX_DELAY_MS = 60_000;

const WHICH = {
  kind: field(`one of ${KINDS.join(', ')}, or a list of them`, isKinds),
  path: text(),
  query: field('an object of strings or true', isQuery),
};

const MATCH = {
  ...WHICH,
  after: integer(0, MAX_COUNT, 0),
  count: quantity(0, MAX_COUNT),
  probability: quantity(0, 1, 1),
  seed: integer(Number.MIN_SAFE_INTEGER, MAX_COUNT, 1),
  live: oneOf([true, false]),
};

const LINK = {
  upMs: quantity(0, MAX_DELAY_MS, 0),
  downMs: quantity(0, MAX_DELAY_MS, 0),
  jitterMs: quantity(0, MAX_DELAY_MS, 0),
  upKibps: quantity(0, MAX_COUNT, 0),
  downKibps: quantity(0, MAX_COUNT, 0),
  connectMs: quantity(0, 2 * MAX_DELAY_MS),
  seed: integer(Number.MIN_SAFE_INTEGER, MAX_COUNT, 1),
};

/**
 * @param {unknown} list
 * @returns {ParsedRule[]}
 * @throws {RuleError} naming the bad field
 */
export function parseRules(list) {
  if (!Array.isArray(list)) throw new RuleError('rules: must be a list');
  return list.map((rule, index) => parseRule(rule, `rules[${index}]`));
}

/**
 * @param {unknown} value
 * @returns {CutOptions}
 * @throws {RuleError} naming the bad field
 */
export function parseCutOptions(value) {
  const options = readObject(value, 'cut');
  const { match = {} } = options;
  return {
    .../** @type {CutOptions} */ (
      readFields(
        { ...options, match: {} },
        { match: field('', () => true), how: oneOf(['end', 'reset']) },
        'cut',
      )
    ),
    match: readFields(match, WHICH, 'cut.match'),
  };
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {ParsedRule}
 */
function parseRule(value, at) {
  const given = readObject(value, at);
  const anything = field('', () => true);
  readFields(given, { name: text(), match: anything, fault: anything, link: anything }, at);
  const written = /** @type {Rule} */ (given);
  if (written.fault === undefined && written.link === undefined) {
    throw new RuleError(`${at}: needs a fault or a link`);
  }
  const fault = written.fault === undefined ? undefined : parseFault(written.fault, `${at}.fault`);
  return {
    name: written.name ?? fault?.type ?? 'link',
    match: readFields(written.match ?? {}, MATCH, `${at}.match`),
    fault,
    link: written.link === undefined ? undefined : parseLink(written.link, `${at}.link`),
    written,
  };
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {Fault}
 */
function parseFault(value, at) {
  const { type, ...options } = typeof value === 'string' ? { type: value } : readObject(value, at);
  if (!isFaultType(type)) throw new RuleError(`${at}.type: must be one of ${FAULT_TYPES.join(', ')}`);
  return /** @type {Fault} */ ({ type, ...readFields(options, FAULT_TABLE[type].options, at) });
}

/**
 * @param {unknown} value
 * @param {string} at
 * @returns {Required<LinkSpec>}
 */
function parseLink(value, at) {
  const link = /** @type {Required<LinkSpec>} */ (readFields(value, LINK, at));
  return { ...link, connectMs: link.connectMs ?? link.upMs + link.downMs };
}

/**
 * @param {unknown} type
 * @returns {type is FaultType}
 */
function isFaultType(type) {
  return typeof type === 'string' && Object.hasOwn(FAULT_TABLE, type);
}

/** @param {unknown} value */
function isKinds(value) {
  const kinds = Array.isArray(value) ? value : [value];
  return kinds.length > 0 && kinds.every((kind) => KINDS.includes(kind));
}

/** @param {unknown} value */
function isQuery(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((wanted) => wanted === true || typeof wanted === 'string')
  );
}
