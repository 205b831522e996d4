/** sockjs, whose xhr-polling and xhr-streaming are the client's choice. */
import { createServer } from 'sockjs';
import { pushTo } from './push.mjs';

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
        isWaiting: () => isWaiting(connection),
      };
      connection.on('close', pushTo(receiver, push));
    }
  });
  server.installHandlers(http);
  return {
    sessions: () => connections.size,
    endAll() {
      for (const connection of connections) {
        const session = sessionOf(connection);
        connection.close();
        // Else it waits for 5 s whether the client comes back.
        session.didTimeout();
      }
    },
  };
}

/**
 * Whether messages have not left; there is no official way to know.
 *
 * @param {import('sockjs').Connection} connection
 */
function isWaiting(connection) {
  const { send_buffer: messages, recv } = sessionOf(connection);
  return messages.length > 0 || (recv?.response?.writableLength ?? 0) > 0;
}

/** @param {import('sockjs').Connection} connection @returns {any} `any`: it is private */
function sessionOf(connection) {
  return /** @type {any} */ (connection)._session;
}
