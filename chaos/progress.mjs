/**
 * Whether a run gets on. Counts and the time come in; for how long nothing has moved comes out. A large message on a slow machine or path
 * moves for minutes before it counts as one: so bytes that no longer wait count, too. They only count when there have never been fewer since
 * a message moved last, so that sending the same again and again is no movement.
 */

export class Progress {
  #messages = -1;
  #fewestWaitingBytes = Number.POSITIVE_INFINITY;
  #movedAtMs = 0;

  /**
   * @param {{ messages: number, waitingBytes: number }} now `messages`: sent, received and acknowledged, all together; `waitingBytes`: sent by the applications,
   *   and not handed to the network
   * @param {number} nowMs
   * @returns {number} for how long nothing has moved, in ms
   */
  idleMs({ messages, waitingBytes }, nowMs) {
    const hasMoved = messages > this.#messages;
    if (hasMoved || waitingBytes < this.#fewestWaitingBytes) {
      this.#messages = messages;
      this.#fewestWaitingBytes = waitingBytes;
      this.#movedAtMs = nowMs;
    }
    return nowMs - this.#movedAtMs;
  }
}
