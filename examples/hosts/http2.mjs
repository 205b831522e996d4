/**
 * Holdfast on a server that speaks HTTP/2, and HTTP/1.1 to clients that know no better: the WebSockets of a page share the one
 * connection that the page came by (RFC 8441).
 */
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { WebSocketServer } from '@holdfast/server';
import { credentialsFromFiles } from './credentials.mjs';
import { echo } from './echo.mjs';
import { main } from './main.mjs';
import { PAGE } from './page.mjs';

/**
 * @param {number} port
 * @param {{ key: string, cert: string }} [credentials] in PEM; default: what the files named by TLS_KEY and TLS_CERT hold
 * @returns the HTTP/2 server, listening
 */
export async function start(port, credentials = credentialsFromFiles()) {
  const server = createSecureServer({ ...credentials, allowHTTP1: true }, (request, response) => {
    if (request.url === '/') {
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGE);
    } else {
      response.statusCode = 404;
      response.end('http2 has no such page');
    }
  });
  // Before it listens, so that the first client is already told that WebSockets are welcome.
  echo(new WebSocketServer({ server, path: '/chat' }));

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

await main(import.meta, start);
