/**
 * One client's TCP connection, and its twin to the server.
 *
 * The twin is opened by the first request, carries the later ones, and when the server closes it, the client's
 * is closed too: either end sees the keep-alive behaviour of the other. Requests live on it one after the other.
 *
 * @import { Socket } from 'node:net'
 * @import { CutHow, CutOptions, FaultOf } from './types.ts'
 * @import { Exchange } from './exchange.mjs'
 * @import { Link } from './link.mjs'
 */
import { Agent } from 'node:http';
import { matches } from './request.mjs';

export class Connection {
  /** Keeps the connection to the server between requests. */
  agent;
  /** The client's side. */
  socket;

  /** @type {Set<Exchange>} */
  #running = new Set();
  /** @type {Exchange | undefined} */
  #newest;
  #openTwins = 0;
  #acceptedAtMs = performance.now();
  /** The server has closed a twin by itself. */
  #serverClosed = false;
  /** @type {NodeJS.Timeout | undefined} */
  #idleTimer;

  /**
   * @param {Socket} socket
   * @param {() => Socket} connectUpstream
   */
  constructor(socket, connectUpstream) {
    this.socket = socket;
    this.agent = new TwinAgent(() => this.#trackTwin(connectUpstream()));
    socket.on('close', () => this.#onClose());
  }

  /** Requests that run on it now. */
  get running() {
    return [...this.#running];
  }

  /**
   * @param {Exchange} exchange
   * @returns {boolean} whether it is the connection's first
   */
  began(exchange) {
    clearTimeout(this.#idleTimer);
    const isFirst = this.#newest === undefined;
    this.#newest = exchange;
    this.#running.add(exchange);
    return isFirst;
  }

  /**
   * @param {Exchange} exchange
   * @param {FaultOf<'idle-close'> | undefined} idleClose what awaits the connection now
   */
  ended(exchange, idleClose) {
    this.#running.delete(exchange);
    if (this.#running.size > 0 || this.socket.destroyed) return;
    if (this.#serverClosed && this.#openTwins === 0) this.socket.destroySoon();
    else if (idleClose !== undefined) {
      this.#idleTimer = setTimeout(() => {
        exchange.record.mark('idle-close');
        this.socket.destroySoon();
      }, idleClose.afterMs);
    }
  }

  /**
   * What setting up the connection still costs, in ms. The kernel has answered the client at once, so the first
   * request pays; a connection opened ahead of its use has paid by waiting.
   *
   * @param {Link} link
   */
  setupMs(link) {
    return Math.max(0, link.connectMs - (performance.now() - this.#acceptedAtMs));
  }

  /** @param {NonNullable<CutOptions['match']>} which */
  isMeant(which) {
    if (Object.keys(which).length === 0) return true;
    const requests = this.#running.size > 0 ? this.running : this.#newest ? [this.#newest] : [];
    return requests.some(({ request }) => matches(which, request));
  }

  /** @param {CutHow} how */
  cut(how) {
    for (const exchange of this.running) exchange.cut(how);
    endSocket(this.socket, how);
  }

  /** @param {Socket} twin */
  #trackTwin(twin) {
    this.#openTwins += 1;
    twin.on('close', () => {
      this.#openTwins -= 1;
      if (!endedHere.has(twin)) this.#serverClosed = true;
      if (this.#serverClosed && this.#openTwins === 0 && this.#running.size === 0) this.socket.destroySoon();
    });
    return twin;
  }

  #onClose() {
    clearTimeout(this.#idleTimer);
    // Only idle ones: the rest belong to exchanges, some of which must not let the server know.
    for (const sockets of Object.values(this.agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

/** Sockets that this process has ended; the others were closed by their peers. Node does not tell (an idle one gets no `end`). */
/** @type {WeakSet<Socket>} */
const endedHere = new WeakSet();

/**
 * @param {Socket} socket
 * @param {CutHow} how
 */
export function endSocket(socket, how) {
  endedHere.add(socket);
  if (how === 'end') socket.destroySoon();
  else if (socket.connecting) socket.once('connect', () => endSocket(socket, how));
  // Behind a FIN that is under way there is no reset: Node would lose the socket's handle, and never be able to exit.
  else if (socket.writableEnded && !socket.writableFinished) socket.once('finish', () => resetNow(socket));
  else resetNow(socket);
}

/**
 * Node's `resetAndDestroy` waits until all that was written has been sent, which a peer that reads nothing never lets happen; it
 * sets this field and lets `destroy` do the rest.
 *
 * @param {Socket} socket
 */
function resetNow(socket) {
  if (!socket.destroyed) Object.assign(socket, { resetAndClosing: true }).destroy();
}

/** Keeps a connection until the server closes it, whatever the server says about its patience. */
class TwinAgent extends Agent {
  #connect;

  /** @param {() => Socket} connect */
  constructor(connect) {
    super({ keepAlive: true });
    this.#connect = connect;
  }

  /** @override */
  createConnection() {
    return this.#connect();
  }

  /** @override */
  keepSocketAlive() {
    return true;
  }
}
