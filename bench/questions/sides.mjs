/** The servers that are compared: how each is started, and what it is called in tables. */
import { createRequire } from 'node:module';
import { payloadFrame } from '../load/payload.mjs';
import { buildNative } from '../native.mjs';

/**
 * @typedef {{
 *   label: string,
 *   script: URL,
 *   args: (row: Row) => string[],
 *   env?: Record<string, string>,
 *   load?: Record<string, unknown>,
 *   missing?: () => string | undefined,
 * }} Side
 * `load`: what the load does differently for it; `missing`: says why it cannot run here
 */
/**
 * @typedef {{
 *   name: string,
 *   application: string,
 *   load: { kind: string, payload?: import('../load/payload.mjs').Payload, [more: string]: unknown },
 *   options?: Record<string, unknown>,
 *   sides: readonly Side[],
 *   subject: Side,
 *   baseline: Side | readonly [Side, ...Side[]],
 *   judgesDelay?: boolean,
 *   settleMs?: number,
 *   oneByOne?: boolean,
 * }} Row
 * What is measured: `subject` divided by `baseline`, or by the best of several; the others beside them. `options` are the
 * servers'. `judgesDelay`: whether the delay of the event loop has a floor, too. `settleMs`: how long a side
 * takes that was held still until it goes as before. `oneByOne`: whether the sides are under load one after the other, since they would notice
 * that they are held still for long.
 */

const websocketServer = new URL('../servers/websocket.mjs', import.meta.url);

/** @param {string} packageName @returns {Side['args']} */
function withPackage(packageName) {
  return ({ application, options = {} }) => [packageName, application, JSON.stringify(options)];
}

/** @type {Side} */
export const HOLDFAST = {
  label: 'holdfast',
  script: websocketServer,
  args: withPackage('@holdfast/server'),
};

/** The same server, a client with a session. */
/** @type {Side} */
export const HOLDFAST_SESSION = { ...HOLDFAST, label: 'with sessions', load: { session: true } };

/** The same server, one more client that does not read. */
/** @type {Side} */
export const HOLDFAST_STALLED = { ...HOLDFAST, label: 'beside a stalled one', load: { stalled: 1 } };

/** The same server, which publishes to a topic what the others send to each client by itself. */
/** @type {Side} */
export const HOLDFAST_PUBLISH = {
  ...HOLDFAST,
  label: 'by publish',
  args: ({ options = {} }) => ['@holdfast/server', 'publish', JSON.stringify(options)],
};

/** ws as it is installed: without its optional native code. */
/** @type {Side} */
export const WS = {
  label: 'ws',
  script: websocketServer,
  args: withPackage('ws'),
  env: { WS_NO_BUFFER_UTIL: '1' },
};

/** @type {Side} */
export const WS_BUFFERUTIL = {
  label: 'ws + bufferutil',
  script: websocketServer,
  args: withPackage('ws'),
  missing: () => (isInstalled('bufferutil') ? undefined : 'bufferutil has no binary for this platform'),
};

/** What C++ makes of it, without a runtime. It echoes. */
/** @type {Side} */
export const NATIVE = {
  label: 'websocketpp (C++)',
  script: new URL('../servers/native.mjs', import.meta.url),
  args: () => [],
  missing: buildNative,
};

/** @type {Side} */
export const BARE = {
  label: 'bare socket',
  script: new URL('../servers/bare.mjs', import.meta.url),
  args: ({ application, load }) => [application, String(frameBytes(load.payload))],
};

/** Of a short message to a server. */
/** @param {import('../load/payload.mjs').Payload | undefined} payload */
function frameBytes(payload) {
  return payload === undefined ? 0 : payloadFrame(payload).length;
}

const fallbackServer = new URL('../servers/fallback/main.mjs', import.meta.url);

/**
 * One that reaches clients over plain HTTP.
 *
 * @param {string} label
 * @param {string} server
 * @param {Record<string, unknown>} [load]
 * @returns {Side}
 */
function overHttp(label, server, load = {}) {
  return {
    label,
    script: fallbackServer,
    args: ({ application, load: { payload, atOnce } }) => [
      server,
      application,
      String(payload?.bytes ?? 0),
      String(atOnce ?? 0),
    ],
    load: { dialect: server, ...load },
  };
}

export const BARE_HTTP = overHttp('bare http', 'bare http');
export const ENGINE_IO = overHttp('engine.io', 'engine.io');
export const SOCKJS = overHttp('sockjs', 'sockjs');
export const SOCKJS_STREAM = overHttp('sockjs streaming', 'sockjs', { streams: true });
export const HOLDFAST_HTTP = overHttp('holdfast', 'holdfast');
export const HOLDFAST_HTTP_STREAM = overHttp('holdfast streaming', 'holdfast', { streams: true });
/** The same server and application, by a WebSocket without a session. */
export const HOLDFAST_RAW = overHttp('WebSocket', 'holdfast', { kind: 'receive', connections: 16 });

/** @param {string} name @returns {boolean} whether it loads; a native one may be there, and not for this platform */
function isInstalled(name) {
  try {
    createRequire(import.meta.url)(name);
    return true;
  } catch {
    return false;
  }
}
