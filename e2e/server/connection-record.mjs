/**
 * What the server's application sees of one connection, from the first event to the last. It listens and remembers; what is done with
 * the connection is the application's, or a test's by `command`.
 *
 * @import { ServerRequest, WebSocket } from '@holdfast/server'
 * @import { ConnectionReport } from './reports.ts'
 */
import { createHash } from 'node:crypto';
import { NumberedChecker, NumberedSender } from '../pages/numbered.mjs';

/** Enough for every test that asks for single messages; of others there is the count. */
const MAX_MESSAGES_KEPT = 100;

/** What a flood lets wait to be sent, in bytes. */
const FLOOD_HIGH_WATER_BYTES = 256 * 1024;

/** How often it looks whether that has become less, in ms. */
const LOOK_AGAIN_AFTER_MS = 5;

export class ConnectionRecord {
  /** @type {WebSocket} */
  #socket;
  #origin;
  #cookie;
  #httpVersion;
  /** @type {ConnectionReport['messages'][number][]} */
  #messages = [];
  #messageCount = 0;
  /** What became of each `send` that a test has asked for, in order. */
  /** @type {string[]} */
  #outcomes = [];
  /** @type {string[]} */
  #pongs = [];
  /** @type {string[]} */
  #errors = [];
  /** @type {ConnectionReport['closes'][number][]} */
  #closes = [];
  /** @type {NumberedSender | undefined} */
  #sender = undefined;
  /** @type {NumberedChecker | undefined} */
  #checker = undefined;
  /** Messages of a flood that were sent. */
  #flooded = 0;

  /**
   * @param {WebSocket} socket
   * @param {ServerRequest} request
   */
  constructor(socket, request) {
    this.#socket = socket;
    this.#origin = request.headers.origin ?? null;
    this.#cookie = request.headers.cookie ?? null;
    this.#httpVersion = request.httpVersion;
    socket.on('message', (data, isBinary) => this.#onMessage(/** @type {Buffer} */ (data), isBinary));
    socket.on('pong', (data) => this.#pongs.push(data.toString()));
    socket.on('error', (error) => this.#errors.push(error.message));
    socket.on('close', (code, reason) => this.#closes.push({ code, reason: reason.toString() }));
  }

  /** @param {number} perTurn how many messages are sent in one turn */
  startNumbers(perTurn) {
    this.#checker = new NumberedChecker();
    this.#sender = new NumberedSender((message) => this.#socket.send(message), perTurn);
  }

  /**
   * Does what a test asks for.
   *
   * @param {string} verb
   * @param {any} argument its shape depends on the verb
   */
  command(verb, argument) {
    const socket = this.#socket;
    if (verb === 'send')
      socket.send(argument, (error) => this.#outcomes.push(error?.message ?? 'acknowledged'));
    else if (verb === 'pause') socket.pause();
    else if (verb === 'resume') socket.resume();
    else if (verb === 'ping') socket.ping(argument);
    else if (verb === 'close') socket.close(argument.code, argument.reason);
    else if (verb === 'terminate') socket.terminate();
    else if (verb === 'allow') this.#sender?.allow(argument);
    else if (verb === 'flood') this.#flood(argument.count, argument.bytes);
    else throw new Error(`unknown: ${verb}`);
  }

  /** @returns {ConnectionReport} */
  report() {
    return {
      origin: this.#origin,
      cookie: this.#cookie,
      protocol: this.#socket.protocol,
      httpVersion: this.#httpVersion,
      transport: this.#socket.transport,
      readyState: this.#socket.readyState,
      bufferedAmount: this.#socket.bufferedAmount,
      messages: this.#messages,
      messageCount: this.#messageCount,
      numbers: {
        sent: this.#sender?.sent ?? 0,
        received: this.#checker?.received ?? 0,
        mistake: this.#checker?.mistake ?? null,
      },
      outcomes: this.#outcomes,
      flooded: this.#flooded,
      pongs: this.#pongs,
      errors: this.#errors,
      closes: this.#closes,
    };
  }

  /**
   * Sends as an application does that heeds `bufferedAmount`.
   *
   * @param {number} count how many binary messages, each beginning with its number
   * @param {number} bytes of each
   */
  #flood(count, bytes) {
    while (this.#flooded < count && this.#socket.bufferedAmount < FLOOD_HIGH_WATER_BYTES) {
      const message = Buffer.alloc(bytes);
      message.writeUInt32BE(this.#flooded++);
      this.#socket.send(message);
    }
    if (this.#flooded === count || this.#socket.readyState !== this.#socket.OPEN) return;
    setTimeout(() => this.#flood(count, bytes), LOOK_AGAIN_AFTER_MS);
  }

  /**
   * @param {Buffer} data
   * @param {boolean} isBinary
   */
  #onMessage(data, isBinary) {
    this.#messageCount++;
    if (this.#checker !== undefined) {
      this.#checker.accept(isBinary ? data : data.toString());
    } else if (this.#messages.length < MAX_MESSAGES_KEPT) {
      const sha256 = createHash('sha256').update(data).digest('hex');
      this.#messages.push({ type: isBinary ? 'binary' : 'text', bytes: data.length, sha256 });
    }
  }
}
