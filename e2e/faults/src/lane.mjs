/**
 * One direction of one connection: steps wait here until they are due, and happen in the order they came.
 *
 * A step is a function: write these bytes, end the stream, open the server's side. It may return a promise, and then
 * the steps behind it wait for that. Without a link, and with nothing waiting, a step happens at once, in the
 * caller's stack: a lane that delays nothing costs nothing.
 *
 * @import { Direction, Link } from './link.mjs'
 */

/** @typedef {() => void | Promise<unknown>} Step */

export class Lane {
  /** The slow network under this lane, if any. May be exchanged at any time; order is kept all the same. */
  /** @type {Link | undefined} */
  link;
  /** Called when bytes have left the lane, so that a waiting sender may go on. */
  onProgress = () => {};

  /** Bytes that have come in and not yet gone out. */
  queuedBytes = 0;

  #direction;
  /** @type {{ atMs: number, bytes: number, step: Step }[]} */
  #queue = [];
  /** When the newest step is due; later ones are never due earlier. */
  #lastAtMs = 0;
  /** The next step may not happen now: one is under way, or somebody stalled the lane. */
  #busy = false;
  #stalled = false;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Direction} direction */
  constructor(direction) {
    this.#direction = direction;
  }

  /**
   * @param {Step} step
   * @param {number} [bytes] what it puts on the wire
   * @param {number} [extraMs] how much later than the link alone would have it
   */
  push(step, bytes = 0, extraMs = 0) {
    const nowMs = performance.now();
    const arrivalMs = this.link?.arrivalMs(this.#direction, bytes, nowMs) ?? nowMs;
    this.#lastAtMs = Math.max(this.#lastAtMs, arrivalMs + extraMs);
    this.#queue.push({ atMs: this.#lastAtMs, bytes, step });
    this.queuedBytes += bytes;
    this.#run();
  }

  /** Nothing moves from now on; what comes in waits. */
  stall() {
    this.#stalled = true;
  }

  /** Ends a stall: what is due happens. */
  release() {
    this.#stalled = false;
    this.#run();
  }

  /** Forgets everything that waits. */
  clear() {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.queuedBytes = 0;
  }

  #run() {
    clearTimeout(this.#timer);
    while (!this.#busy && !this.#stalled) {
      const next = this.#queue[0];
      if (next === undefined) return;
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#run(), waitMs);
        return;
      }
      this.#queue.shift();
      this.#perform(next);
    }
  }

  /** @param {{ bytes: number, step: Step }} entry */
  #perform({ bytes, step }) {
    this.#busy = true;
    const done = step();
    if (done === undefined) {
      this.#settle(bytes);
      return;
    }
    const resume = () => {
      this.#settle(bytes);
      this.#run();
    };
    done.then(resume, resume);
  }

  /** @param {number} bytes */
  #settle(bytes) {
    this.#busy = false;
    // A lane cleared meanwhile has already forgotten these bytes.
    this.queuedBytes = Math.max(0, this.queuedBytes - bytes);
    this.onProgress();
  }
}
