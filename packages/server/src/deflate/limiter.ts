/** Bounds how many tasks are under way at once. The others wait for their turn. */

export class Limiter {
  private readonly limit: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param limit how many at once; `Infinity` for no limit */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Starts `task` as soon as there is room for it: now, or when others are done. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.running < this.limit) this.running++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next(); // in the same place
    }
  }
}
