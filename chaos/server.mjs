/**
 * The server of a run: the built package as a user would run it, beside a plain listener that serves the page (and lets it wait). Its application sends the
 * messages of one direction of each session, and checks those of the other. A process of its own; the parent calls what it offers.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { ServerOptions, WebSocket } from '@holdfast/server'
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from '@holdfast/server';
import { offer } from '../bench/process.mjs';
import { Checker } from './pages/checker.mjs';
import { Messages } from './pages/messages.mjs';
import { Sender } from './pages/sender.mjs';

const HOST = '127.0.0.1';

/** What may wait for the client's acknowledgement, in bytes: more than a fast path has under way. */
const MOST_UNACKNOWLEDGED_BYTES = 8 * 1024 * 1024;

/** Modules that run in the page. */
const MODULES = ['/page.mjs', '/messages.mjs', '/checker.mjs', '/sender.mjs'];

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Holdfast chaos</title>
<script src="/socket/holdfast.js"></script>
<script type="module" src="/page.mjs"></script>
`;

/** What the application sees of one session. */
/** @typedef {ReturnType<Connection['report']>} ConnectionReport */
/** @typedef {{ code: number, reason: string, atMs: number }} Close */

/** What the pages and this server send each other. */
/** @typedef {{ seed: number, perSession: number, perSecond: number }} Traffic */

class Connection {
  #socket;
  #checker;
  #sender;
  #unacknowledgedBytes = 0;
  /** How many `send` callbacks were called without an error. */
  acknowledged = 0;
  /** Reasons given to `send` callbacks. */
  /** @type {string[]} */
  #unsent = [];
  /** @type {string[]} */
  #errors = [];
  /** @type {Close[]} */
  #closes = [];

  /** @param {WebSocket} socket @param {string} name @param {Traffic} traffic */
  constructor(socket, name, { seed, perSession, perSecond }) {
    this.#socket = socket;
    this.#checker = new Checker(new Messages(seed, `${name}-up`));
    this.#sender = new Sender(new Messages(seed, `${name}-down`), {
      send: (message) => this.#send(message),
      waiting: () => this.#unacknowledgedBytes,
      mostWaiting: MOST_UNACKNOWLEDGED_BYTES,
      total: perSession,
      perSecond,
    });
    socket.on('message', (data, isBinary) => {
      const bytes = /** @type {Buffer} */ (data);
      this.#checker.accept(isBinary ? bytes : bytes.toString());
    });
    socket.on('error', (error) => this.#errors.push(error.message));
    socket.on('close', (code, reason) => {
      this.#sender.stop();
      this.#closes.push({ code, reason: reason.toString(), atMs: Date.now() });
    });
  }

  /** @param {number} code @param {string} reason */
  close(code, reason) {
    this.#socket.close(code, reason);
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  get sent() {
    return this.#sender.sent;
  }

  get received() {
    return this.#checker.received;
  }

  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }

  report() {
    return {
      sent: this.sent,
      acknowledged: this.acknowledged,
      tally: this.#checker.tally(),
      mostWaiting: this.#sender.mostWaiting,
      transport: this.#socket.transport,
      unsent: this.#unsent,
      errors: this.#errors,
      closes: this.#closes,
    };
  }

  /** @param {import('./pages/messages.mjs').Message} message */
  #send(message) {
    const bytes = Buffer.byteLength(message);
    this.#unacknowledgedBytes += bytes;
    this.#socket.send(message, (error) => {
      this.#unacknowledgedBytes -= bytes;
      if (error === undefined) this.acknowledged++;
      else this.#unsent.push(error.message);
    });
  }
}

/** By the name of the session; more than one: a ghost. */
/** @type {Map<string, Connection[]>} */
const connections = new Map();
/** @type {Traffic | undefined} */
let traffic;
/** @type {WebSocketServer | undefined} */
let webSockets;
let mostMemoryBytes = 0;

const http = createServer(servePage);

offer({
  /** @param {{ traffic: Traffic, options: ServerOptions }} plan @returns {Promise<number>} the port */
  async listen(plan) {
    traffic = plan.traffic;
    webSockets = new WebSocketServer({ server: http, path: '/socket', ...plan.options });
    webSockets.on('connection', accept);
    http.listen(0, HOST);
    await once(http, 'listening');
    return /** @type {import('node:net').AddressInfo} */ (http.address()).port;
  },

  /** How far all connections have come together. */
  progress() {
    const all = [...connections.values()].flat();
    return {
      sent: all.reduce((sum, { sent }) => sum + sent, 0),
      received: all.reduce((sum, { received }) => sum + received, 0),
      acknowledged: all.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
      bufferedAmount: all.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0),
    };
  },

  /** @returns {Record<string, ConnectionReport[]>} */
  reports: () =>
    Object.fromEntries([...connections].map(([name, list]) => [name, list.map((one) => one.report())])),

  /** @param {{ name: string, code: number, reason: string }} how */
  close: ({ name, code, reason }) => connections.get(name)?.at(-1)?.close(code, reason),

  /** @param {{ name: string }} which */
  pause: ({ name }) => connections.get(name)?.at(-1)?.pause(),

  /** @param {{ name: string }} which */
  resume: ({ name }) => connections.get(name)?.at(-1)?.resume(),

  /** What is there still, and how much memory there was at most. */
  load: () => ({ sockets: webSockets?.clients.size ?? 0, mostMemoryBytes }),
});

/** How often memory is looked at, in ms. */
const MEMORY_EVERY_MS = 200;
setInterval(() => {
  mostMemoryBytes = Math.max(mostMemoryBytes, process.memoryUsage.rss());
}, MEMORY_EVERY_MS).unref();

/** @param {WebSocket} socket @param {IncomingMessage} request */
function accept(socket, request) {
  const name = new URL(request.url ?? '', 'http://host').searchParams.get('page') ?? '';
  const before = connections.get(name) ?? [];
  const connection = new Connection(socket, name, /** @type {Traffic} */ (traffic));
  connections.set(name, [...before, connection]);
}

/** @param {IncomingMessage} request @param {ServerResponse} response */
function servePage(request, response) {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  if (pathname === '/still') {
    setTimeout(() => response.end(), Number(searchParams.get('ms')));
  } else if (pathname === '/page') {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(PAGE);
  } else if (MODULES.includes(pathname)) {
    const source = readFileSync(new URL(`pages${pathname}`, import.meta.url));
    response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(source);
  } else {
    response.writeHead(404).end();
  }
}
