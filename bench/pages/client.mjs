/** The page of the benchmark of the client: one socket of one class, that takes or sends messages at a rate. */
import { paced } from './paced.mjs';

/** @typedef {'native' | 'relay' | 'holdfast'} Side */
/** @typedef {import('../questions/client.mjs').ClientRow} ClientRow */
/** @typedef {{ count: number, rate: number, bytes: number }} Load `rate`: messages a second; `bytes`: of each */

/** As much of a WebSocket as is used here. */
/** @typedef {Pick<WebSocket, 'binaryType' | 'onopen' | 'onmessage' | 'onclose' | 'send' | 'close'>} MeasuredSocket */

/** The platform's own: nothing replaces it in this page. */
const NativeWebSocket = WebSocket;

/**
 * The least that a class can do which is not the native one and yet an EventTarget: it hands messages on, each that comes in an event of its own.
 * What it costs is the limit for every such class, whatever else it does not do.
 *
 * @implements {MeasuredSocket}
 */
class Relay extends EventTarget {
  #native;

  /** @param {string} url */
  constructor(url) {
    super();
    this.#native = new NativeWebSocket(url);
    this.#native.onopen = () => this.dispatchEvent(new Event('open'));
    this.#native.onclose = ({ code }) => this.dispatchEvent(new CloseEvent('close', { code }));
    this.#native.onmessage = ({ data, origin }) =>
      this.dispatchEvent(new MessageEvent('message', { data, origin }));
  }

  /** @param {BinaryType} type */
  set binaryType(type) {
    this.#native.binaryType = type;
  }

  /** @param {any} listener */
  set onopen(listener) {
    this.addEventListener('open', listener);
  }

  /** @param {any} listener */
  set onmessage(listener) {
    this.addEventListener('message', listener);
  }

  /** @param {any} listener */
  set onclose(listener) {
    this.addEventListener('close', listener);
  }

  /** @param {Parameters<WebSocket['send']>[0]} data */
  send(data) {
    this.#native.send(data);
  }

  close() {
    this.#native.close();
  }
}

/** @type {Record<Side, new (url: string) => MeasuredSocket>} */
const CLASSES = { native: NativeWebSocket, relay: Relay, holdfast: globalThis.Holdfast.WebSocket };

/**
 * @param {Side} side
 * @returns {Promise<{ socket: MeasuredSocket }>} open
 */
export function open(side) {
  const socket = new CLASSES[side]('/messages');
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve({ socket });
    // Rejecting what has opened does nothing.
    socket.onclose = ({ code }) => reject(new Error(`${side}: closed with ${code}`));
  });
}

/**
 * Takes, or sends, so many messages, and returns when the last has come, or the server has had it.
 *
 * @param {{ socket: MeasuredSocket }} opened
 * @param {ClientRow} row
 * @param {Load} load
 * @returns {Promise<number>} how long it took, in ms
 */
export function run({ socket }, { direction, type }, { count, rate, bytes }) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let left = direction === 'received' ? count : 1;
    socket.onmessage = ({ data }) => {
      // As little as any application does.
      if ((data.length ?? data.byteLength) > 0 && --left === 0) resolve(performance.now() - startedMs);
    };
    socket.send(JSON.stringify({ direction, type, count, rate, bytes }));
    if (direction === 'sent') {
      const message = type === 'text' ? 'x'.repeat(bytes) : new Uint8Array(bytes);
      paced(count, rate, () => socket.send(message));
    }
  });
}

globalThis.Client = { open, run };
