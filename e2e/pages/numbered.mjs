/**
 * Numbered messages, sent and checked by the same code at both ends. Every message is a function of its number, so that a
 * checker notices a loss, a repetition, a swap and a changed byte alike. What carries them is not known here.
 */

/**
 * What has become of the numbered messages at one end.
 *
 * @typedef {object} NumberedReport
 * @property {number} sent
 * @property {number} received in order, before the first mistake
 * @property {string | null} mistake what came instead of what was due, the first time
 */

/** Every so manyth is binary; and begins with the character that the wire reserves. Primes, so that they meet. */
const EVERY_BINARY = 7;
const EVERY_TILDE = 5;

/** Lengths go up to here in a pattern that is not a multiple of anything on the wire. */
const LENGTHS = 97;

/** How long a paced sender waits between two turns, in ms: several turns in the time a reconnection takes. */
const TURN_MS = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * @param {number} number
 * @returns {string | Uint8Array<ArrayBuffer>}
 */
export function numberedMessage(number) {
  const tilde = number % EVERY_TILDE === 0 ? '~' : '';
  const text = `${tilde}${number}:${'é'.repeat(number % LENGTHS)}`;
  return number % EVERY_BINARY === 0 ? encoder.encode(text) : text;
}

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
    while (this.sent < until) this.#send(numberedMessage(this.sent++));
    if (this.sent < this.#allowed) this.#timer = setTimeout(() => this.#turn(), TURN_MS);
  }
}

/** Counts what comes as long as it is what is due. */
export class NumberedChecker {
  received = 0;
  /** What came instead of what was due, the first time; null: all was well. */
  /** @type {string | null} */
  mistake = null;

  /** @param {string | ArrayBuffer | Uint8Array} message */
  accept(message) {
    if (this.mistake !== null) return;
    const expected = numberedMessage(this.received);
    if (show(message) === show(expected)) this.received++;
    else this.mistake = `${show(expected)} was due, but ${show(message)} came`;
  }
}

/** @param {string | ArrayBuffer | Uint8Array} message */
function show(message) {
  return typeof message === 'string' ? `text ${message}` : `binary ${decoder.decode(message)}`;
}
