/**
 * The contract's servers, in this process: one of Holdfast and one of ws, with the same pages and the same application behind
 * both. What is in front of them (a network that breaks things) is somebody else's business.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { WebSocketServer } from '@holdfast/server';
import { WebSocketServer as ForeignWebSocketServer } from 'ws';
import { Application } from './application.mjs';

const HOST = '127.0.0.1';

/** As a page of any server may have it beside its own files. */
const CLIENT_SCRIPT = new URL('../../../packages/client/dist/holdfast.js', import.meta.url);

/** The page allows itself no connection, neither by WebSocket nor by fetch. */
const STRICT_POLICY = "default-src 'self'; connect-src 'none'";

/** Modules that the page may ask for. */
const MODULES = new Set(
  ['.', 'clauses'].flatMap((folder) =>
    readdirSync(new URL(`./${folder}/`, import.meta.url)).map((file) =>
      `/${folder}/${file}`.replace('/./', '/'),
    ),
  ),
);

/** @typedef {{ readonly port: number, close(): void }} ContractServer */

/**
 * @param {'holdfast' | 'foreign'} kind
 * @returns {Promise<ContractServer>}
 */
export async function startContractServer(kind) {
  const http = createServer(servePage);
  const application = new Application();
  /** @type {new (options: object) => { on: Function, clients: Set<{ terminate(): void }> }} what the two have in common, and is used here */
  const Class = kind === 'foreign' ? ForeignWebSocketServer : WebSocketServer;
  const sockets = new Class({
    server: http,
    path: '/socket',
    handleProtocols: select,
    verifyClient: (
      /** @type {{ req: Pick<IncomingMessage, 'url'> }} */ { req },
      /** @type {(...answer: [boolean, number?]) => void} */ answer,
    ) => {
      const status = new URL(req.url ?? '', 'http://host').searchParams.get('refuse');
      if (status === null) answer(true);
      else answer(false, Number(status));
    },
  });
  sockets.on('connection', (/** @type {any} */ socket, /** @type {any} */ request) =>
    application.accept(socket, request),
  );
  http.listen(0, HOST);
  await once(http, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
  return {
    port,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
      http.closeAllConnections();
    },
  };
}

/** @returns {Promise<string>} host and port where nobody listens: a port that the system gave, and that was given back */
export async function deadHost() {
  const server = createTcpServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return `${HOST}:${port}`;
}

/** The second of two, so that a client that takes the first by itself is found out. */
/** @param {Set<string>} offered */
function select(offered) {
  return offered.has('v2') ? 'v2' : false;
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 */
function servePage({ method, url = '' }, response) {
  const { pathname } = new URL(url, 'http://host');
  const module = pathname.replace(/^\/contract/, '');
  if (method !== 'GET') response.writeHead(426, { 'Content-Type': 'text/plain' }).end('Upgrade Required');
  else if (pathname === '/contract' || pathname === '/strict')
    servePageItself(pathname === '/strict', response);
  else if (pathname === '/holdfast.js') serveScript(CLIENT_SCRIPT, response);
  else if (MODULES.has(module)) serveScript(new URL(`.${module}`, import.meta.url), response);
  else response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such page\n');
}

/**
 * @param {boolean} isStrict
 * @param {ServerResponse} response
 */
function servePageItself(isStrict, response) {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    ...(isStrict ? { 'Content-Security-Policy': STRICT_POLICY } : {}),
  });
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The contract</title>
<link rel="icon" href="data:,">
<script src="/holdfast.js"></script>
<script type="module" src="/contract/page.mjs"></script>
`);
}

/**
 * @param {URL} file
 * @param {ServerResponse} response
 */
function serveScript(file, response) {
  response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(readFileSync(file));
}
