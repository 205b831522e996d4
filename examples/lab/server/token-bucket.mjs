/**
 * Says whether somebody may go on: so many at once, and so many per second in the long run.
 *
 * Time comes in as an argument.
 */
export class TokenBucket {
  #capacity;
  #perSecond;
  #tokens;
  #atMs;

  /** @param {{ capacity: number, perSecond: number, nowMs: number }} options */
  constructor({ capacity, perSecond, nowMs }) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#tokens = capacity;
    this.#atMs = nowMs;
  }

  /**
   * Takes one token.
   *
   * @param {number} nowMs
   * @returns {boolean} false: there is none
   */
  take(nowMs) {
    const gained = ((nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + Math.max(0, gained));
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
