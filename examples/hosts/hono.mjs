/** Holdfast beside a hono application, whose adapter for Node makes it a listener of the HTTP server that both share. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/** @param {number} port @returns the HTTP server, listening */
export async function start(port) {
  const app = new Hono();
  app.get('/', (context) => context.html(PAGE));
  app.notFound((context) => context.text('hono has no such page', 404));

  const server = createServer(getRequestListener(app.fetch));
  echo(new WebSocketServer({ server, path: '/chat' }));

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
