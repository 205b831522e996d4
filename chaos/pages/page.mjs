/**
 * The page of a run: one session, which sends the messages of its direction, checks those of the other, and remembers every event. It is
 * told what to do, and asked what it has seen, by the conductor (`globalThis.chaos`).
 */
import { Checker } from './checker.mjs';
import { Messages } from './messages.mjs';
import { Sender } from './sender.mjs';

/** What may wait in the page, in bytes, before it pauses: less than the largest message, which may come on top. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** @typedef {import('../server.mjs').Traffic} Traffic */
/** @typedef {{ type: string, atMs: number, code?: number, reason?: string, wasClean?: boolean }} SocketEvent */
/** @typedef {ReturnType<Client['report']>} PageReport */
/** @typedef {NonNullable<import('@holdfast/client').WebSocketOptions['transports']>[number]} TransportName */
/** @typedef {{ type: string, transport: TransportName, attach: number, reason?: string, durationMs?: number, at: number }} LogEntry */

class Client {
  #socket;
  #checker;
  /** @type {Sender | undefined} */
  #sender;
  /** @type {SocketEvent[]} */
  #events = [];
  /** The details of the `holdfast` events. */
  /** @type {LogEntry[]} */
  #log = [];

  /** @param {string} name @param {Traffic} traffic @param {readonly TransportName[] | undefined} transports */
  constructor(name, { seed, perSession, perSecond }, transports) {
    const socket = new Holdfast.WebSocket(`/socket?page=${name}`, [], transports && { transports });
    this.#socket = socket;
    this.#checker = new Checker(new Messages(seed, `${name}-down`));
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#sender = new Sender(new Messages(seed, `${name}-up`), {
        send: (message) => socket.send(message),
        waiting: () => socket.bufferedAmount,
        mostWaiting: MOST_WAITING_BYTES,
        total: perSession,
        perSecond,
      });
    });
    socket.addEventListener('message', ({ data }) => {
      this.#checker.accept(typeof data === 'string' ? data : new Uint8Array(data));
    });
    for (const type of /** @type {const} */ (['open', 'error', 'close'])) {
      socket.addEventListener(type, (event) => this.#record(event));
    }
    socket.addEventListener('holdfast', (event) => {
      this.#log.push(/** @type {CustomEvent} */ (event).detail);
    });
  }

  /** @param {number} code @param {string} reason */
  close(code, reason) {
    this.#socket.close(code, reason);
  }

  /** How far it has come. */
  progress() {
    const { readyState, bufferedAmount, OPEN, CLOSED } = this.#socket;
    return {
      isOpen: readyState === OPEN,
      isClosed: readyState === CLOSED,
      sent: this.#sender?.sent ?? 0,
      received: this.#checker.received,
      bufferedAmount,
    };
  }

  report() {
    return {
      sent: this.#sender?.sent ?? 0,
      tally: this.#checker.tally(),
      mostWaiting: this.#sender?.mostWaiting ?? 0,
      transport: this.#socket.transport,
      bufferedAmount: this.#socket.bufferedAmount,
      resent: this.#socket.getStats().resent,
      events: this.#events,
      log: this.#log,
    };
  }

  /** @param {Event} event */
  #record(event) {
    const { type } = event;
    const { code, reason, wasClean } = /** @type {CloseEvent} */ (event);
    if (type === 'close') this.#sender?.stop();
    this.#events.push({ type, atMs: Date.now(), ...(type === 'close' ? { code, reason, wasClean } : {}) });
  }
}

/** @type {Client | undefined} */
let client;

export const chaos = {
  /** @param {string} name @param {Traffic} traffic @param {readonly TransportName[]} [transports] */
  connect(name, traffic, transports) {
    client = new Client(name, traffic, transports);
  },
  /** @param {number} code @param {string} reason */
  close: (code, reason) => client?.close(code, reason),
  /**
   * Nothing runs in the page for so long, in ms: it waits for an answer without letting anything else happen, which costs no core.
   *
   * @param {number} ms
   */
  standStill(ms) {
    const request = new XMLHttpRequest();
    request.open('GET', `/still?ms=${ms}`, false);
    request.send();
  },
  progress: () => /** @type {Client} */ (client).progress(),
  report: () => /** @type {Client} */ (client).report(),
};

globalThis.chaos = chaos;
