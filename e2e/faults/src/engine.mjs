/**
 * What runs: the listening server, the connections, the sockets to the upstream, and each request's exchange.
 *
 * Node's HTTP server reads the client's requests; an upgrade hands its socket over to a tunnel. All of Node's own time
 * limits are off, so that nothing goes wrong here but by a rule.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { Socket } from 'node:net'
 * @import { World } from './exchange.mjs'
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Connection } from './connection.mjs';
import { HttpExchange } from './http-exchange.mjs';
import { Journal } from './journal.mjs';
import { RuleList } from './rule-list.mjs';
import { Tunnel } from './tunnel.mjs';
import { MAX_HEADER_BYTES } from './upstream-request.mjs';

export class Engine {
  rules = new RuleList();
  journal;
  server;

  /** @type {Map<Socket, Connection>} */
  #connections = new Map();
  /** @type {Set<Socket>} */
  #upstreams = new Set();
  /** @type {World} */
  #world;
  #upstreamHost;
  #upstreamPort;

  /**
   * @param {string} upstreamHost
   * @param {number} upstreamPort
   * @param {number} logEntries
   */
  constructor(upstreamHost, upstreamPort, logEntries) {
    this.#upstreamHost = upstreamHost;
    this.#upstreamPort = upstreamPort;
    this.journal = new Journal(logEntries);
    this.#world = {
      rules: this.rules,
      journal: this.journal,
      exchanges: new Set(),
      connectUpstream: (options) => this.#connectUpstream(options),
    };
    this.server = this.#createServer();
  }

  get connections() {
    return [...this.#connections.values()];
  }

  get tunnels() {
    return [...this.#world.exchanges].filter((exchange) => exchange instanceof Tunnel);
  }

  /** Lets the newest rules befall what runs. */
  replan() {
    for (const exchange of this.#world.exchanges) exchange.replan();
  }

  async close() {
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    for (const socket of [...this.#connections.keys(), ...this.#upstreams]) socket.destroy();
    await closed;
  }

  #createServer() {
    const server = createServer({
      noDelay: true,
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
      requireHostHeader: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    server.maxHeadersCount = 0;
    server.on('connection', (socket) => this.#onConnection(socket));
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, (incoming, response) => this.#onRequest(incoming, response));
    }
    server.on('upgrade', (incoming, socket, behind) => {
      // An HTTP server over TCP hands out TCP sockets.
      this.#onUpgrade(incoming, /** @type {Socket} */ (socket), behind);
    });
    return server;
  }

  /** @param {Socket} socket */
  #onConnection(socket) {
    this.journal.countConnection();
    this.#connections.set(socket, new Connection(socket, () => this.#connectUpstream()));
    socket.on('close', () => this.#connections.delete(socket));
  }

  /**
   * @param {IncomingMessage} incoming
   * @param {ServerResponse} response
   */
  #onRequest(incoming, response) {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined) return;
    new HttpExchange(this.#world, connection, incoming, response).begin();
  }

  /**
   * @param {IncomingMessage} incoming
   * @param {Socket} socket
   * @param {Buffer} behind
   */
  #onUpgrade(incoming, socket, behind) {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    new Tunnel(this.#world, connection, incoming, behind).begin();
  }

  /** @type {World['connectUpstream']} */
  #connectUpstream({ allowHalfOpen = false } = {}) {
    const socket = connect({
      host: this.#upstreamHost,
      port: this.#upstreamPort,
      noDelay: true,
      allowHalfOpen,
    });
    this.journal.countUpstreamConnection();
    this.#upstreams.add(socket);
    // The close that follows says all there is to say.
    socket.on('error', () => {});
    socket.on('close', () => this.#upstreams.delete(socket));
    return socket;
  }
}
