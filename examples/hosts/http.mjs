/** Holdfast beside the request listener of a plain HTTP server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/** @param {number} port @returns the HTTP server, listening */
export async function start(port) {
  const server = createServer((request, response) => {
    if (request.url === '/') response.setHeader('Content-Type', 'text/html').end(PAGE);
    else response.writeHead(404).end('http has no such page');
  });
  echo(new WebSocketServer({ server, path: '/chat' }));

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
