/** How many messages an echo returns, by their size and by how many each connection has in flight. */
import { BARE, HOLDFAST, HOLDFAST_SESSION, NATIVE, WS, WS_BUFFERUTIL } from './sides.mjs';

const SHORT = /** @type {const} */ ({ kind: 'text', bytes: 20 });
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

const all = {
  application: 'echo',
  sides: [BARE, NATIVE, WS, WS_BUFFERUTIL, HOLDFAST],
  subject: HOLDFAST,
  baseline: WS,
};
/** The price of a session: beside our own server without one. */
const session = {
  application: 'echo',
  // The load just leaves; those sessions are to be gone before the next round.
  options: { sessionExpiryMs: 100 },
  sides: [HOLDFAST, HOLDFAST_SESSION],
  subject: HOLDFAST_SESSION,
  baseline: HOLDFAST,
};

/** @type {readonly import('./sides.mjs').Row[]} */
export const ECHO = [
  { ...all, name: '20 B, 1 in flight', load: load(64, 1, SHORT) },
  { ...all, name: '20 B, 16 in flight', load: load(64, 16, SHORT), judgesDelay: true },
  { ...all, name: '1 KiB binary', load: load(64, 1, binary(KIBIBYTE)) },
  { ...all, name: '64 KiB binary', load: load(64, 1, binary(64 * KIBIBYTE)) },
  { ...all, name: '16 MiB binary', load: load(4, 1, binary(16 * MEBIBYTE)) },
  {
    ...all,
    name: '1 KiB JSON, compressed',
    sides: [WS, HOLDFAST],
    options: { perMessageDeflate: { threshold: 0 } },
    load: load(64, 1, { kind: 'json', bytes: KIBIBYTE }),
  },
  { ...session, name: '20 B, 1 in flight, sessions', load: load(64, 1, SHORT) },
  { ...session, name: '20 B, 16 in flight, sessions', load: load(64, 16, SHORT) },
];

/** @param {number} connections @param {number} inFlight @param {import('../load/payload.mjs').Payload} payload */
function load(connections, inFlight, payload) {
  return { kind: 'echo', connections, inFlight, payload };
}

/** @param {number} bytes @returns {import('../load/payload.mjs').Payload} */
function binary(bytes) {
  return { kind: 'binary', bytes };
}
