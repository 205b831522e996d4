/** Holdfast beside an express application: both on one HTTP server, which express does not make for itself here. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import express from 'express';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/** @param {number} port @returns the HTTP server, listening */
export async function start(port) {
  const app = express();
  app.get('/', (_request, response) => {
    response.type('html').send(PAGE);
  });
  app.use((_request, response) => {
    response.status(404).send('express has no such page');
  });

  const server = createServer(app);
  echo(new WebSocketServer({ server, path: '/chat' }));

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
