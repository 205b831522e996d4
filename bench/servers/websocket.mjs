/**
 * A server of the benchmarks that has the API of ws, and an application on it.
 *
 *   node websocket.mjs PACKAGE APPLICATION OPTIONS
 *
 * PACKAGE exports `WebSocketServer`, APPLICATION is one of those below, OPTIONS are the server's, as JSON.
 */
import { once } from 'node:events';
import { offerMeasurements } from './process.mjs';

/** How many messages are pushed to each connection in one turn of the event loop. */
const PUSHED_PER_TURN = 64;
/** No more is pushed to a connection that has so much to be sent. */
const PUSHED_AHEAD_BYTES = 64 * 1024;
const PUSHED = 'twenty bytes of news';
const PUSHED_LONG = PUSHED.padEnd(4096, '.');

const [packageName = '', application = '', options = '{}'] = process.argv.slice(2);
/** @type {{ WebSocketServer: typeof import('@holdfast/server').WebSocketServer }} */
const { WebSocketServer } = await import(packageName);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...JSON.parse(options) });

/** @type {Record<string, () => void>} */
const APPLICATIONS = {
  echo() {
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
  },
  broadcast() {
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => {
        for (const client of server.clients) client.send(data, { binary: isBinary });
      });
    });
  },
  publish() {
    server.on('connection', (socket) => {
      socket.subscribe('all');
      socket.on('message', (data, isBinary) => server.publish('all', data, { binary: isBinary }));
    });
  },
  push: () => push(PUSHED),
  'push long': () => push(PUSHED_LONG),
};

/** @param {string} message */
function push(message) {
  const turn = () => {
    for (const client of server.clients) {
      if (client.bufferedAmount > PUSHED_AHEAD_BYTES) continue;
      for (let i = 0; i < PUSHED_PER_TURN; i++) client.send(message);
    }
    if (server.clients.size > 0) setImmediate(turn);
  };
  server.on('connection', () => {
    if (server.clients.size === 1) setImmediate(turn);
  });
}

APPLICATIONS[application]?.();
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
offerMeasurements(port, () => server.clients.size);
