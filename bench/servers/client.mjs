/**
 * The server of the benchmark of the client: the page, and at `/messages` what sends it messages at the rate that it asks for, or counts
 * those that it sends and says when the last has come.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import { paced } from '../pages/paced.mjs';
import { offer } from '../process.mjs';

const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Messages</title>
<script src="/messages/holdfast.js"></script>
<script type="module" src="/client.mjs"></script>
`;

const MODULES = ['/client.mjs', '/paced.mjs'];

const server = createServer(({ url = '' }, response) => {
  if (MODULES.includes(url)) {
    const source = readFileSync(new URL(`../pages${url}`, import.meta.url));
    response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(source);
  } else if (url === '/') {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(HTML);
  } else {
    response.writeHead(404).end();
  }
});

new WebSocketServer({ server, path: '/messages' }).on('connection', (socket) => {
  let left = 0;
  socket.on('message', (data) => {
    if (left > 0) {
      if (--left === 0) socket.send('all of them');
      return;
    }
    const { direction, type, count, rate, bytes } = JSON.parse(String(data));
    if (direction === 'sent') {
      left = count;
      return;
    }
    const message = type === 'text' ? 'x'.repeat(bytes) : Buffer.alloc(bytes);
    paced(count, rate, () => socket.send(message));
  });
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
offer({ port: () => port });
