/**
 * A page without a network: a socket that a hub accepts, with what it was sent, decoded.
 */
import { EventEmitter } from 'node:events';
import { decodeText, encodeSlice, encodeText } from '../public/shared/envelope.js';

/** @import { Hub } from '../server/hub.mjs' */

export class FakePage extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  /** @type {string | null} */
  transport = 'websocket';
  /** @type {import('../public/shared/envelope.js').TextMessage[]} */
  received = [];
  /** @type {{ code: number | undefined, reason: string | undefined } | undefined} */
  closed;
  wasTerminated = false;
  #n = 0;

  /** @param {string} data */
  send(data) {
    this.received.push(decodeText(data));
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code, reason) {
    this.closed = { code, reason };
    this.readyState = 3;
    this.emit('close', code, reason);
  }

  terminate() {
    this.wasTerminated = true;
    this.readyState = 3;
    this.emit('close', 1006, '');
  }

  /** @param {Hub} hub @param {string} visitor @param {number} [lastNumber] of an earlier session */
  connect(hub, visitor, lastNumber = 0) {
    this.#n = lastNumber;
    hub.accept(this, /** @type {import('node:http').IncomingMessage} */ ({ url: `/lab?visitor=${visitor}` }));
    return this;
  }

  /** @param {string} [name] @param {number} [colour] */
  hello(name = 'Calm Tern', colour = 3) {
    return this.say('lab', 'hello', { name, colour });
  }

  /** @param {string} topic @param {string} type @param {Record<string, unknown>} [body] */
  say(topic, type, body) {
    this.#n += 1;
    return this.raw(encodeText(this.#n, topic, type, body));
  }

  /** @param {number} upload @param {Uint8Array} bytes */
  slice(upload, bytes) {
    this.#n += 1;
    this.emit('message', Buffer.from(encodeSlice(this.#n, upload, bytes)), true);
    return this;
  }

  /** @param {string} text */
  raw(text) {
    this.emit('message', Buffer.from(text), false);
    return this;
  }

  /** @param {string} topic @param {string} [type] */
  bodies(topic, type) {
    return this.received
      .filter((message) => message.topic === topic && (type === undefined || message.type === type))
      .map(({ body }) => body);
  }
}
