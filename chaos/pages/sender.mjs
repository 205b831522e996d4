/**
 * Sends the messages of one direction at a steady rate on average, in bursts, and never more than the other side takes: while too much
 * waits, it waits too. So that faults meet messages under way during the whole of a run, and buffers stay bounded.
 */

/** @typedef {import('./messages.mjs').Message} Message */
/** @typedef {import('./messages.mjs').Messages} Messages */

/** Between two turns, in ms, at random. The longest pauses let a path fall idle. */
const TURN_MS = [1, 40];

/** In one turn at most: a page stays responsive. */
const MOST_PER_TURN = 2000;

export class Sender {
  sent = 0;
  /** Payload that waited, at most, in the unit of `waiting`. */
  mostWaiting = 0;
  #messages;
  #options;
  #startedAtMs = performance.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;

  /**
   * Begins at once.
   *
   * @param {Messages} messages
   * @param {object} options
   * @param {(message: Message) => void} options.send
   * @param {() => number} options.waiting bytes that were sent and are under way still
   * @param {number} options.mostWaiting from here it waits
   * @param {number} options.total how many to send
   * @param {number} options.perSecond
   */
  constructor(messages, options) {
    this.#messages = messages;
    this.#options = options;
    this.#turn();
  }

  get isDone() {
    return this.sent >= this.#options.total;
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #turn() {
    const { send, waiting, mostWaiting, total, perSecond } = this.#options;
    const elapsedS = (performance.now() - this.#startedAtMs) / 1000;
    const until = Math.min(total, Math.floor(elapsedS * perSecond), this.sent + MOST_PER_TURN);
    while (this.sent < until && waiting() < mostWaiting) {
      send(this.#messages.at(this.sent++));
      this.mostWaiting = Math.max(this.mostWaiting, waiting());
    }
    if (this.isDone) return;
    const [least = 0, most = 0] = TURN_MS;
    this.#timer = setTimeout(() => this.#turn(), least + Math.random() * (most - least));
  }
}
