/**
 * The one connection of the page. All demos share it; each hears what is addressed to its topic.
 *
 *   demo ── send(topic, type, body) ──► envelope with the next number ──► Holdfast.WebSocket
 *   demo ◄── handler of its topic ◄──── number checked ◄──────────────── Holdfast.WebSocket
 *
 * Holdfast resumes the session through every fault. Only when the session itself is gone (the server restarted, the
 * cable was out for too long) does this file open another one.
 */
import { decodeText, encodeSlice, encodeText } from '../shared/envelope.js';

/** @import { Counters } from './counters.js' */
/** @import { Identity } from './identity.js' */

/** Waits between two attempts to open a session, in ms; the last one repeats. */
const REOPEN_DELAYS_MS = [500, 1000, 2000, 4000, 8000];

/** How often a sender that waits for room looks again, in ms: the least a browser's timer gives. */
const ROOM_CHECK_MS = 4;

/** RFC 6455 §7.4.1. */
const NORMAL_CLOSURE = 1000;

/** @typedef {'opening' | 'open' | 'closed'} ConnectionState */

/**
 * @typedef {object} Listeners
 * @property {(state: ConnectionState, reason: string) => void} state
 * @property {(detail: HoldfastDetail) => void} holdfast
 */

export class Connection {
  #identity;
  #counters;
  /** @type {InstanceType<typeof Holdfast.WebSocket> | undefined} */
  #socket;
  /** @type {ConnectionState} */
  #state = 'closed';
  /** Sessions in a row that did not open. */
  #failures = 0;
  /** @type {number | undefined} */
  #reopenTimer;
  #helloNumber = 0;
  /** Whether the visitor wants another session, and another count with it. */
  #isAnew = false;

  /** @type {Map<string, (type: string, body: Record<string, unknown>) => void>} */
  #handlers = new Map();
  /** @type {{ [K in keyof Listeners]: Set<Listeners[K]> }} */
  #listeners = { state: new Set(), holdfast: new Set() };
  /** Senders that wait for room. @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {Identity} identity @param {Counters} counters */
  constructor(identity, counters) {
    this.#identity = identity;
    this.#counters = counters;
  }

  get isOpen() {
    return this.#state === 'open';
  }

  /** @returns {string | null} */
  get transport() {
    return this.#socket?.transport ?? null;
  }

  /** Bytes handed over and not yet at the server, as the WebSocket says. */
  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  getStats() {
    return this.#socket?.getStats();
  }

  open() {
    clearTimeout(this.#reopenTimer);
    const socket = new Holdfast.WebSocket(`/lab?visitor=${this.#identity.visitor}`);
    this.#socket = socket;
    this.#become('opening', '');
    socket.addEventListener('open', () => this.#greet());
    socket.addEventListener('message', (event) => {
      if (socket === this.#socket) this.#receive(/** @type {MessageEvent<unknown>} */ (event).data);
    });
    socket.addEventListener('close', (event) => this.#closed(socket, /** @type {CloseEvent} */ (event)));
    socket.addEventListener('holdfast', (event) => {
      const { detail } = /** @type {CustomEvent<HoldfastDetail>} */ (event);
      for (const listener of this.#listeners.holdfast) listener(detail);
    });
  }

  /** Closes this session and opens another: how opening looks on the network as it is now. */
  openAnew() {
    const old = this.#socket;
    this.#socket = undefined;
    old?.close(NORMAL_CLOSURE, 'open anew');
    this.#isAnew = true;
    this.#become('closed', '');
    this.open();
  }

  /**
   * @param {string} topic
   * @param {(type: string, body: Record<string, unknown>) => void} handler
   */
  onTopic(topic, handler) {
    this.#handlers.set(topic, handler);
  }

  /**
   * @template {keyof Listeners} K
   * @param {K} event
   * @param {Listeners[K]} listener
   */
  on(event, listener) {
    this.#listeners[event].add(listener);
  }

  /**
   * @param {string} topic
   * @param {string} type
   * @param {Record<string, unknown>} [body]
   * @returns {number} the message's number; 0 if there is no session to send it in
   */
  send(topic, type, body) {
    if (!this.isOpen || this.#socket === undefined) return 0;
    const n = this.#counters.next();
    this.#socket.send(encodeText(n, topic, type, body));
    return n;
  }

  /**
   * @param {number} upload
   * @param {Uint8Array} bytes
   * @returns {number} the message's number; 0 if there is no session to send it in
   */
  sendSlice(upload, bytes) {
    if (!this.isOpen || this.#socket === undefined) return 0;
    const n = this.#counters.next();
    this.#socket.send(encodeSlice(n, upload, bytes));
    return n;
  }

  /**
   * Waits until less than so much is buffered, or there is no session. A browser has no event for it; whatever comes
   * in is a good moment to look, and a timer looks when nothing comes.
   *
   * @param {number} bytes
   * @returns {Promise<void>}
   */
  async room(bytes) {
    while (this.isOpen && this.bufferedAmount >= bytes) await this.#soon();
  }

  /** @returns {Promise<void>} */
  #soon() {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ROOM_CHECK_MS);
      this.#waiting.add(wake);
    });
  }

  #greet() {
    this.#failures = 0;
    this.#state = 'open';
    const { name, colour } = this.#identity;
    this.#helloNumber = this.send('lab', 'hello', { name, colour, anew: this.#isAnew });
    this.#isAnew = false;
    this.#become('open', '');
  }

  /** @param {unknown} data */
  #receive(data) {
    for (const wake of [...this.#waiting]) wake();
    if (typeof data !== 'string') return;
    const { n, topic, type, body } = decodeText(data);
    if (topic === 'lab' && type === 'welcome') {
      this.#identity.person = Number(body['person']);
      if (body['isNew'] === true) this.#counters.restart(this.#helloNumber);
    }
    this.#counters.observe(n);
    this.#handlers.get(topic)?.(type, body);
  }

  /** @param {object} socket @param {CloseEvent} event */
  #closed(socket, { code, reason }) {
    if (socket !== this.#socket) return;
    const delayMs = REOPEN_DELAYS_MS[Math.min(this.#failures, REOPEN_DELAYS_MS.length - 1)];
    this.#failures += 1;
    this.#socket = undefined;
    this.#become('closed', reason === '' ? `close ${code}` : `close ${code}: ${reason}`);
    this.#reopenTimer = setTimeout(() => this.open(), delayMs);
  }

  /** @param {ConnectionState} state @param {string} reason */
  #become(state, reason) {
    this.#state = state;
    for (const listener of this.#listeners.state) listener(state, reason);
    for (const wake of [...this.#waiting]) wake();
  }
}
