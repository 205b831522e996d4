/**
 * The process under test: servers that echo, each with other options, on ports the system chooses. Started by
 * `server-process.mjs` with the name of the package to serve with; tells its parent the ports, how each connection
 * ended for the application, and when asked how many there are and how much memory is in use.
 */
import { once } from 'node:events';
import { echo } from './echo.mjs';

/** @typedef {import('ws').ServerOptions & { handshakeTimeoutMs?: number, sessionExpiryMs?: number, maxFragments?: number, closeTimeout?: number, legacyHandshakes?: boolean }} Options */

/**
 * - `echo`: as an application would start it, with room for the largest message of the cases.
 * - `limited`: messages of 1,000 bytes in 8 fragments; sessions that are soon forgotten.
 * - `brisk`: little patience with peers that do not answer a Close.
 * - `choosing`: speaks the subprotocol v2 alone.
 * - `impatient`: wants the head of a request within a fraction of a second.
 * - `deflating`: compresses whatever it may.
 * - `deflatingLimited`: the same, with messages of 1,000 bytes in 8 fragments.
 * - `deflatingLong`: compresses with all its defaults.
 * - `deflatingPicky`: has wishes of its own about every parameter.
 * - `legacy`: speaks the drafts of 2010, too, with short messages and little patience for handshakes.
 *
 * @type {Readonly<Record<string, Options>>}
 */
const ENDPOINTS = {
  echo: { maxPayload: 64 * 1024 * 1024 },
  limited: { maxPayload: 1000, maxFragments: 8, sessionExpiryMs: 500 },
  brisk: { closeTimeout: 300 },
  choosing: { handleProtocols: (offered) => (offered.has('v2') ? 'v2' : false) },
  impatient: { handshakeTimeoutMs: 400 },
  deflating: { maxPayload: 64 * 1024 * 1024, perMessageDeflate: { threshold: 0 } },
  deflatingLimited: { maxPayload: 1000, maxFragments: 8, perMessageDeflate: { threshold: 0 } },
  deflatingLong: { perMessageDeflate: true },
  deflatingPicky: {
    perMessageDeflate: {
      threshold: 0,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 11,
      clientMaxWindowBits: 12,
    },
  },
  legacy: { legacyHandshakes: true, maxPayload: 1000, handshakeTimeoutMs: 400 },
};

const { WebSocketServer } = /** @type {typeof import('ws')} */ (
  await import(process.argv[2] ?? '@holdfast/server')
);

/** @type {Record<string, number>} */
const ports = {};
/** @type {import('ws').WebSocketServer[]} */
const servers = [];
for (const [name, options] of Object.entries(ENDPOINTS)) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  server.on('connection', (socket, request) => echo(socket, String(request.url)));
  servers.push(server);
  await once(server, 'listening');
  ports[name] = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
process.on('disconnect', () => process.exit());
process.send?.({ ports });

process.on('message', () => {
  const connections = servers.reduce((sum, { clients }) => sum + clients.size, 0);
  process.send?.({ answer: 'load', connections, memoryBytes: process.memoryUsage.rss() });
});
