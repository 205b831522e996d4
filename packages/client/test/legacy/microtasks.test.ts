import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOldWindow } from './old-window.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Notices changes of a text as the platform does, at the end of a turn. */
class SimulatedMutationObserver {
  private readonly callback: () => void;

  constructor(callback: () => void) {
    this.callback = callback;
  }

  observe(text: object): void {
    const { callback } = this;
    Object.defineProperty(text, 'data', { set: () => queueMicrotask(callback) });
  }
}

describe.each([
  ['promises', { Promise }, false],
  ['mutation observers', { MutationObserver: SimulatedMutationObserver }, false],
  ['timers alone', {}, true],
])('microtasks of an engine with %s', (_, globals, byTimer) => {
  let queue: (callback: () => void) => void;
  const turn = async (): Promise<void> => {
    if (byTimer) vi.advanceTimersToNextTimer();
    else for (let tick = 0; tick < 3; tick++) await Promise.resolve();
  };

  beforeEach(async () => {
    openOldWindow(globals);
    vi.stubGlobal('document', { createTextNode: () => ({}) });
    ({ legacyQueueMicrotask: queue } = await import('../../src/legacy/microtasks.ts'));
  });

  it('run in their order, those too that are queued meanwhile', async () => {
    const order: number[] = [];
    queue(() => {
      order.push(1);
      queue(() => order.push(3));
    });
    queue(() => order.push(2));
    expect(order).toEqual([]);
    await turn();
    expect(order).toEqual([1, 2, 3]);
  });

  it('run in a later turn as well', async () => {
    const callback = vi.fn();
    queue(callback);
    await turn();
    queue(callback);
    await turn();
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it('report what one throws, and run the next', async () => {
    const next = vi.fn();
    queue(() => {
      throw new Error('of the page');
    });
    queue(next);
    await turn();
    expect(next).toHaveBeenCalledOnce();
    expect(() => vi.runAllTimers()).toThrow('of the page');
  });
});
