/**
 * The two ends around a proxy under test: a little server behind it, and clients in front that see every byte.
 *
 * Everything opened here is closed after the test that opened it.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createFaultProxy } from '../src/proxy.mjs';

/** @import { IncomingMessage, ServerResponse, RequestOptions } from 'node:http' */
/** @import { AddressInfo, Socket } from 'node:net' */
/** @import { FaultProxyOptions, Rule } from '../src/types.ts' */

/** @typedef {Awaited<ReturnType<typeof startUpstream>>} Upstream */
/** @typedef {{ status: number, headers: IncomingMessage['headers'], body: string }} Answer */

/** A fallback request's path: a rule of kind `fetch` means it. */
export const FALLBACK = '/chat?holdfast=1';

/**
 * A server that echoes: bodies over HTTP, messages over WebSocket.
 *
 * @param {(incoming: IncomingMessage, response: ServerResponse) => void} [onRequest] answers instead of the echo
 */
export async function startUpstream(onRequest = echo) {
  /** @type {{ method: string, url: string, httpVersion: string, rawHeaders: string[] }[]} */
  const requests = [];
  /** @type {string[]} */
  const messages = [];
  /** @type {Set<Socket>} */
  const sockets = new Set();
  const server = createServer((incoming, response) => {
    const { method = '', url = '', httpVersion, rawHeaders } = incoming;
    requests.push({ method, url, httpVersion, rawHeaders });
    onRequest(incoming, response);
  });
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => {
      messages.push(String(data));
      socket.send(data, { binary: isBinary });
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(close);
  const { port } = /** @type {AddressInfo} */ (server.address());
  return { port, server, requests, messages, sockets, webSockets, close };
}

/**
 * An upstream with a proxy before it.
 *
 * @param {Rule[]} rules
 * @param {object} [options]
 * @param {Parameters<typeof startUpstream>[0]} [options.onRequest]
 * @param {Partial<FaultProxyOptions>} [options.proxy]
 */
export async function startPath(rules, { onRequest, proxy: proxyOptions } = {}) {
  const upstream = await startUpstream(onRequest);
  const proxy = await createFaultProxy({ upstreamPort: upstream.port, ...proxyOptions });
  onTestFinished(() => proxy.close());
  await proxy.set(rules);
  return { upstream, proxy };
}

/**
 * A server of bytes, for what no HTTP library would say.
 *
 * @param {(socket: Socket) => void} onConnection
 */
export async function startRawUpstream(onConnection) {
  const { createServer: createTcpServer } = await import('node:net');
  /** @type {Set<Socket>} */
  const sockets = new Set();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: /** @type {AddressInfo} */ (server.address()).port, sockets };
}

/**
 * @param {number} port
 * @param {RequestOptions} options
 * @param {string | Buffer} [body]
 * @returns {Promise<Answer>} rejects as Node's client does
 */
export async function ask(port, options, body) {
  const outgoing = request({ host: '127.0.0.1', port, agent: false, ...options });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  return readAnswer(incoming);
}

/**
 * @param {number} port
 * @param {string | Buffer} [body]
 * @param {RequestOptions} [options]
 */
export function post(port, body = 'hello', options = {}) {
  return ask(port, { method: 'POST', path: FALLBACK, ...options }, body);
}

/**
 * @param {IncomingMessage} incoming
 * @returns {Promise<Answer>}
 */
export async function readAnswer(incoming) {
  let body = '';
  for await (const chunk of incoming) body += chunk;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
}

/**
 * A connection of bytes.
 *
 * @param {number} port
 */
export async function dial(port) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  let received = Buffer.alloc(0);
  /** @type {'open' | 'ended' | 'closed' | 'reset'} */
  let state = 'open';
  const waiting = new Set();
  const notify = () => {
    for (const check of waiting) check();
  };
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    notify();
  });
  socket.on('end', () => {
    state = 'ended';
    notify();
  });
  socket.on('error', () => {});
  socket.on('close', (hadError) => {
    state = hadError ? 'reset' : 'closed';
    notify();
  });
  return {
    socket,
    get text() {
      return received.toString('latin1');
    },
    get bytes() {
      return received;
    },
    get state() {
      return state;
    },
    /** @param {() => boolean} condition @returns {Promise<void>} */
    until(condition) {
      return new Promise((resolve) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    /** @param {string} wanted */
    untilText(wanted) {
      return this.until(() => this.text.includes(wanted));
    },
    untilEnded() {
      return this.until(() => this.state !== 'open');
    },
  };
}

/**
 * The head of an opening handshake.
 *
 * @param {string} [target]
 * @param {string[]} [headers]
 */
export function handshake(target = '/chat', headers = []) {
  return [
    `GET ${target} HTTP/1.1`,
    'Host: example.test',
    'Upgrade: websocket',
    'Connection: Upgrade',
    // RFC 6455 §1.3's own example.
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...headers,
    '',
    '',
  ].join('\r\n');
}

/**
 * @param {number} port
 * @param {string} [target]
 * @param {string[]} [protocols]
 */
export function openWebSocket(port, target = '/chat', protocols = []) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, protocols);
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  return socket;
}

/**
 * Opens a WebSocket and proves it by an echo.
 *
 * @param {number} port
 * @param {string} [target]
 */
export async function openEcho(port, target) {
  const socket = openWebSocket(port, target);
  await once(socket, 'open');
  await echoOnce(socket, 'are you there');
  return socket;
}

/**
 * @param {WebSocket} socket
 * @param {string} text
 */
export async function echoOnce(socket, text) {
  const back = once(socket, 'message');
  socket.send(text);
  const [data] = await back;
  return String(data);
}

/**
 * @param {WebSocket} socket
 * @returns {Promise<number>} whether or not an error comes before it
 */
export function closeCode(socket) {
  return new Promise((resolve) => socket.once('close', resolve));
}

/**
 * Resolves when whatever was sent before has had its time: a fresh connection has made two whole round trips through
 * the same processes. What has not arrived by then was not on its way.
 *
 * @param {number} port of a way that no rule hurts
 */
export async function settle(port) {
  await ask(port, { path: '/settle/1' });
  await ask(port, { path: '/settle/2' });
}

/** @type {(incoming: IncomingMessage, response: ServerResponse) => void} */
function echo(incoming, response) {
  incoming.on('error', () => {});
  incoming.pipe(response);
}
