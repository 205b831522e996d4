/** Holdfast beside a fastify application, on the HTTP server that fastify makes. */
import { WebSocketServer } from '@holdfast/server';
import { fastify } from 'fastify';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/** @param {number} port @returns the HTTP server, listening */
export async function start(port) {
  const app = fastify();
  app.get('/', (_request, reply) => reply.type('text/html').send(PAGE));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send('fastify has no such page'));

  echo(new WebSocketServer({ server: app.server, path: '/chat' }));

  await app.listen({ port, host: '127.0.0.1' });
  return app.server;
}

await main(import.meta, start);
