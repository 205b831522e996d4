/**
 * A server that reaches clients over plain HTTP, and an application on it.
 *
 *   node main.mjs SERVER APPLICATION PAYLOAD_BYTES AT_ONCE
 *
 * SERVER is one of those below. APPLICATION is `echo`, or `push`: AT_ONCE messages of PAYLOAD_BYTES to whoever has opened a
 * session, again and again.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { payloadBytes } from '../../load/payload.mjs';
import { offerMeasurements } from '../process.mjs';
import { serveBareHttp } from './bare-http.mjs';
import { serveEngineIo } from './engine-io.mjs';
import { serveHoldfast } from './holdfast.mjs';
import { lookAfterRequests } from './push.mjs';
import { serveSockjs } from './sockjs.mjs';

/**
 * Serves an application's sessions on an HTTP server. `push` is what is to be pushed; undefined: messages are sent back.
 *
 * @typedef {(http: import('node:http').Server, application: { push: import('./push.mjs').PushedTexts | undefined }) => Serving} Serve
 * @typedef {{ sessions: () => number, endAll: () => void }} Serving
 */

/** @type {Record<string, Serve>} */
const SERVERS = {
  'bare http': serveBareHttp,
  'engine.io': serveEngineIo,
  holdfast: serveHoldfast,
  sockjs: serveSockjs,
};

const [name = '', application = '', bytes = '0', atOnce = '0'] = process.argv.slice(2);
const http = createServer();
const text = payloadBytes({ kind: 'text', bytes: Number(bytes) }).toString('latin1');
const push = application === 'push' ? { text, atOnce: Number(atOnce) } : undefined;
if (push !== undefined) lookAfterRequests(http);
const serving = SERVERS[name]?.(http, { push });
if (serving === undefined) throw new Error(`There is no server "${name}".`);
http.listen(0, '127.0.0.1');
await once(http, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
offerMeasurements(port, serving.sessions, serving.endAll);
