/**
 * Moves one direction's bytes from where they come to where they go, through a filter and a lane.
 *
 * source -> filter (may keep bytes) -> budget (may cut) -> lane (may delay) -> `write`. The source is paused while
 * too much is under way, so a reader that stops stops its writer. Knows bytes only: heads are the prelude, a step that goes
 * ahead of the first byte.
 *
 * @import { Readable, Writable } from 'node:stream'
 * @import { Filter } from './filters.mjs'
 * @import { Direction } from './link.mjs'
 * @import { Lane, Step } from './lane.mjs'
 */

/**
 * `passing`: bytes and the end go through. `muted`: the end alone goes through. `closed`: nothing more goes in, what is
 * under way arrives. `vanished`: nothing arrives any more.
 *
 * @typedef {'passing' | 'muted' | 'closed' | 'vanished'} FlowState
 */

/** What may wait for a slow reader where no link is in between: what Node's own pipes keep. */
const WINDOW_BYTES = 64 * 1024;

export class Flow {
  /** @type {FlowState} */
  state = 'passing';

  /** @type {Filter | undefined} */
  #filter;
  /** Goes ahead of the first byte; undefined once it is on its way. */
  /** @type {(() => void) | undefined} */
  #prelude;
  /** Bytes that may still pass before `onSpent`. */
  #budgetBytes = Infinity;
  /** @type {Step} */
  #onSpent = () => {};
  /** @type {Readable | undefined} */
  #source;
  #direction;
  #lane;
  #write;
  #end;
  #onMoved;

  /**
   * @param {object} ends
   * @param {Direction} ends.direction
   * @param {Lane} ends.lane
   * @param {(chunk: Buffer) => void | Promise<unknown>} ends.write delivers; a promise holds up what follows
   * @param {Step} ends.end delivers the end
   * @param {() => void} ends.onMoved called whenever bytes come in
   */
  constructor({ direction, lane, write, end, onMoved }) {
    this.#direction = direction;
    this.#lane = lane;
    this.#write = write;
    this.#end = end;
    this.#onMoved = onMoved;
  }

  /**
   * Puts a step ahead of the bytes.
   *
   * @param {Step} step
   * @param {object} [how]
   * @param {number} [how.bytes] what it puts on the wire
   * @param {number} [how.extraMs] how much later than the link has it
   * @param {boolean} [how.held] it waits for the first byte, or the end, to come out of the filter
   */
  begin(step, { bytes = 0, extraMs = 0, held = false } = {}) {
    this.#prelude = () => {
      this.#prelude = undefined;
      this.#lane.push(step, bytes, extraMs);
      if (this.#budgetBytes === 0) this.#spend();
    };
    if (!held) this.#prelude();
  }

  /** @param {Readable} source */
  attach(source) {
    this.#source = source;
    this.#lane.onProgress = () => this.#throttle();
    source.on('data', (/** @type {Buffer} */ chunk) => this.push(chunk));
    source.on('end', () => this.finish());
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    if (this.state !== 'passing') return;
    this.#onMoved();
    for (const ready of this.#filter?.push(chunk) ?? [chunk]) this.#emit(ready);
    this.#throttle();
  }

  /**
   * The source has ended, well or (with another last step) badly.
   *
   * @param {Step} [lastStep]
   */
  finish(lastStep = this.#end) {
    if (this.#isClosed()) return;
    this.setFilter(undefined);
    // A budget spent by what the filter had kept has already ended things its own way.
    if (this.#isClosed()) return;
    this.state = 'closed';
    this.#lane.push(lastStep);
  }

  /**
   * Replaces the filter; what the old one kept goes on.
   *
   * @param {Filter | undefined} filter
   */
  setFilter(filter) {
    const kept = this.#filter?.end() ?? [];
    this.#filter = filter;
    for (const chunk of kept) this.#emit(chunk);
    // A head that was held had only the filter to wait for.
    if (filter === undefined) this.#prelude?.();
  }

  /**
   * Lets so many more bytes arrive, then `onSpent` happens and nothing else.
   *
   * @param {number} bytes
   * @param {Step} onSpent
   */
  setBudget(bytes, onSpent) {
    this.#budgetBytes = bytes;
    this.#onSpent = onSpent;
  }

  /** From now on bytes are dropped; the end still goes through. */
  mute() {
    if (this.state === 'passing') this.state = 'muted';
    this.#source?.resume();
  }

  /** From now on nothing comes in; what is under way arrives. */
  close() {
    if (this.state !== 'vanished') this.state = 'closed';
    this.#source?.resume();
  }

  /** From now on nothing arrives. The source is read on, so that its sender notices nothing. */
  vanish() {
    this.state = 'vanished';
    this.#lane.clear();
    this.#source?.resume();
  }

  /** @param {Buffer} chunk */
  #emit(chunk) {
    if (this.state !== 'passing') return;
    this.#prelude?.();
    const portionBytes = this.#lane.link?.portionBytes(this.#direction) ?? Infinity;
    const allowed = chunk.subarray(0, this.#budgetBytes);
    for (let at = 0; at < allowed.length; at += portionBytes) {
      const portion = allowed.subarray(at, Math.min(allowed.length, at + portionBytes));
      this.#lane.push(() => this.#write(portion), portion.length);
    }
    this.#budgetBytes -= allowed.length;
    if (this.#budgetBytes === 0) this.#spend();
  }

  #isClosed() {
    return this.state === 'closed' || this.state === 'vanished';
  }

  #spend() {
    if (this.state !== 'passing') return;
    this.close();
    this.#lane.push(this.#onSpent);
  }

  #throttle() {
    if (this.#source === undefined || this.#source.readableEnded || this.#source.destroyed) return;
    const windowBytes = this.#lane.link?.windowBytes(this.#direction) ?? WINDOW_BYTES;
    const full = this.state === 'passing' && this.#lane.queuedBytes >= windowBytes;
    if (full && !this.#source.isPaused()) this.#source.pause();
    else if (!full && this.#source.isPaused()) this.#source.resume();
  }
}

/**
 * Writes to a stream, and says when it will take more.
 *
 * @param {Writable} sink
 * @param {Buffer} chunk
 * @returns {void | Promise<void>}
 */
export function writeTo(sink, chunk) {
  if (sink.destroyed || sink.writableEnded || sink.write(chunk)) return;
  return new Promise((resolve) => {
    const done = () => {
      sink.off('drain', done);
      sink.off('close', done);
      resolve();
    };
    sink.on('drain', done);
    sink.on('close', done);
  });
}
