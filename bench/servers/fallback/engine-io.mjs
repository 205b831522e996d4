/** engine.io, HTTP long polling alone. */
import { Server } from 'engine.io';
import { pushTo } from './push.mjs';

/** @type {import('./main.mjs').Serve} */
export function serveEngineIo(http, { push }) {
  const server = new Server({ transports: ['polling'] });
  server.attach(http);
  /** @type {Set<import('engine.io').Socket>} */
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (push === undefined) {
      socket.on('message', (/** @type {string} */ data) => socket.send(data));
    } else {
      const isWaiting = () => socket.writeBuffer.length > 0;
      socket.on('close', pushTo({ send: (text) => socket.send(text), isWaiting }, push));
    }
  });
  return {
    sessions: () => sockets.size,
    endAll() {
      for (const socket of sockets) socket.close(true);
    },
  };
}
