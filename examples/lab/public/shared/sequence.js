/**
 * Checks the numbers of the messages of one direction, and says what the path did to them.
 *
 * Numbers come in, four counts come out. A gap is *lost* until its number turns up after all, which then is *out of
 * order*; a number seen before is *repeated*. Each message is counted once:
 * sent = received + lost + what is still on its way.
 */

/** Numbers remembered as missing. Beyond it they stay lost for good, so that a hostile gap costs no memory. */
const MAX_TRACKED_GAPS = 10_000;

/** @typedef {{ received: number, lost: number, repeated: number, outOfOrder: number }} SequenceCounts */

export class SequenceCheck {
  #received = 0;
  #repeated = 0;
  #outOfOrder = 0;
  /** The highest number seen: all below it are received, lost, or before the start. */
  #highest = 0;
  /** Numbers up to the highest that have not come. @type {Set<number>} */
  #missing = new Set();
  /** Missing numbers that found no room in the set. */
  #forgotten = 0;

  /** The highest number that has come, 0 before the first. */
  get highest() {
    return this.#highest;
  }

  /** @param {number} n the number that has just come */
  observe(n) {
    if (n > this.#highest) {
      this.#skipTo(n);
      this.#received += 1;
    } else if (this.#missing.delete(n)) {
      this.#received += 1;
      this.#outOfOrder += 1;
    } else {
      this.#repeated += 1;
    }
  }

  /**
   * Forgets all counts and expects `n` next: the other end has begun a new count.
   * @param {number} [n]
   */
  restart(n = 1) {
    this.#received = 0;
    this.#repeated = 0;
    this.#outOfOrder = 0;
    this.#highest = n - 1;
    this.#missing.clear();
    this.#forgotten = 0;
  }

  /** @returns {SequenceCounts} */
  counts() {
    return {
      received: this.#received,
      lost: this.#missing.size + this.#forgotten,
      repeated: this.#repeated,
      outOfOrder: this.#outOfOrder,
    };
  }

  /** @param {number} n */
  #skipTo(n) {
    const gap = n - this.#highest - 1;
    const tracked = Math.min(gap, MAX_TRACKED_GAPS - this.#missing.size);
    for (let missing = n - tracked; missing < n; missing += 1) this.#missing.add(missing);
    this.#forgotten += gap - tracked;
    this.#highest = n;
  }
}
