/**
 * From the switches of one visitor's page to the fault proxy's rules for that visitor.
 *
 * Switches come in as untrusted JSON; out come rules that match nobody but the visitor, and a verdict whether what
 * runs already must be cut so that the change is felt at once. Pure: the proxy is told elsewhere (fault-desk.mjs).
 *
 * @import { Rule } from '@holdfast/faults'
 */

/**
 * What becomes of the opening handshake of a WebSocket.
 * @typedef {'pass' | 'refuse' | 'swallow' | 'silence'} UpgradeFate
 *
 * @typedef {object} Switches
 * @property {UpgradeFate} upgrade
 * @property {boolean} holdResponses streamed responses arrive only when they have ended, as behind a buffering proxy
 * @property {boolean} refuseFetch fallback requests made by fetch are refused, so that only the iframe is left
 */

/** @type {readonly UpgradeFate[]} */
const UPGRADE_FATES = ['pass', 'refuse', 'swallow', 'silence'];

/** An honest network. @type {Readonly<Switches>} */
export const ALL_PASS = Object.freeze({ upgrade: 'pass', holdResponses: false, refuseFetch: false });

/** Visitors' ids are 64 random bits, drawn by the page. */
const VISITOR_ID = /^[0-9a-f]{16}$/;

/** @param {unknown} value @returns {value is string} */
export function isVisitorId(value) {
  return typeof value === 'string' && VISITOR_ID.test(value);
}

/**
 * @param {unknown} value
 * @returns {Switches | undefined} nothing, if anything about it is wrong
 */
export function parseSwitches(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const { upgrade, holdResponses, refuseFetch, ...unknown } = /** @type {Record<string, unknown>} */ (value);
  if (Object.keys(unknown).length > 0) return undefined;
  const fate = UPGRADE_FATES.find((candidate) => candidate === upgrade);
  if (fate === undefined || typeof holdResponses !== 'boolean' || typeof refuseFetch !== 'boolean')
    return undefined;
  return { upgrade: fate, holdResponses, refuseFetch };
}

/**
 * @param {string} visitor
 * @param {Switches} switches
 * @returns {Rule[]}
 */
export function rulesFor(visitor, { upgrade, holdResponses, refuseFetch }) {
  const query = { visitor };
  /** @type {Rule[]} */
  const rules = [];
  if (upgrade === 'refuse')
    rules.push({ match: { kind: 'upgrade', query }, fault: { type: 'refuse', status: 403 } });
  if (upgrade === 'swallow') rules.push({ match: { kind: 'upgrade', query }, fault: 'swallow' });
  if (upgrade === 'silence') rules.push({ match: { kind: 'upgrade', query, live: false }, fault: 'silence' });
  if (refuseFetch) rules.push({ match: { kind: 'fetch', query }, fault: { type: 'refuse', status: 403 } });
  if (holdResponses) rules.push({ match: { kind: ['fetch', 'form'], query }, fault: 'hold' });
  return rules;
}

/**
 * The cable is out: what runs stands still and what comes is not answered, until the rule is gone.
 *
 * @param {string} visitor
 * @returns {Rule}
 */
export function pulledCableRule(visitor) {
  return { name: 'pulled cable', match: { query: { visitor } }, fault: 'stall' };
}

/**
 * Whether the change makes the network worse. Then what already runs is cut: a refused handshake would otherwise
 * show only at the next one. A change for the better is left for the client to find.
 *
 * @param {Switches} before
 * @param {Switches} after
 */
export function isWorse(before, after) {
  if (after.upgrade !== before.upgrade && after.upgrade !== 'pass') return true;
  return (after.holdResponses && !before.holdResponses) || (after.refuseFetch && !before.refuseFetch);
}
