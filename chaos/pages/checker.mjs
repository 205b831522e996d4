/**
 * Checks that the messages of one direction arrive as they were sent: each once, in order, unchanged. Messages come in, counts come
 * out; of the first mistake also what was due and what came. It goes on after a mistake, so that a run tells how much went wrong.
 */
import { identify, isSame } from './messages.mjs';

/** @typedef {import('./messages.mjs').Messages} Messages */

/**
 * @typedef {object} Tally
 * @property {number} received all that came
 * @property {number} due the number of the next
 * @property {number} missing numbers before it that have not come
 * @property {number} repeated
 * @property {number} outOfOrder came after one with a higher number
 * @property {number} corrupted of another content than was sent, or nobody's
 * @property {Mistake | null} firstMistake
 */

/**
 * @typedef {object} Mistake
 * @property {number} due the number of the message that was due
 * @property {string} came in words
 * @property {number} atMs when, in ms since 1970
 */

/** Shown of a message in the report of a mistake, in characters. */
const SHOWN_LENGTH = 60;

export class Checker {
  received = 0;
  #messages;
  #repeated = 0;
  #outOfOrder = 0;
  #corrupted = 0;
  /** The number that is due. */
  #next = 0;
  /** Passed over, and not come since. */
  /** @type {Set<number>} */
  #missing = new Set();
  /** @type {Mistake | null} */
  #firstMistake = null;

  /** @param {Messages} messages those that are to come */
  constructor(messages) {
    this.#messages = messages;
  }

  /** @param {string | Uint8Array} message */
  accept(message) {
    this.received++;
    if (isSame(message, this.#messages.at(this.#next))) {
      this.#next++;
      return;
    }
    this.#firstMistake ??= { due: this.#next, came: describe(message), atMs: Date.now() };
    const claimed = identify(message);
    const isGenuine =
      claimed?.name === this.#messages.name && isSame(message, this.#messages.at(claimed.number));
    if (!isGenuine) this.#corrupted++;
    if (claimed?.name === this.#messages.name) this.#goOnFrom(claimed.number, isGenuine);
  }

  /** @returns {Tally} */
  tally() {
    return {
      received: this.received,
      due: this.#next,
      missing: this.#missing.size,
      repeated: this.#repeated,
      outOfOrder: this.#outOfOrder,
      corrupted: this.#corrupted,
      firstMistake: this.#firstMistake,
    };
  }

  /** @param {number} number @param {boolean} isGenuine a corrupted one is not counted a second time */
  #goOnFrom(number, isGenuine) {
    if (number >= this.#next) {
      for (let missing = this.#next; missing < number; missing++) this.#missing.add(missing);
      this.#next = number + 1;
    } else if (this.#missing.delete(number)) {
      if (isGenuine) this.#outOfOrder++;
    } else if (isGenuine) {
      this.#repeated++;
    }
  }
}

/** @param {string | Uint8Array} message */
function describe(message) {
  if (message.length === 0) return typeof message === 'string' ? 'an empty text' : 'an empty binary message';
  const { name = 'nobody', number = '?' } = identify(message) ?? {};
  const kind = typeof message === 'string' ? 'text' : 'binary';
  const shown =
    typeof message === 'string'
      ? message.slice(0, SHOWN_LENGTH)
      : String.fromCharCode(...message.subarray(0, SHOWN_LENGTH));
  return `${kind} of length ${message.length}, ${name} ${number}: ${JSON.stringify(shown)}`;
}
