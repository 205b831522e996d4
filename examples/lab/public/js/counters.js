/**
 * The numbers of this page's messages in both directions, and what the server says of its half.
 *
 * Numbers go on when a session is lost and another begins. Both counts start anew with a server that has forgotten this
 * page, and when the visitor asks for another session.
 */
import { SequenceCheck } from '../shared/sequence.js';

/** @typedef {import('../shared/sequence.js').SequenceCounts & { sent: number }} DirectionCounts */

export class Counters {
  /** The number of the last message sent, over all sessions. */
  #lastSent = 0;
  /** The last number before the server's count began. */
  #sentBefore = 0;
  #down = new SequenceCheck();
  /** What the server last reported: of what it received, and how many it sent. */
  #report = { received: 0, lost: 0, repeated: 0, outOfOrder: 0, sent: 0 };

  /** @returns {number} the number of the next message */
  next() {
    this.#lastSent += 1;
    return this.#lastSent;
  }

  /** @param {number} n number of a message that has come */
  observe(n) {
    this.#down.observe(n);
  }

  /**
   * The server begins both counts anew: `hello` was the first message it counts, and its own next one is number 1.
   *
   * @param {number} hello
   */
  restart(hello) {
    this.#sentBefore = hello - 1;
    this.#report = { received: 0, lost: 0, repeated: 0, outOfOrder: 0, sent: 0 };
    this.#down.restart();
  }

  /** @param {Record<string, unknown>} report */
  takeReport({ received, lost, repeated, outOfOrder, sent }) {
    this.#report = {
      received: Number(received),
      lost: Number(lost),
      repeated: Number(repeated),
      outOfOrder: Number(outOfOrder),
      sent: Number(sent),
    };
  }

  /** @returns {DirectionCounts} page to server */
  get up() {
    const { received, lost, repeated, outOfOrder } = this.#report;
    return { sent: this.#lastSent - this.#sentBefore, received, lost, repeated, outOfOrder };
  }

  /** @returns {DirectionCounts} server to page; what has come was sent, even if the report is older */
  get down() {
    return { sent: Math.max(this.#report.sent, this.#down.highest), ...this.#down.counts() };
  }

  get lost() {
    return this.up.lost + this.down.lost;
  }
}
