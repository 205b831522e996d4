/**
 * Where sockets come in: finds the visitor, checks each message's number, and hands it to the demo it is for.
 *
 *   socket → envelope → sequence check → demo by topic
 *
 * A page opens with `lab/hello`; the answer is `lab/welcome`, then each demo greets. What a page must not do closes its
 * socket with a reason. Knows no demo by name.
 *
 * @import { IncomingMessage } from 'node:http'
 * @import { LabSocket, Visitor } from './visitor.mjs'
 * @import { Visitors } from './visitors.mjs'
 */
import { decodeSlice, decodeText, EnvelopeError } from '../public/shared/envelope.js';
import { isVisitorId } from './fault-switches.mjs';
import { TokenBucket } from './token-bucket.mjs';

/**
 * One demo's server half. Each method is called with a visitor who has a session.
 *
 * @typedef {object} Demo
 * @property {string} topic
 * @property {(visitor: Visitor) => void} [join] the visitor has begun a session
 * @property {(visitor: Visitor, type: string, body: Record<string, unknown>) => void} [receive]
 * @property {(visitor: Visitor, upload: number, bytes: Uint8Array) => void} [receiveSlice]
 * @property {(visitor: Visitor) => void} [leave] the visitor's session has ended
 * @property {() => void} [close] the lab ends
 *
 * @typedef {LabSocket & { on(event: string, listener: (...args: any[]) => void): unknown }} HubSocket
 * The events of ws differ in their arguments, which a structural type cannot name: hence `any`.
 */

/** RFC 6455 §7.4.1, and 1013 of the IANA registry. */
const POLICY_VIOLATION = 1008;
const INVALID_DATA = 1007;
const TRY_AGAIN_LATER = 1013;

/** A session that resumes delivers at once what half a minute has piled up: 20 echoes and 60 strokes a second. */
const TEXT_BURST = 5000;
const TEXT_PER_SECOND = 300;

export class Hub {
  #visitors;
  /** @type {Map<string, Demo>} */
  #demos;

  /** @param {Visitors} visitors @param {Demo[]} demos */
  constructor(visitors, demos) {
    this.#visitors = visitors;
    this.#demos = new Map(demos.map((demo) => [demo.topic, demo]));
  }

  /** @param {HubSocket} socket @param {IncomingMessage} request */
  accept(socket, request) {
    // Its `close` event follows and says the same; without a listener the process would end.
    socket.on('error', () => {});
    const id = new URL(request.url ?? '/', 'http://lab').searchParams.get('visitor');
    if (!isVisitorId(id)) return socket.close(POLICY_VIOLATION, 'the URL names no visitor');
    const visitor = this.#visitors.find(id);
    if (visitor === undefined) return socket.close(TRY_AGAIN_LATER, 'the lab is full');
    this.#serve(socket, visitor);
  }

  close() {
    for (const demo of this.#demos.values()) demo.close?.();
  }

  /** @param {HubSocket} socket @param {Visitor} visitor */
  #serve(socket, visitor) {
    // Until it has said hello, nothing is sent to it; once another socket of the visitor has, nothing is taken from it.
    let hasJoined = false;
    const tokens = new TokenBucket({ capacity: TEXT_BURST, perSecond: TEXT_PER_SECOND, nowMs: Date.now() });

    socket.on('message', (/** @type {Uint8Array} */ data, /** @type {boolean} */ isBinary) => {
      if (hasJoined && visitor.socket !== socket) return;
      const refusal = guard(() => {
        if (isBinary) return hasJoined ? this.#takeSlice(visitor, data) : 'the first message is lab/hello';
        if (!tokens.take(Date.now())) return 'too many messages';
        const message = decodeText(Buffer.from(data).toString('utf8'));
        if (hasJoined) return this.#takeText(visitor, message);
        hasJoined = true;
        return this.#join(socket, visitor, message);
      });
      if (refusal !== undefined) socket.close(refusal.code, refusal.reason);
    });
    socket.on('close', () => this.#leave(visitor, socket));
  }

  /**
   * @param {HubSocket} socket
   * @param {Visitor} visitor
   * @param {import('../public/shared/envelope.js').TextMessage} message
   * @returns {string | undefined} what is wrong with it
   */
  #join(socket, visitor, { n, topic, type, body }) {
    if (topic !== 'lab' || type !== 'hello') return 'the first message is lab/hello';
    // A page that comes back before its old session has expired: the newest wins.
    if (visitor.socket !== undefined) this.#leave(visitor, visitor.socket);
    if (!visitor.introduce(body)) return 'a name and a colour are needed';
    visitor.socket = socket;
    // A page that ended its session by its own will left messages behind that nobody calls lost.
    const isNew = visitor.up.highest === 0 || body['anew'] === true;
    if (isNew) visitor.restart(n);
    visitor.up.observe(n);
    visitor.send('lab', 'welcome', { person: visitor.person, isNew });
    for (const demo of this.#demos.values()) demo.join?.(visitor);
    return undefined;
  }

  /**
   * @param {Visitor} visitor
   * @param {import('../public/shared/envelope.js').TextMessage} message
   * @returns {string | undefined} what is wrong with it
   */
  #takeText(visitor, { n, topic, type, body }) {
    visitor.up.observe(n);
    const demo = this.#demos.get(topic);
    if (demo?.receive === undefined) return 'there is no such topic';
    demo.receive(visitor, type, body);
    return undefined;
  }

  /**
   * @param {Visitor} visitor
   * @param {Uint8Array} data
   * @returns {undefined}
   */
  #takeSlice(visitor, data) {
    const { n, upload, bytes } = decodeSlice(data);
    visitor.up.observe(n);
    for (const demo of this.#demos.values()) demo.receiveSlice?.(visitor, upload, bytes);
    return undefined;
  }

  /** @param {Visitor} visitor @param {LabSocket} socket */
  #leave(visitor, socket) {
    if (visitor.socket !== socket) return;
    visitor.socket = undefined;
    visitor.leftAtMs = Date.now();
    if (socket.readyState <= 1) socket.terminate();
    for (const demo of this.#demos.values()) demo.leave?.(visitor);
  }
}

/**
 * @param {() => string | undefined} take
 * @returns {{ code: number, reason: string } | undefined}
 */
function guard(take) {
  try {
    const reason = take();
    return reason === undefined ? undefined : { code: POLICY_VIOLATION, reason };
  } catch (error) {
    if (error instanceof EnvelopeError) return { code: INVALID_DATA, reason: error.message };
    throw error;
  }
}
