/**
 * Middleboxes that keep bytes back: chunks go in, those that may travel on come out.
 *
 * A filter sees one response's body. `end` gives out whatever is still kept, at the body's end or when the filter
 * is taken away in the middle.
 */

/**
 * @typedef {object} Filter
 * @property {(chunk: Buffer) => Buffer[]} push
 * @property {() => Buffer[]} end
 */

/**
 * Keeps everything until the end: a proxy that buffers whole responses.
 *
 * @param {() => void} onKept called each time something is kept
 * @returns {Filter}
 */
export function holdAll(onKept) {
  /** @type {Buffer[]} */
  let kept = [];
  return {
    push(chunk) {
      kept.push(chunk);
      onKept();
      return [];
    },
    end() {
      const all = kept;
      kept = [];
      return all;
    },
  };
}

/**
 * Keeps the newest chunk until another one comes: a filter that flushes one write too late.
 *
 * @param {() => void} onKept called each time something is kept
 * @returns {Filter}
 */
export function holdLast(onKept) {
  /** @type {Buffer[]} */
  let kept = [];
  return {
    push(chunk) {
      const ready = kept;
      kept = [chunk];
      onKept();
      return ready;
    },
    end() {
      const last = kept;
      kept = [];
      return last;
    },
  };
}
