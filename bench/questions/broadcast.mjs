/** How many messages reach their receivers when each goes to all connections. */
import { BARE, HOLDFAST, HOLDFAST_PUBLISH, WS, WS_BUFFERUTIL } from './sides.mjs';

const CONNECTIONS = 1000;
const SHORT = /** @type {const} */ ({ kind: 'text', bytes: 20 });
const all = {
  application: 'broadcast',
  sides: [BARE, WS, WS_BUFFERUTIL, HOLDFAST, HOLDFAST_PUBLISH],
  subject: HOLDFAST,
  baseline: WS,
  // After a pause TCP acknowledges sixteen segments one by one (Linux): for so long, each message costs another segment.
  settleMs: 250,
};

/** @type {readonly import('./sides.mjs').Row[]} */
export const BROADCAST = [
  { ...all, name: 'to 1,000, 1 in flight', load: load(1) },
  { ...all, name: 'to 1,000, 8 in flight', load: load(8), judgesDelay: true },
];

/** @param {number} inFlight */
function load(inFlight) {
  return { kind: 'broadcast', connections: CONNECTIONS, inFlight, payload: SHORT };
}
