/**
 * One slow network: says when bytes handed in now arrive at the other end.
 *
 * Bandwidth is a queue that all connections of the rule share: bytes leave one after the other, at the rate, and then
 * travel for the delay and a random bit more. Holds no bytes and no timers; time comes in as an argument.
 *
 * @import { LinkSpec } from './types.ts'
 */
import { seededRandom } from './random.mjs';

/** @typedef {'up' | 'down'} Direction */

/** What may be under way on a link without a bandwidth: a generous TCP window. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** What a link with a bandwidth may have queued, in seconds of its rate, as a router's buffer does. */
const QUEUE_S = 0.25;
const LEAST_QUEUE_BYTES = 64 * 1024;
/** Bytes are handed on in portions of about this duration, so that a slow link trickles instead of leaping. */
const PORTION_S = 0.02;
/** A full TCP segment on Ethernet; smaller portions would only cost time. */
const LEAST_PORTION_BYTES = 1460;

export class Link {
  /** When each direction has sent all that was handed in, in ms. Never falls. */
  #idleAtMs = { up: 0, down: 0 };
  #spec;
  #random;

  /** @param {Required<LinkSpec>} spec */
  constructor(spec) {
    this.#spec = spec;
    this.#random = seededRandom(spec.seed);
  }

  /** What setting up a TCP connection costs before its first request, in ms. */
  get connectMs() {
    return this.#spec.connectMs;
  }

  /**
   * @param {Direction} direction
   * @param {number} bytes
   * @param {number} nowMs
   * @returns {number} the time of arrival, in ms
   */
  arrivalMs(direction, bytes, nowMs) {
    const bytesPerMs = this.#bytesPerS(direction) / 1000;
    const startMs = Math.max(nowMs, this.#idleAtMs[direction]);
    const sentMs = bytesPerMs === 0 ? nowMs : startMs + bytes / bytesPerMs;
    if (bytesPerMs > 0) this.#idleAtMs[direction] = sentMs;
    const delayMs = direction === 'up' ? this.#spec.upMs : this.#spec.downMs;
    return sentMs + delayMs + this.#random() * this.#spec.jitterMs;
  }

  /**
   * How many bytes of one connection may be under way before its sender has to wait.
   *
   * @param {Direction} direction
   */
  windowBytes(direction) {
    const bytesPerS = this.#bytesPerS(direction);
    if (bytesPerS === 0) return WINDOW_BYTES;
    const delayMs = direction === 'up' ? this.#spec.upMs : this.#spec.downMs;
    return Math.max(LEAST_QUEUE_BYTES, bytesPerS * (delayMs / 1000 + QUEUE_S));
  }

  /**
   * The largest portion that should travel as one.
   *
   * @param {Direction} direction
   */
  portionBytes(direction) {
    const bytesPerS = this.#bytesPerS(direction);
    return bytesPerS === 0 ? Infinity : Math.max(LEAST_PORTION_BYTES, Math.ceil(bytesPerS * PORTION_S));
  }

  /** @param {Direction} direction */
  #bytesPerS(direction) {
    return 1024 * (direction === 'up' ? this.#spec.upKibps : this.#spec.downKibps);
  }
}
