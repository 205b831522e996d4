/**
 * One HTTP server with everybody's echo on it, and the page that opens them: Holdfast and native WebSockets at `/echo`, SockJS at
 * `/sockjs`, Socket.IO at `/socket.io`. What stands between it and the browser is the fault proxy's business.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from '@holdfast/server';
import { Server as SocketIoServer } from 'socket.io';
import { offer } from '../process.mjs';

// Its icon is in it: a browser would ask for one at a time of its own, and be counted.
const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Opening</title>
<link rel="icon" href="data:,">
<script src="/echo/holdfast.js"></script>
<script type="module" src="/opening.mjs"></script>
`;

const require = createRequire(import.meta.url);
/** What is served beside the page, by path. */
const FILES = new Map([
  ['/opening.mjs', fileURLToPath(new URL('../pages/opening.mjs', import.meta.url))],
  ['/sockjs.js', require.resolve('sockjs-client/dist/sockjs.min.js')],
]);

const server = createServer((request, response) => {
  if (holdfast.handleRequest(request, response)) return;
  const [path = ''] = (request.url ?? '').split('?');
  const file = FILES.get(path);
  if (file !== undefined) {
    response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(readFileSync(file));
  } else if (path === '/') {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(HTML);
  } else {
    response.writeHead(404).end();
  }
});

/**
 * Pages that are measured side by side wait for each other before they open anything, and would find their connections closed: Node keeps
 * them for 5 s. This is what nginx does, in ms.
 */
server.keepAliveTimeout = 75_000;

const holdfast = new WebSocketServer({ noServer: true, path: '/echo' });
holdfast.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.on('upgrade', (request, socket, head) => {
  if (!holdfast.shouldHandle(request)) return; // the others listen too
  holdfast.handleUpgrade(request, socket, head, (client) => holdfast.emit('connection', client, request));
});

const socketIo = new SocketIoServer(server, { destroyUpgrade: false });
socketIo.on('connection', (socket) => {
  socket.on('message', (/** @type {string} */ text) => socket.emit('message', text));
});

// It has no types, and none are published for this one.
const sockjs = require('sockjs');
const echo = sockjs.createServer({ prefix: '/sockjs', log: () => {} });
echo.on('connection', (/** @type {any} */ connection) => {
  connection.on('data', (/** @type {string} */ text) => connection.write(text));
});
echo.installHandlers(server);

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
offer({ port: () => port });
