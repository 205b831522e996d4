/**
 * Keeps the order of what is done one after the other while some of it takes longer than a call, since it is compressed in a
 * thread. As long as nothing does, everything is done at once. What is done, the caller says.
 */
import type { SendCallback } from '../channel.ts';

interface Waiting {
  readonly bytes: number;
  /** Returns a promise where it takes longer than the call. */
  readonly act: () => void | Promise<void>;
  readonly callback: SendCallback | undefined;
}

export class InOrder {
  private readonly onEmpty: () => void;
  private readonly onError: (error: Error) => void;
  /** The first is under way. */
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  private isAbandoned = false;

  /**
   * @param onEmpty nothing waits any more
   * @param onError something could not be prepared: what is behind it will not be done
   */
  constructor(onEmpty: () => void, onError: (error: Error) => void) {
    this.onEmpty = onEmpty;
    this.onError = onError;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Of what waits. */
  get pendingBytes(): number {
    return this.waitingBytes;
  }

  /**
   * Does something in its turn.
   *
   * @param prepare gives what it needs, or a promise of it
   * @param use does it, unless everything was abandoned meanwhile
   * @param callback called if it is abandoned
   */
  add<Ready>(
    bytes: number,
    prepare: () => Ready | Promise<Ready>,
    use: (ready: Ready) => unknown,
    callback?: SendCallback,
  ): void {
    const act = (): void | Promise<void> => {
      const ready = prepare();
      if (ready instanceof Promise) {
        return ready.then((later) => {
          if (!this.isAbandoned) use(later);
        });
      }
      use(ready);
      return undefined;
    };
    const isFirst = this.isEmpty;
    const acting = isFirst ? act() : undefined;
    if (isFirst && acting === undefined) return;
    this.waiting.push({ bytes, act, callback });
    this.waitingBytes += bytes;
    if (acting !== undefined) void this.run(acting);
  }

  /** Calls back whoever waits; nothing more will be done. */
  abandon(reason: string): void {
    this.isAbandoned = true;
    this.waitingBytes = 0;
    for (const { callback } of this.waiting.splice(0)) callback?.(new Error(reason));
  }

  /** Until nothing waits. */
  private async run(first: Promise<void>): Promise<void> {
    let acting: void | Promise<void> = first;
    try {
      do {
        if (acting !== undefined) await acting;
        if (this.isAbandoned) return;
        this.waitingBytes -= this.waiting.shift()?.bytes ?? 0;
        acting = this.waiting[0]?.act();
      } while (!this.isEmpty);
      this.onEmpty();
    } catch (error) {
      if (!this.isAbandoned) this.onError(error as Error);
    }
  }
}

/** For what needs no preparation. */
export function nothing(): void {}
