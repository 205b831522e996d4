/**
 * Every fault in one table: which kinds of request it can befall, when it acts, which options it takes.
 *
 * `answersAlone`: the proxy decides the request's fate by itself, and the server never hears of it; of several such
 * faults the first wins, and only faults of the line act beside it. `live`: it can befall what already runs. All
 * other faults act together, each at its own place on the way.
 *
 * @import { Fault, FaultType, Kind } from './types.ts'
 */
import { integer, oneOf, text } from './options.mjs';

/** @import { Option } from './options.mjs' */

/**
 * @typedef {object} FaultRow
 * @property {readonly Kind[]} kinds
 * @property {boolean} answersAlone
 * @property {boolean} ofTheLine
 * @property {boolean} live
 * @property {Record<string, Option>} options
 */

/** @type {readonly Kind[]} */
export const KINDS = ['upgrade', 'fetch', 'form', 'http'];

/** @type {readonly Kind[]} */
const BODIES = ['fetch', 'form', 'http'];

/** @type {readonly Kind[]} */
const UPGRADES = ['upgrade'];

/** The longest wait one rule may ask for, in ms: an hour. Node's timers end at 24.8 days. */
const MAX_WAIT_MS = 3_600_000;
const MAX_BYTES = Number.MAX_SAFE_INTEGER;

const CAPTIVE_PAGE =
  '<!doctype html><title>Welcome</title><h1>Welcome to this network</h1><p>Please accept the terms of use.</p>\n';

/** How long a lone request waits to be overtaken, in ms: longer than a page's opening attempts lie apart. */
const REORDER_WITHIN_MS = 1000;

const status = (/** @type {number} */ fallback) => integer(200, 599, fallback);
const waitMs = (/** @type {number | undefined} */ fallback) => integer(0, MAX_WAIT_MS, fallback);
const cutHow = oneOf(['end', 'reset'], 'end');

/** @type {Record<FaultType, FaultRow>} */
export const FAULT_TABLE = {
  refuse: alone(KINDS, { status: status(403), retryAfterS: integer(0, MAX_WAIT_MS, 0), body: text('') }),
  captive: alone(KINDS, { body: text(CAPTIVE_PAGE) }),
  reset: alone(KINDS, {}),
  swallow: alone(KINDS, {}),
  'lose-request': alone(KINDS, {}),

  'half-open': ofTheLine(KINDS, { afterMs: waitMs(0) }),
  stall: ofTheLine(KINDS, {}),
  'idle-close': ofTheLine(KINDS, { afterMs: waitMs(undefined) }),
  timeout: { ...ofTheLine(KINDS, { afterMs: waitMs(undefined), status: status(504) }), live: false },

  silence: live(UPGRADES, {
    by: oneOf(['upstream', 'proxy'], 'upstream'),
    afterFrames: integer(0, MAX_BYTES, 0),
  }),
  hold: live(BODIES, { head: oneOf(['held', 'passed'], 'held') }),
  'hold-last-chunk': live(BODIES, {}),

  'strip-upgrade': onTheWay(UPGRADES, {}),
  http10: onTheWay(KINDS, {}),
  'cut-up': onTheWay(KINDS, { bytes: integer(0, MAX_BYTES, undefined), how: cutHow }),
  'cut-down': onTheWay(KINDS, { bytes: integer(0, MAX_BYTES, undefined), how: cutHow }),
  'lose-response': onTheWay(KINDS, { once: oneOf(['head', 'chunk', 'end'], 'chunk') }),
  twice: onTheWay(BODIES, { respond: oneOf(['first', 'second'], 'second') }),
  reorder: onTheWay(KINDS, { withinMs: waitMs(REORDER_WITHIN_MS) }),
  'limit-body': onTheWay(BODIES, { kib: integer(0, MAX_BYTES, undefined), status: status(413) }),
};

/**
 * Whether this fault leaves the server out entirely.
 *
 * @param {Fault} fault
 */
export function answersAlone(fault) {
  return FAULT_TABLE[fault.type].answersAlone || (fault.type === 'silence' && fault.by === 'proxy');
}

/**
 * Whether this fault acts also where the server is left out.
 *
 * @param {Fault} fault
 */
export function isOfTheLine(fault) {
  return FAULT_TABLE[fault.type].ofTheLine;
}

/**
 * Whether this fault can befall what already runs.
 *
 * @param {Fault} fault
 */
export function isLive(fault) {
  return FAULT_TABLE[fault.type].live;
}

/**
 * @param {readonly Kind[]} kinds
 * @param {Record<string, Option>} options
 * @returns {FaultRow}
 */
function alone(kinds, options) {
  return { kinds, options, answersAlone: true, ofTheLine: false, live: false };
}

/**
 * @param {readonly Kind[]} kinds
 * @param {Record<string, Option>} options
 * @returns {FaultRow}
 */
function ofTheLine(kinds, options) {
  return { kinds, options, answersAlone: false, ofTheLine: true, live: true };
}

/**
 * @param {readonly Kind[]} kinds
 * @param {Record<string, Option>} options
 * @returns {FaultRow}
 */
function live(kinds, options) {
  return { kinds, options, answersAlone: false, ofTheLine: false, live: true };
}

/**
 * @param {readonly Kind[]} kinds
 * @param {Record<string, Option>} options
 * @returns {FaultRow}
 */
function onTheWay(kinds, options) {
  return { kinds, options, answersAlone: false, ofTheLine: false, live: false };
}
