/**
 * What networks do to a WebSocket and to its fallbacks, by name, as rules ready to set.
 *
 * The upgrade faults leave the fallbacks alone. Faults of requests and responses come with the upgrade refused, since
 * else nothing would meet them. Page loads are never hurt. Bench matrices, demos and tests take their faults from here,
 * so that one name means one thing.
 *
 * @import { Fault, FaultType, Kind, Rule } from './types.ts'
 */

/** @type {Kind[]} */
const FALLBACKS = ['fetch', 'form'];

/** Small enough for a test to meet it, large enough for every opening. */
const LIMIT_KIB = 64;
/** A gateway's time limit, in ms, shortened from the usual 30 s to what a test can wait for. */
const GATEWAY_LIMIT_MS = 1000;
/** Less than one message of a few KiB, more than an opening. */
const CUT_BYTES = 2048;

/** @satisfies {Record<string, Rule[]>} */
export const catalogue = {
  healthy: [],

  'upgrade refused 400': upgrade({ type: 'refuse', status: 400 }),
  'upgrade refused 403': upgrade({ type: 'refuse', status: 403 }),
  'upgrade refused 426': upgrade({ type: 'refuse', status: 426 }),
  'upgrade refused 502': upgrade({ type: 'refuse', status: 502 }),
  'upgrade answered by a captive portal': upgrade('captive'),
  'upgrade reset': upgrade('reset'),
  'upgrade swallowed': upgrade('swallow'),
  'upgrade half-open': upgrade('half-open'),
  'upgrade header stripped': upgrade('strip-upgrade'),
  '101 then silence': upgrade('silence'),
  '101 by a middlebox then silence': upgrade({ type: 'silence', by: 'proxy' }),
  '101 then silence after 1 frame': upgrade({ type: 'silence', afterFrames: 1 }),
  '101 then silence after 2 frames': upgrade({ type: 'silence', afterFrames: 2 }),
  '101 then silence after 5 frames': upgrade({ type: 'silence', afterFrames: 5 }),
  'tunnel cut after 2 KiB': upgrade({ type: 'cut-down', bytes: CUT_BYTES }),
  'HTTP/1.0 gateway': [{ match: { kind: ['upgrade', ...FALLBACKS] }, fault: 'http10' }],
  'captive portal': [{ match: { kind: ['upgrade', ...FALLBACKS] }, fault: 'captive' }],

  'responses buffered': blocked('hold'),
  'responses buffered, heads passed': blocked({ type: 'hold', head: 'passed' }),
  'last chunk held back': blocked('hold-last-chunk'),
  'upgrade swallowed and responses buffered': [...upgrade('swallow'), ...fallback('hold')],
  'response cut after 2 KiB': blocked({ type: 'cut-down', bytes: CUT_BYTES }),
  'one request lost': once('lose-request'),
  'one response lost': once('lose-response'),
  'a third of the requests lost': blocked('lose-request', 1 / 3),
  'a third of the responses lost': blocked('lose-response', 1 / 3),
  'every request sent twice': blocked('twice'),
  'requests reordered': blocked({ type: 'reorder', withinMs: 100 }),
  'requests killed after 1 s with 504': blocked({ type: 'timeout', afterMs: GATEWAY_LIMIT_MS }),
  'bodies above 64 KiB refused': blocked({ type: 'limit-body', kib: LIMIT_KIB }),
  'first request answered 429': [
    ...upgrade('swallow'),
    { match: { kind: FALLBACKS, count: 1 }, fault: { type: 'refuse', status: 429, retryAfterS: 1 } },
  ],
  'first request answered 503': [
    ...upgrade('swallow'),
    { match: { kind: FALLBACKS, count: 1 }, fault: { type: 'refuse', status: 503, retryAfterS: 1 } },
  ],
  'idle connections closed after 1 s': [
    {
      match: { kind: ['upgrade', ...FALLBACKS] },
      fault: { type: 'idle-close', afterMs: GATEWAY_LIMIT_MS },
    },
  ],
  'fetch refused': [
    ...upgrade({ type: 'refuse', status: 403 }),
    { match: { kind: 'fetch' }, fault: { type: 'refuse', status: 403 } },
  ],
  'fetch reset': [...upgrade('reset'), { match: { kind: 'fetch' }, fault: 'reset' }],
};

/**
 * @param {Fault | FaultType} fault
 * @returns {Rule[]}
 */
function upgrade(fault) {
  return [{ match: { kind: 'upgrade' }, fault }];
}

/**
 * @param {Fault | FaultType} fault
 * @param {number} [probability]
 * @returns {Rule[]}
 */
function fallback(fault, probability = 1) {
  return [{ match: { kind: FALLBACKS, probability }, fault }];
}

/**
 * One of the first requests, mostly.
 *
 * @param {Fault | FaultType} fault
 * @returns {Rule[]}
 */
function once(fault) {
  return [
    ...upgrade({ type: 'refuse', status: 403 }),
    { match: { kind: FALLBACKS, count: 1, probability: 1 / 2 }, fault },
  ];
}

/**
 * @param {Fault | FaultType} fault
 * @param {number} [probability]
 * @returns {Rule[]}
 */
function blocked(fault, probability) {
  return [...upgrade({ type: 'refuse', status: 403 }), ...fallback(fault, probability)];
}
