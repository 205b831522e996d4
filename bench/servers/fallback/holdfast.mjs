/** Our server, as it is. */
import { WebSocketServer } from '@holdfast/server';
import { PUSHED_AHEAD, pushTo } from './push.mjs';

/** @type {import('./main.mjs').Serve} */
export function serveHoldfast(server, { push }) {
  const wss = new WebSocketServer({ server });
  wss.on('connection', (socket) => {
    if (push === undefined) {
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    } else {
      const aheadBytes = PUSHED_AHEAD * push.length;
      const isBehind = () => socket.bufferedAmount >= aheadBytes;
      socket.on('close', pushTo({ send: (text) => socket.send(text), isBehind }, push));
    }
  });
  return {
    sessions: () => wss.clients.size,
    endAll() {
      for (const socket of wss.clients) socket.terminate();
    },
  };
}
