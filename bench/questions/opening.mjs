/** How long it takes until a message has come back over a network that is in the way, whatever it does. */
import { catalogue } from '../../e2e/faults/index.mjs';

/** @import { Rule } from '../../e2e/faults/index.mjs' */
/** @import { Side } from '../pages/opening.mjs' */

/** @typedef {keyof typeof catalogue} Fault */

/**
 * `atOnce`: pages side by side, more where they mostly wait; `pairs`: sockets of each kind on the healthy network, more where a moment
 * of the machine weighs more.
 */
export const NETWORKS = [
  { roundTripMs: 0, atOnce: 5, pairs: 200 },
  { roundTripMs: 50, atOnce: 10, pairs: 40 },
  { roundTripMs: 300, atOnce: 20, pairs: 10 },
];

/** By its name in the fault proxy's catalogue: all of them but the one that nothing gets through. */
export const FAULTS = /** @type {Fault[]} */ (
  Object.keys(catalogue).filter((name) => name !== 'captive portal')
);

// Between the first steps of two pages, in ms. A page's steps take some 60 ms of a processor; with iframes, each of which is a document, up to 300.
const APART_MS = 60;
const IFRAMES_APART_MS = 300;

/** What of them lets nothing but iframes through, or often lets one be the first. */
const FOR_IFRAMES = /^(fetch|first request|one|a third)/;

/** So far apart that pages do not measure each other. @param {Fault} fault @returns {number} in ms */
export function startsApartMs(fault) {
  return FOR_IFRAMES.test(fault) ? IFRAMES_APART_MS : APART_MS;
}

/** @type {readonly Side[]} */
export const PEERS = ['holdfast', 'sockjs', 'socket.io', 'socket.io, WebSocket first', 'native'];

/** What is done to everybody alike, by path: their requests differ in all else. */
/** @type {Record<string, readonly Rule[]>} */
export const PEER_FAULTS = {
  'upgrade swallowed': [{ match: { kind: 'upgrade' }, fault: 'swallow' }],
  '101 then silence': [{ match: { kind: 'upgrade' }, fault: 'silence' }],
  'upgrade swallowed and responses buffered': [
    { match: { kind: 'upgrade' }, fault: 'swallow' },
    ...['/echo', '/sockjs/*', '/socket.io/*'].map(buffered),
  ],
};

/**
 * A fault for one page alone: pages are measured side by side, and each counts its own requests and throws its own dice.
 *
 * @param {Fault} fault
 * @param {string} page what its URLs have as `page`
 * @param {number} seed
 * @returns {Rule[]}
 */
export function rulesForPage(fault, page, seed) {
  /** @type {readonly Rule[]} */
  const rules = catalogue[fault];
  return rules.map((rule) => ({ ...rule, match: { ...rule.match, query: { page }, seed } }));
}

/** @param {string} path @returns {Rule} */
function buffered(path) {
  return { match: { kind: ['http', 'fetch', 'form'], path }, fault: 'hold' };
}

/** @param {number} roundTripMs @returns {Rule} */
export function link(roundTripMs) {
  return { link: { upMs: roundTripMs / 2, downMs: roundTripMs / 2 } };
}
