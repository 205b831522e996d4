/**
 * Timeouts for many: each session, held request and body has one most of the time, and nearly all are stopped before they are over. So
 * to start or stop one is an entry in a map. All of the same length are over in the order in which they were started, and share one
 * timer of Node. It is not known here what times out.
 */

/** What waits. */
export interface Waiting {
  onTimeout(): void;
}

/** All timeouts of a server. None keeps the process alive. */
export class Timeouts {
  private readonly lists: Map<number, TimeoutList> = new Map();

  /** @returns what stops it: `delete`, with the same object */
  start(waiting: Waiting, ms: number): TimeoutList {
    const wholeMs = Math.max(1, Math.ceil(ms));
    let list = this.lists.get(wholeMs);
    if (list === undefined) {
      list = new TimeoutList(wholeMs, () => this.lists.delete(wholeMs));
      this.lists.set(wholeMs, list);
    }
    list.add(waiting);
    return list;
  }
}

/** Those of one length. */
export class TimeoutList {
  private readonly ms: number;
  private readonly onEmpty: () => void;
  /** When each is over (ms, `performance.now`), the first one first. */
  private readonly dueAt: Map<Waiting, number> = new Map();
  private timer: NodeJS.Timeout | undefined = undefined;

  /** @param onEmpty called when there has been nothing for the whole length */
  constructor(ms: number, onEmpty: () => void) {
    this.ms = ms;
    this.onEmpty = onEmpty;
  }

  add(waiting: Waiting): void {
    // A whole number takes no memory of its own.
    this.dueAt.set(waiting, Math.ceil(performance.now()) + this.ms);
    if (this.timer === undefined) this.wait(this.ms);
  }

  delete(waiting: Waiting): void {
    this.dueAt.delete(waiting);
  }

  private wait(ms: number): void {
    this.timer = setTimeout(() => this.look(), ms).unref();
  }

  private look(): void {
    const now = performance.now();
    for (const [waiting, due] of this.dueAt) {
      if (due > now) {
        this.wait(Math.ceil(due - now));
        return;
      }
      this.dueAt.delete(waiting);
      try {
        waiting.onTimeout();
      } catch (error) {
        // As loud as from a timer of its own, and without taking the others with it.
        this.wait(0);
        throw error;
      }
    }
    this.timer = undefined;
    this.onEmpty();
  }
}
