/** How fast sessions are over plain HTTP, beside those servers that WebSockets are said to need for it. */
import {
  BARE_HTTP,
  ENGINE_IO,
  HOLDFAST_HTTP,
  HOLDFAST_HTTP_STREAM,
  HOLDFAST_RAW,
  SOCKJS,
  SOCKJS_STREAM,
} from './sides.mjs';

const SESSIONS = 16;
/** To each, when everything has left: so many that messages are measured, rather than requests. */
const PUSHED_AT_ONCE = 1000;
const SHORT = /** @type {const} */ ({ kind: 'text', bytes: 20 });
const KIBIBYTE = /** @type {const} */ ({ kind: 'text', bytes: 1024 });

/** @typedef {import('./sides.mjs').Row} Row */

/** @type {Pick<Row, 'application' | 'oneByOne' | 'sides' | 'subject' | 'baseline'>} */
const all = {
  application: 'echo',
  // A stream that is held still is stalled to its server, and is ended.
  oneByOne: true,
  sides: [BARE_HTTP, SOCKJS, SOCKJS_STREAM, ENGINE_IO, HOLDFAST_HTTP, HOLDFAST_HTTP_STREAM],
  subject: HOLDFAST_HTTP,
  baseline: [SOCKJS, SOCKJS_STREAM, ENGINE_IO],
};

/** In messages. */
/** @type {readonly Row[]} */
export const FALLBACK_MESSAGES = [
  { ...all, name: 'echo, 1 a request', load: echo(1) },
  { ...all, name: 'echo, 100 a request', load: echo(100) },
  { ...all, name: 'push 20 B', application: 'push', load: receive(SHORT) },
  { ...all, name: 'push 1 KiB', application: 'push', load: receive(KIBIBYTE) },
  {
    ...all,
    name: 'push 20 B, streamed',
    application: 'push',
    load: receive(SHORT),
    sides: [HOLDFAST_RAW, HOLDFAST_HTTP_STREAM],
    subject: HOLDFAST_HTTP_STREAM,
    baseline: HOLDFAST_RAW,
  },
];

/** Each answered once: whether it then polls or streams makes no difference. */
const oneOfEach = {
  application: 'echo',
  oneByOne: true,
  sides: [BARE_HTTP, SOCKJS, ENGINE_IO, HOLDFAST_HTTP],
  subject: HOLDFAST_HTTP,
};

/** @type {Row} */
export const FALLBACK_ROUND_TRIP = {
  ...all,
  name: 'round trip',
  load: { ...echo(1), sessions: 1 },
  baseline: ENGINE_IO,
};

/** @type {Row} */
export const FALLBACK_MEMORY = {
  ...oneOfEach,
  name: 'idle session',
  load: { kind: 'fallback idle', payload: SHORT },
  baseline: [SOCKJS, ENGINE_IO],
};

/** In sessions. @type {Row} */
export const FALLBACK_OPENING = {
  ...oneOfEach,
  name: 'opening',
  load: { kind: 'fallback open', connections: SESSIONS, payload: SHORT },
  baseline: SOCKJS,
};

/** @param {number} perPost @returns {Row['load'] & { sessions: number }} */
function echo(perPost) {
  return { kind: 'fallback echo', sessions: SESSIONS, perPost, payload: SHORT };
}

/**
 * A client that polls gets in one answer what was sent since the last one.
 *
 * @param {import('../load/payload.mjs').Payload} payload
 * @returns {Row['load']}
 */
function receive(payload) {
  return { kind: 'fallback receive', sessions: SESSIONS, payload, atOnce: PUSHED_AT_ONCE };
}
