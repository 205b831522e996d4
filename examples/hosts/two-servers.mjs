/**
 * Two Holdfast servers on different paths of one HTTP server, with `noServer`: the application hands each of them the
 * Upgrades and the requests of its path.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/** @param {number} port @returns the HTTP server, listening */
export async function start(port) {
  const chat = new WebSocketServer({ noServer: true, path: '/chat' });
  const shout = new WebSocketServer({ noServer: true, path: '/shout' });
  const all = [chat, shout];
  echo(chat);
  shout.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data.toString().toUpperCase()));
  });

  const server = createServer((request, response) => {
    if (all.some((each) => each.handleRequest(request, response))) return;
    if (request.url === '/') response.setHeader('Content-Type', 'text/html').end(PAGE);
    else response.writeHead(404).end('two-servers has no such page');
  });
  server.on('upgrade', (request, socket, head) => {
    const responsible = all.find((each) => each.shouldHandle(request));
    if (responsible === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    responsible.handleUpgrade(request, socket, head, (webSocket) => {
      responsible.emit('connection', webSocket, request);
    });
  });

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
