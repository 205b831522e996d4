/** Our server, as it is. */
import { WebSocketServer } from '@holdfast/server';
import { pushTo } from './push.mjs';

/** @type {import('./main.mjs').Serve} */
export function serveHoldfast(server, { push }) {
  const wss = new WebSocketServer({ server });
  wss.on('connection', (socket) => {
    if (push === undefined) {
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    } else {
      const isWaiting = () => socket.bufferedAmount > 0;
      socket.on('close', pushTo({ send: (text) => socket.send(text), isWaiting }, push));
    }
  });
  return {
    sessions: () => wss.clients.size,
    endAll() {
      for (const socket of wss.clients) socket.terminate();
    },
  };
}
