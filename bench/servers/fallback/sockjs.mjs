/** sockjs, whose xhr-polling and xhr-streaming are the client's choice. */
import { createServer } from 'sockjs';
import { PUSHED_AHEAD, pushTo } from './push.mjs';

/** @type {import('./main.mjs').Serve} */
export function serveSockjs(http, { push }) {
  /** @type {Set<import('sockjs').Connection>} */
  const connections = new Set();
  const server = createServer({ prefix: '/sockjs', log() {} });
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    if (push === undefined) {
      connection.on('data', (message) => connection.write(message));
    } else {
      const receiver = {
        send: (/** @type {string} */ text) => connection.write(text),
        isBehind: () => waiting(connection, push.length) >= PUSHED_AHEAD,
      };
      connection.on('close', pushTo(receiver, push));
    }
  });
  server.installHandlers(http);
  return {
    sessions: () => connections.size,
    endAll() {
      for (const connection of connections) connection.close();
    },
  };
}

/**
 * Messages that have not left; there is no official way to know.
 *
 * @param {import('sockjs').Connection} connection
 * @param {number} messageBytes
 */
function waiting(connection, messageBytes) {
  const { send_buffer: messages, recv } = /** @type {any} any: it is private */ (connection)._session;
  return messages.length + (recv?.response?.writableLength ?? 0) / messageBytes;
}
