/**
 * Numbered messages, sent and checked by the same code at both ends: those of the chaos runs, which are text and binary, empty, short, and
 * now and then large. What carries them is not known here.
 */
import { Checker } from '../../chaos/pages/checker.mjs';
import { FIRST_LARGE, Messages } from '../../chaos/pages/messages.mjs';

/**
 * What has become of the numbered messages at one end.
 *
 * @typedef {object} NumberedReport
 * @property {number} sent
 * @property {number} received in order, before the first mistake
 * @property {string | null} mistake what came instead of what was due, the first time
 */

/** The number of the first message that is larger than what any buffer on the way holds. */
export const LARGE_NUMBER = FIRST_LARGE;

/** How long a paced sender waits between two turns, in ms: several turns in the time a reconnection takes. */
const TURN_MS = 2;

const MESSAGES = new Messages(1, 'numbers');

/** Sends numbered messages, as many as it is allowed to. */
export class NumberedSender {
  sent = 0;

  /** @type {(message: string | Uint8Array<ArrayBuffer>) => void} */
  #send;
  /** Messages in one turn; Infinity: all that is allowed, at once. */
  #perTurn;
  #allowed = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /**
   * @param {(message: string | Uint8Array<ArrayBuffer>) => void} send
   * @param {number} [perTurn]
   */
  constructor(send, perTurn = Number.POSITIVE_INFINITY) {
    this.#send = send;
    this.#perTurn = perTurn;
  }

  /** @param {number} total how many may be sent by now, counted from the first */
  allow(total) {
    this.#allowed = total;
    if (this.#timer === undefined) this.#turn();
  }

  #turn() {
    this.#timer = undefined;
    const until = Math.min(this.#allowed, this.sent + this.#perTurn);
    while (this.sent < until) this.#send(MESSAGES.at(this.sent++));
    if (this.sent < this.#allowed) this.#timer = setTimeout(() => this.#turn(), TURN_MS);
  }
}

/** Counts what comes as long as it is what is due. */
export class NumberedChecker {
  #checker = new Checker(MESSAGES);

  /** @param {string | ArrayBuffer | Uint8Array} message */
  accept(message) {
    this.#checker.accept(message instanceof ArrayBuffer ? new Uint8Array(message) : message);
  }

  get received() {
    const { due, firstMistake } = this.#checker.tally();
    return firstMistake?.due ?? due;
  }

  /** What came instead of what was due, the first time; null: all was well. */
  get mistake() {
    const { firstMistake } = this.#checker.tally();
    return firstMistake && `${firstMistake.due} was due, but what came was ${firstMistake.came}`;
  }
}
