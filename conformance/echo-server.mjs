/**
 * The process under test: servers that echo, each with other options, on ports the system chooses. Started by
 * `server-process.mjs` with the name of the package to serve with; tells its parent the ports, how each connection
 * ended for the application, and when asked how many there are and how much memory is in use.
 */
import { once } from 'node:events';

/** What a close with these words in a message means for the application. Every other message is echoed. */
const CLOSE_COMMAND = /^please close(?: (\d+)(?: (.*))?)?$/;

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
  server.on('connection', serve);
  servers.push(server);
  await once(server, 'listening');
  ports[name] = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
process.on('disconnect', () => process.exit());
process.send?.({ ports });

/**
 * @param {import('ws').WebSocket} socket
 * @param {import('node:http').IncomingMessage} request
 */
function serve(socket, request) {
  socket.on('message', (data, isBinary) => {
    const command = isBinary ? null : CLOSE_COMMAND.exec(data.toString());
    if (command === null) socket.send(data, { binary: isBinary });
    else socket.close(command[1] === undefined ? undefined : Number(command[1]), command[2]);
  });
  // What a peer does wrong is told by `error` first; the close that follows is what counts.
  socket.on('error', () => {});
  socket.on('close', (code, reason) => {
    process.send?.({ closed: request.url, code, reason: reason.toString() });
  });
}

process.on('message', () => {
  const connections = servers.reduce((sum, { clients }) => sum + clients.size, 0);
  process.send?.({ connections, memoryBytes: process.memoryUsage.rss() });
});
