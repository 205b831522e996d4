/**
 * What a clause has to work with, in the page: the class under test, sockets that the server does something with, and their events. It
 * knows the class by the standard alone, so that the page's own passes for it.
 *
 * @import { Order, Seen, Task } from './types.ts'
 */

/** How often a condition that no event announces is looked at, in ms. */
const LOOK_AGAIN_AFTER_MS = 5;

/** Sockets that are done with are given this long to close, in ms: browsers open only so many connections at once. */
const LETTING_GO_MS = 3000;

export class Stage {
  /** The class under test. */
  /** @type {typeof globalThis.WebSocket} */
  WebSocket;
  isNative;
  /** Of `ws:` URLs where nobody listens. */
  deadHost;

  #transport;
  /** Sockets of this clause, by weak references: a clause may want one collected. */
  /** @type {WeakRef<WebSocket>[]} */
  #made = [];
  #names = 0;

  /**
   * @param {typeof globalThis.WebSocket} Class
   * @param {Task} task
   */
  constructor(Class, { subject, transport, deadHost }) {
    this.WebSocket = Class;
    this.isNative = subject === 'native';
    this.deadHost = deadHost;
    this.#transport = transport;
  }

  /** @param {Record<string, string | number | readonly string[]>} [query] what the server is to do (application.mjs) */
  url(query = {}) {
    const url = new URL('/socket', location.href.replace(/^http/, 'ws'));
    for (const [name, values] of Object.entries(query)) {
      for (const value of [values].flat()) url.searchParams.append(name, String(value));
    }
    return url.href;
  }

  /** A name that no other socket has, for the server to know one by. */
  name() {
    return `${performance.timeOrigin} ${++this.#names}`;
  }

  /**
   * A socket that is connecting.
   *
   * @param {unknown} [url] default: one that echoes
   * @param {unknown} [protocols] default: none given
   * @returns {WebSocket}
   */
  create(url = this.url(), protocols = undefined) {
    return this.construct(protocols === undefined ? [url] : [url, protocols]);
  }

  /**
   * @param {readonly unknown[]} args just these
   * @returns {WebSocket}
   */
  construct(args) {
    return this.keep(Reflect.construct(this.WebSocket, args));
  }

  /**
   * Closes this socket, too, when the clause is through.
   *
   * @template {WebSocket} Socket
   * @param {Socket} socket
   */
  keep(socket) {
    this.#made.push(new WeakRef(socket));
    return socket;
  }

  /**
   * A socket that is open, on the transport that is under test.
   *
   * @param {Parameters<Stage['url']>[0]} [query]
   * @param {unknown} [protocols]
   */
  async open(query, protocols) {
    const socket = this.create(this.url(query), protocols);
    socket.binaryType = 'arraybuffer';
    await this.event(socket, 'open');
    return this.reachTransport(socket);
  }

  /**
   * Waits until an open socket is on the transport that is under test: on a slow machine another may have been faster at first.
   *
   * @param {WebSocket} socket
   */
  async reachTransport(socket) {
    const subject = /** @type {{ transport?: string | null }} */ (socket);
    await this.until(() => this.#transport === undefined || subject.transport === this.#transport);
    return socket;
  }

  /**
   * @template {keyof WebSocketEventMap} Type
   * @param {WebSocket} socket
   * @param {Type} type
   * @returns {Promise<WebSocketEventMap[Type]>} the next one
   */
  event(socket, type) {
    return new Promise((resolve, reject) => {
      socket.addEventListener(type, resolve, { once: true });
      // Its `error` comes before: it is waited for no longer.
      if (type !== 'close')
        socket.addEventListener('close', () => reject(new Error(`closed without ${type}`)), { once: true });
    });
  }

  /**
   * Everything that happens to a socket from now on, one word each: `open`, `message DATA`, `error`, `close CODE`.
   *
   * @param {WebSocket} socket
   */
  record(socket) {
    /** @type {string[]} */
    const seen = [];
    socket.addEventListener('open', () => seen.push('open'));
    socket.addEventListener('message', ({ data }) => seen.push(`message ${data}`));
    socket.addEventListener('error', () => seen.push('error'));
    socket.addEventListener('close', ({ code }) => seen.push(`close ${code}`));
    return seen;
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} message
   * @returns {Promise<MessageEvent>} the next message of the server, mostly this one's echo
   */
  echo(socket, message) {
    const answer = this.event(socket, 'message');
    socket.send(/** @type {string} */ (message));
    return answer;
  }

  /**
   * @param {WebSocket} socket
   * @param {Order} order
   */
  ask(socket, order) {
    socket.send(JSON.stringify(order));
  }

  /**
   * What the server has seen of the socket of this name, once the condition holds.
   *
   * @param {string} name
   * @param {(seen: Seen) => boolean} condition
   */
  async seen(name, condition) {
    const socket = await this.open();
    for (;;) {
      const { data } = await this.echo(socket, JSON.stringify({ do: 'tell', to: name }));
      const seen = JSON.parse(data);
      if (seen !== null && condition(seen)) {
        socket.close();
        return /** @type {Seen} */ (seen);
      }
      await this.task();
    }
  }

  /** @param {() => boolean} condition @returns {Promise<void>} once it holds */
  async until(condition) {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
  }

  /** @returns {Promise<void>} in a later task */
  task() {
    return new Promise((resolve) => setTimeout(resolve));
  }

  /** @param {number} [count] @returns {Promise<void>} in the same task, so many microtasks later */
  async microtasks(count = 10) {
    for (let passed = 0; passed < count; passed++) await undefined;
  }

  /** Closes what the clause has made. */
  async clear() {
    const sockets = this.#made.flatMap((reference) => reference.deref() ?? []);
    // Browsers make a page wait whose WebSockets fail again and again: where any may have, one opens.
    if (this.#isWebSocket && sockets.some(({ readyState }) => readyState > 1)) sockets.push(this.create());
    this.#made = [];
    const gone = Promise.all(sockets.map((socket) => this.#letGo(socket)));
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, LETTING_GO_MS))]);
  }

  get #isWebSocket() {
    return this.#transport === undefined || this.#transport === 'websocket';
  }

  /** @param {WebSocket} socket */
  async #letGo(socket) {
    // One that is connecting would count as failed, too.
    if (this.#isWebSocket && socket.readyState === 0)
      await new Promise((resolve) => {
        socket.addEventListener('open', resolve);
        socket.addEventListener('close', resolve);
      });
    if (socket.readyState === 3) return;
    socket.close();
    await this.event(socket, 'close');
  }
}
