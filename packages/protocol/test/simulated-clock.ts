/**
 * Time and chance of a simulation: a clock that jumps from event to event, and random numbers that follow from a seed. So a
 * run of minutes takes no time, and every run can be repeated.
 */

/** A call that waits for its time. */
interface Event {
  readonly at: number;
  /** Events of the same time happen in the order in which they were asked for. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** More events at one time than this are a loop. */
const MAX_EVENTS_AT_ONCE = 10_000;

/** More in one run are, too. */
const MAX_EVENTS = 500_000;

export class SimulatedClock {
  /** In ms. Not 0 at the beginning, as no real clock is. */
  now = 1_000;

  /** A binary heap: the next event first. */
  private readonly events: Event[] = [];
  private scheduled = 0;
  private happened = 0;

  /** @returns a function that takes the event back */
  after(delayMs: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, delayMs), order: this.scheduled++, run };
    this.push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Lets time pass until nothing is left to happen or `untilMs` is reached. */
  runUntil(untilMs: number): void {
    let atOnce = 0;
    for (let event = this.events[0]; event !== undefined && event.at <= untilMs; event = this.events[0]) {
      this.pop();
      if (event.run === undefined) continue;
      atOnce = event.at > this.now ? 0 : atOnce + 1;
      if (atOnce > MAX_EVENTS_AT_ONCE) throw new Error(`Time stands still at ${this.now} ms`);
      if (++this.happened > MAX_EVENTS) throw new Error(`Too much happens until ${this.now} ms`);
      this.now = event.at;
      event.run();
    }
  }

  /** How many events are left that nobody took back. */
  get waiting(): number {
    return this.events.filter(({ run }) => run !== undefined).length;
  }

  private push(event: Event): void {
    const { events } = this;
    let at = events.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, events[parent] as Event)) break;
      events[at] = events[parent] as Event;
      at = parent;
    }
    events[at] = event;
  }

  private pop(): void {
    const { events } = this;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child++;
      if (!isBefore(events[child] as Event, last)) break;
      events[at] = events[child] as Event;
      at = child;
    }
    events[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Random numbers from a seed (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** From 0 to below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)] as T;
  }
}
