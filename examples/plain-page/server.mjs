/** The page, and its sockets at `/socket`: `PORT=8080 node server.mjs`. Without PORT the system chooses one. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';

const page = readFileSync(new URL('./index.html', import.meta.url));
const server = createServer(({ url }, response) => {
  if (url === '/') response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
  else response.writeHead(404).end();
});

const wss = new WebSocketServer({ server, path: '/socket' });
wss.on('connection', (socket) => {
  socket.subscribe('room');
  socket.send('Welcome');
  socket.on('message', (data) => wss.publish('room', String(data)));
});

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
console.log(`  Local:   http://127.0.0.1:${port}/`);
