/** How long what never happens is waited for, and how much nothing holds up. */
export const UNLIMITED: number = Number.POSITIVE_INFINITY;

/** One thing that is to be done later, or not at all. */
export class Timer {
  private id: ReturnType<typeof setTimeout> | undefined;

  get isRunning(): boolean {
    return this.id !== undefined;
  }

  /** Instead of what was to be done. @param delayMs default: at once, in a turn of its own */
  schedule(delayMs: number | undefined, act: () => void): void {
    this.stop();
    this.id = setTimeout(() => {
      this.id = undefined;
      act();
    }, delayMs);
  }

  stop(): void {
    clearTimeout(this.id);
    this.id = undefined;
  }
}
