/** Holdfast beside a koa application: koa's callback is a listener of the HTTP server that both share. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import Koa from 'koa';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/** @param {number} port @returns the HTTP server, listening */
export async function start(port) {
  const app = new Koa();
  app.use((context) => {
    if (context.path === '/') {
      context.type = 'html';
      context.body = PAGE;
    } else {
      context.status = 404;
      context.body = 'koa has no such page';
    }
  });

  const server = createServer(app.callback());
  echo(new WebSocketServer({ server, path: '/chat' }));

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
