/** Promise, as far as it is used here (ECMA-262 §27.2): `new`, `resolve` and `then`. The platform's own where there is one. */
import { legacyQueueMicrotask } from './microtasks.ts';
import { platform } from './platform.ts';

type Settle = (value: unknown) => void;

class SmallPromise {
  /** Unsettled while there is none. */
  private outcome: { readonly fulfilled: boolean; readonly value: unknown } | undefined = undefined;
  private readonly reactions: (() => void)[] = [];

  constructor(executor: (resolve: Settle, reject: Settle) => void) {
    this.settleBy(executor);
  }

  static resolve(value: unknown): SmallPromise {
    return value instanceof SmallPromise ? value : new SmallPromise((resolve) => resolve(value));
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then(onFulfilled?: unknown, onRejected?: unknown): SmallPromise {
    return new SmallPromise((resolve, reject) => {
      const react = (): void =>
        legacyQueueMicrotask(() => {
          const { fulfilled = false, value } = this.outcome ?? {};
          const handler = fulfilled ? onFulfilled : onRejected;
          if (typeof handler !== 'function') return fulfilled ? resolve(value) : reject(value);
          try {
            resolve(handler(value));
          } catch (error) {
            reject(error);
          }
        });
      if (this.outcome === undefined) this.reactions.push(react);
      else react();
    });
  }

  /** The first call of either counts. */
  private settleBy(executor: (resolve: Settle, reject: Settle) => void): void {
    let called = false;
    const once =
      (settle: Settle): Settle =>
      (value) => {
        if (called) return;
        called = true;
        settle(value);
      };
    const reject = once((value) => this.settle(false, value));
    try {
      executor(
        once((value) => this.follow(value)),
        reject,
      );
    } catch (error) {
      reject(error);
    }
  }

  /** What can be waited for is waited for. */
  private follow(value: unknown): void {
    const wait = value instanceof Object ? (value as { then?: unknown }).then : undefined;
    if (typeof wait !== 'function') this.settle(true, value);
    else legacyQueueMicrotask(() => this.settleBy((resolve, reject) => wait.call(value, resolve, reject)));
  }

  private settle(fulfilled: boolean, value: unknown): void {
    this.outcome = { fulfilled, value };
    for (const react of this.reactions.splice(0)) react();
  }
}

export const LegacyPromise: PromiseConstructor =
  platform.Promise ?? (SmallPromise as unknown as PromiseConstructor);
