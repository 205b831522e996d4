/**
 * Bytes per second over the last moments.
 */

/** The moments that count, in ms: long enough to read, short enough to feel a cut. */
const WINDOW_MS = 2000;

export class UploadSpeed {
  /** Oldest first; the first one is the last before the window. @type {{ atMs: number, bytes: number }[]} */
  #marks = [];

  /** @param {number} bytes so far @param {number} atMs */
  mark(bytes, atMs) {
    this.#marks.push({ atMs, bytes });
    while (this.#marks.length > 2 && atMs - (this.#marks[1]?.atMs ?? atMs) > WINDOW_MS) this.#marks.shift();
  }

  /** @param {number} nowMs @returns {number} */
  bytesPerSecond(nowMs) {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || nowMs === first.atMs) return 0;
    if (nowMs - last.atMs > WINDOW_MS) return 0;
    return ((last.bytes - first.bytes) * 1000) / (nowMs - first.atMs);
  }
}
