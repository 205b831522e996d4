/**
 * Speaks HTTP to the server in the client's name: the same line, the same headers, in the same order.
 *
 * Changed is only what a proxy must change, and what HTTP/1.0 cannot say. Bodies are not this file's: whoever opens a
 * request writes them.
 *
 * @import { Agent, ClientRequest, IncomingMessage } from 'node:http'
 * @import { Socket } from 'node:net'
 * @import { CutHow } from './types.ts'
 */
import { request } from 'node:http';
import { endSocket } from './connection.mjs';
import { pairs, withoutHeaders } from './raw-headers.mjs';

/** Larger than any server's own limit, so that it is the server who finds a head too large. */
export const MAX_HEADER_BYTES = 1024 * 1024;

/**
 * How long a server in another process may take to read what lies in its socket, in ms, where nothing it says
 * shows that it has. Only the order of two requests hangs on it.
 */
export const SETTLE_MS = 20;

/** Methods whose requests Node sends without a body unless a header announces one. */
const BODILESS_METHODS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];

/** What belongs to one hop, or to HTTP/1.1 alone. */
const NOT_IN_HTTP10 = [
  'connection',
  'keep-alive',
  'upgrade',
  'transfer-encoding',
  'expect',
  'content-length',
  'te',
];

/**
 * @param {IncomingMessage} incoming what the client sent
 * @param {{ agent: Agent } | { connect: () => Socket }} way a connection that is kept, or one for this request alone
 */
export function openRequest(incoming, way) {
  return request({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: withFraming(incoming),
    maxHeaderSize: MAX_HEADER_BYTES,
    // Without an agent, Node uses the connection for this request alone.
    ...('agent' in way ? way : { createConnection: way.connect }),
  });
}

/**
 * @param {IncomingMessage} incoming
 * @param {() => Socket} connect
 * @param {number} bodyBytes HTTP/1.0 knows no chunks, so the length must be known
 */
export function openHttp10Request(incoming, connect, bodyBytes) {
  const headers = withoutHeaders(incoming.rawHeaders, NOT_IN_HTTP10);
  headers.push('Connection', 'close');
  if (bodyBytes > 0 || !BODILESS_METHODS.includes(incoming.method ?? 'GET')) {
    headers.push('Content-Length', String(bodyBytes));
  }
  return request({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers,
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => speakingHttp10(connect()),
  });
}

/**
 * An upgrade's head as it goes to the server on a connection of its own.
 *
 * @param {IncomingMessage} handshake
 * @param {'strip-upgrade' | 'http10' | undefined} changed by a proxy that knows no upgrades
 */
export function handshakeBytes({ method, url, httpVersion, rawHeaders }, changed) {
  const headers = changed === undefined ? rawHeaders : withoutHeaders(rawHeaders, ['upgrade', 'connection']);
  const closing = changed === 'http10' ? ['Connection: close'] : [];
  const version = changed === 'http10' ? '1.0' : httpVersion;
  const lines = pairs(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(
    [`${method} ${url} HTTP/${version}`, ...lines, ...closing, '', ''].join('\r\n'),
    'latin1',
  );
}

/**
 * Resolves when the server has heard the request: it answers, or it has had time to read it.
 *
 * @param {ClientRequest} outgoing
 * @returns {Promise<void>}
 */
export function whenHeard(outgoing) {
  return new Promise((resolve) => {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    outgoing.once('response', done);
    outgoing.once('close', done);
    outgoing.once('finish', () => {
      timer = setTimeout(done, SETTLE_MS);
    });
  });
}

/**
 * Ends a request and its connection, as a client that goes away does: what it wrote before still arrives, except
 * after a reset.
 *
 * @param {ClientRequest} outgoing
 * @param {CutHow} how
 */
export function endRequest(outgoing, how) {
  if (outgoing.destroyed) return;
  if (outgoing.socket) endSocket(outgoing.socket, how);
  // What was written waits for the socket, and goes into it right after this event.
  else outgoing.once('socket', (socket) => process.nextTick(() => endSocket(socket, how)));
}

/**
 * Node would announce chunks where a body may follow and no header says so; in a request (RFC 9112 §6.3) that means
 * there is none.
 *
 * @param {IncomingMessage} incoming
 */
function withFraming({ method = 'GET', rawHeaders, headers }) {
  const framed = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return framed || BODILESS_METHODS.includes(method) ? rawHeaders : [...rawHeaders, 'Content-Length', '0'];
}

/**
 * Node's client cannot be told to speak HTTP/1.0, so the first bytes it writes are corrected on their way.
 *
 * @param {Socket} socket
 */
function speakingHttp10(socket) {
  const write = socket.write;
  /** @param {any[]} args those of `write`, whose overloads a spread cannot keep apart */
  const writeHead = (...args) => {
    socket.write = write;
    const [first, ...rest] = args;
    const head = Buffer.from(String(first).replace(' HTTP/1.1\r\n', ' HTTP/1.0\r\n'), 'latin1');
    return write.apply(
      socket,
      /** @type {[any]} */ ([head, ...rest.filter((arg) => typeof arg === 'function')]),
    );
  };
  socket.write = writeHead;
  return socket;
}
