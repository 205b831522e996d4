/** Pauses that double each time, from the first up to the longest. */
export class Backoff {
  private readonly firstMs: number;
  private readonly longestMs: number;
  private ms: number;

  constructor(firstMs: number, longestMs: number) {
    this.firstMs = firstMs;
    this.longestMs = longestMs;
    this.ms = firstMs;
  }

  /** The pause that is due now, in ms. */
  next(): number {
    const { ms } = this;
    this.ms = Math.min(ms * 2, this.longestMs);
    return ms;
  }

  /** The next pause is the first again. */
  reset(): void {
    this.ms = this.firstMs;
  }
}
