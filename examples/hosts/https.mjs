/** Holdfast on a server that speaks TLS: `wss:` and `https:` on one port. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import { WebSocketServer } from '@holdfast/server';
import { credentialsFromFiles } from './credentials.mjs';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/**
 * @param {number} port
 * @param {{ key: string, cert: string }} [credentials] in PEM; default: what the files named by TLS_KEY and TLS_CERT hold
 * @returns the HTTPS server, listening
 */
export async function start(port, credentials = credentialsFromFiles()) {
  const server = createServer(credentials, (request, response) => {
    if (request.url === '/') response.setHeader('Content-Type', 'text/html').end(PAGE);
    else response.writeHead(404).end('https has no such page');
  });
  echo(new WebSocketServer({ server, path: '/chat' }));

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
