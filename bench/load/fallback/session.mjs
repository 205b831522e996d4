/**
 * A session of the load over HTTP, in the words of one server: a request that waits, always, on one connection, and beside it
 * requests that send, one after the other, on another, as browsers do it. What is said is the dialect's business.
 */

import { payloadBytes } from '../payload.mjs';
import { bareHttp } from './bare-http.mjs';
import { engineIo } from './engine-io.mjs';
import { holdfast } from './holdfast.mjs';
import { openConnection } from './http-connection.mjs';
import { sockjs } from './sockjs.mjs';

/**
 * How one server is spoken to, in one session. Requests are whole, in latin1.
 *
 * @typedef {{
 *   opening: () => string,
 *   opened: (body: string) => void,
 *   poll: () => string,
 *   post: (count: number) => string,
 *   acknowledgement?: () => string | undefined,
 *   readPoll: Reader,
 *   readPost: Reader,
 * }} Dialect
 * `opened` gets the body of the answer to `opening`. `post` sends this many messages, `acknowledgement` none: it is asked for
 * from time to time, where it exists.
 */

/**
 * Counts the messages that bodies hold. `push` takes bytes `[start, end)` of a body and says how many they complete; `end` comes
 * with the end of each body.
 *
 * @typedef {{ push: (bytes: Buffer, start: number, end: number) => number, end: () => void }} Reader
 */

/** @type {Record<string, (port: number, options: { payload: string, streams: boolean }) => Dialect>} */
export const DIALECTS = { 'bare http': bareHttp, 'engine.io': engineIo, holdfast, sockjs };

/** As often as a client acknowledges what is streamed, in ms. */
const ACKNOWLEDGE_EVERY_MS = 250;

/** How many are opened at the same time. */
const OPENING_AT_ONCE = 64;

/** @typedef {{ port: number, dialect: string, streams?: boolean, payload: import('../payload.mjs').Payload }} Target */

export class PollingSession {
  /** From the server, so far. */
  messages = 0;
  /** Whether a post has not been answered yet. */
  isPosting = false;
  /** Called when some have come. */
  onMessages = () => {};
  /** Called when the server has answered a post. */
  onPosted = () => {};

  /** @type {Dialect} */
  #dialect;
  /** @type {import('./http-connection.mjs').HttpConnection[]} */
  #connections;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Dialect} dialect @param {import('./http-connection.mjs').HttpConnection[]} connections for polls, and for posts */
  constructor(dialect, connections) {
    this.#dialect = dialect;
    this.#connections = connections;
  }

  /** From now on, until it is closed, a request waits for messages. */
  start() {
    this.#poll();
    const { acknowledgement } = this.#dialect;
    if (acknowledgement === undefined) return;
    this.#timer = setInterval(() => {
      const request = this.isPosting ? undefined : acknowledgement();
      if (request !== undefined) this.#post(request);
    }, ACKNOWLEDGE_EVERY_MS);
  }

  /** Sends messages; those before have been answered. */
  /** @param {number} count */
  post(count) {
    this.#post(this.#dialect.post(count));
  }

  close() {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.close();
  }

  #poll() {
    const { readPoll } = this.#dialect;
    this.#connections[0]?.request(this.#dialect.poll(), {
      onBody: (bytes, start, end) => this.#count(readPoll.push(bytes, start, end)),
      onEnd: () => {
        readPoll.end();
        this.#poll();
      },
    });
  }

  /** @param {string} request */
  #post(request) {
    const { readPost } = this.#dialect;
    this.isPosting = true;
    this.#connections[1]?.request(request, {
      onBody: (bytes, start, end) => this.#count(readPost.push(bytes, start, end)),
      onEnd: () => {
        readPost.end();
        this.isPosting = false;
        this.onPosted();
      },
    });
  }

  /** @param {number} messages */
  #count(messages) {
    if (messages === 0) return;
    this.messages += messages;
    this.onMessages();
  }
}

/**
 * @param {Target} target
 * @param {number} count
 * @param {{ posts: boolean }} options whether they will send, so that each needs two connections
 * @returns {Promise<PollingSession[]>}
 */
export async function openSessions(target, count, { posts }) {
  /** @type {PollingSession[]} */
  const sessions = [];
  while (sessions.length < count) {
    const group = Math.min(OPENING_AT_ONCE, count - sessions.length);
    sessions.push(...(await Promise.all(Array.from({ length: group }, () => openSession(target, posts)))));
  }
  return sessions;
}

/** @param {Target} target @param {boolean} posts */
async function openSession(target, posts) {
  const { port } = target;
  const connections = await Promise.all([openConnection(port), ...(posts ? [openConnection(port)] : [])]);
  const dialect = dialectFor(target);
  await openOn(/** @type {import('./http-connection.mjs').HttpConnection} */ (connections[0]), dialect);
  return new PollingSession(dialect, connections);
}

/** @param {Target} target @returns {Dialect} of a new session */
export function dialectFor({ port, dialect, streams = false, payload }) {
  const create = DIALECTS[dialect];
  if (create === undefined) throw new Error(`Nobody speaks ${dialect}.`);
  if (payload.kind !== 'text') throw new Error('Some of the servers know text alone.');
  return create(port, { payload: payloadBytes(payload).toString('latin1'), streams });
}

/** @param {import('./http-connection.mjs').HttpConnection} connection @param {Dialect} dialect @returns {Promise<void>} */
export function openOn(connection, dialect) {
  return new Promise((resolve) => {
    let body = '';
    connection.request(dialect.opening(), {
      onBody(bytes, start, end) {
        body += bytes.toString('latin1', start, end);
      },
      onEnd() {
        dialect.opened(body);
        resolve();
      },
    });
  });
}
