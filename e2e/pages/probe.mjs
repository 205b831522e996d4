/**
 * The page's side of a test: a socket, and everything that was seen of it, in order. A test drives it from Node through a handle
 * (harness/socket.ts); what has to be fast or exact (large payloads, 10,000 messages) happens here, in the page.
 *
 * @import { LogEntry } from '@holdfast/client'
 * @import { NumberedReport } from './numbered.mjs'
 * @import { SocketEvent } from './probe-types.ts'
 */
import { NumberedChecker, NumberedSender } from './numbered.mjs';
import { binaryPayload, textPayload } from './payload.mjs';

/** How often a condition that no event announces is looked at, in ms. */
const LOOK_AGAIN_AFTER_MS = 5;

export class Probe {
  /** Every one of this page. */
  /** @type {Probe[]} */
  static all = [];

  /** @type {WebSocket} */
  socket;
  /** `open`, `error` and `close`, in order; messages are kept apart. */
  /** @type {SocketEvent[]} */
  events = [];
  /** What has come and was not taken by `next`. */
  /** @type {(string | ArrayBuffer)[]} */
  messages = [];
  /** The details of the `holdfast` events. */
  /** @type {LogEntry[]} */
  log = [];

  /** @type {NumberedSender | undefined} */
  #sender = undefined;
  /** @type {NumberedChecker | undefined} */
  #checker = undefined;

  /** @param {() => WebSocket} create makes the socket; listeners are added in the same turn */
  constructor(create) {
    Probe.all.push(this);
    this.socket = create();
    this.socket.binaryType = 'arraybuffer';
    for (const type of /** @type {const} */ (['open', 'error', 'close'])) {
      this.socket.addEventListener(type, (event) => this.#record(event));
    }
    this.socket.addEventListener('message', ({ data }) => {
      if (this.#checker === undefined) this.messages.push(data);
      else this.#checker.accept(data);
    });
    this.socket.addEventListener('holdfast', (event) => {
      this.log.push(/** @type {CustomEvent} */ (event).detail);
    });
  }

  /** The transport in use; undefined where the socket is the platform's own. */
  get transport() {
    return /** @type {{ transport?: string | null }} */ (this.socket).transport;
  }

  /** @param {() => boolean} condition @returns {Promise<void>} once it holds */
  async until(condition) {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
  }

  /**
   * @param {'open' | 'error' | 'close'} type
   * @returns {Promise<SocketEvent>} the first of this type, also one that has been
   * @throws {Error} the socket is closed, and there was none
   */
  async event(type) {
    const find = () => this.events.find((event) => event.type === type);
    await this.until(() => find() !== undefined || this.socket.readyState === this.socket.CLOSED);
    // `close` is dispatched in the turn in which the state changes.
    const event = find();
    if (event === undefined)
      throw new Error(`closed without ${type}: ${JSON.stringify([this.events, this.log])}`);
    return event;
  }

  /** @returns {Promise<string | ArrayBuffer>} the next message that nobody has taken */
  async next() {
    await this.until(() => this.messages.length > 0 || this.socket.readyState === this.socket.CLOSED);
    const message = this.messages.shift();
    if (message === undefined)
      throw new Error(`closed without a message: ${JSON.stringify([this.events, this.log])}`);
    return message;
  }

  /**
   * Sends a payload to a server that echoes.
   *
   * @param {'text' | 'binary'} type
   * @param {number} bytes
   * @returns {Promise<boolean>} whether the very same came back
   */
  async echoes(type, bytes) {
    const payload = type === 'text' ? textPayload(bytes) : binaryPayload(bytes);
    this.socket.send(payload);
    return isSame(payload, await this.next());
  }

  /** @param {number} [perTurn] how many messages are sent in one turn; default: all that is allowed, at once */
  startNumbers(perTurn) {
    this.#checker = new NumberedChecker();
    this.#sender = new NumberedSender((message) => this.socket.send(message), perTurn);
  }

  /** @param {number} total how many numbered messages may be sent by now */
  allowNumbers(total) {
    this.#sender?.allow(total);
  }

  /** @returns {NumberedReport} */
  get numbers() {
    return {
      sent: this.#sender?.sent ?? 0,
      received: this.#checker?.received ?? 0,
      mistake: this.#checker?.mistake ?? null,
    };
  }

  /** @param {Event} event */
  #record(event) {
    const { type } = event;
    const { readyState } = this.socket;
    if (event instanceof CloseEvent) {
      const { code, reason, wasClean } = event;
      this.events.push({ type: 'close', readyState, code, reason, wasClean });
    } else {
      this.events.push({ type: /** @type {'open' | 'error'} */ (type), readyState });
    }
  }
}

/**
 * @param {string | Uint8Array} sent
 * @param {string | ArrayBuffer} received
 */
function isSame(sent, received) {
  if (typeof sent === 'string' || typeof received === 'string') return sent === received;
  const bytes = new Uint8Array(received);
  return bytes.length === sent.length && bytes.every((byte, index) => byte === sent[index]);
}

globalThis.Probe = Probe;
