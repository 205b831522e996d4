/**
 * A server for libraries that have none of their own: it does what the page asks for (../../server/obey.mjs), and echoes everything else. Messages
 * in JSON subscribe to a channel, which counts, or unsubscribe.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { obey } from '../../server/obey.mjs';
import { listen } from './listen.mjs';

const TICK_MS = 10;

/** How many sockets there have been, and how many channels count. */
let connections = 0;
let counting = 0;

const server = createServer((_request, response) => {
  response.end(JSON.stringify({ connections, counting }));
});
new WebSocketServer({ server }).on('connection', (socket) => {
  connections++;
  /** @type {Map<string, NodeJS.Timeout>} */
  const channels = new Map();
  /** @param {string} channel */
  const unsubscribe = (channel) => {
    clearInterval(channels.get(channel));
    if (channels.delete(channel)) counting--;
  };
  socket.on('close', () => [...channels.keys()].forEach(unsubscribe));
  socket.on('message', (data, isBinary) => {
    const bytes = /** @type {Buffer} */ (data);
    if (isBinary || bytes[0] !== '{'.charCodeAt(0)) {
      obey(socket, bytes, isBinary);
      return;
    }
    const { subscribe: channel, unsubscribe: ended } = JSON.parse(String(bytes));
    if (ended !== undefined) unsubscribe(ended);
    if (channel === undefined) return;
    let number = 0;
    counting++;
    channels.set(
      channel,
      setInterval(() => socket.send(JSON.stringify({ channel, number: ++number })), TICK_MS),
    );
  });
});
await listen(server);
