import { describe, expect, it, vi } from 'vitest';
import { InOrder, nothing } from '../../src/deflate/in-order.ts';

/** What is prepared when a test says so. */
class Preparation {
  settle: (error?: Error) => void = () => {};
  readonly prepare = (): Promise<string> =>
    new Promise((resolve, reject) => {
      this.settle = (error) => (error === undefined ? resolve('ready') : reject(error));
    });
}

function setup() {
  const [onEmpty, onError] = [vi.fn(), vi.fn()];
  const done: string[] = [];
  const queue = new InOrder(onEmpty, onError);
  const add = (name: string, prepare: () => unknown = nothing, bytes = 1) =>
    queue.add(bytes, prepare, (ready) => done.push(ready === undefined ? name : `${name} ${ready}`));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { queue, onEmpty, onError, done, add, settled };
}

describe('InOrder', () => {
  it('does everything at once while nothing takes longer', () => {
    const { queue, done, add, onEmpty } = setup();
    add('a');
    add('b', () => 'prepared');
    expect(done).toEqual(['a', 'b prepared']);
    expect([queue.isEmpty, queue.pendingBytes]).toEqual([true, 0]);
    expect(onEmpty).not.toHaveBeenCalled();
  });

  it('lets what comes behind wait for what takes longer, and begins it only then', async () => {
    const { queue, done, add, onEmpty, settled } = setup();
    const [first, third] = [new Preparation(), new Preparation()];
    const second = vi.fn(() => 'too');
    add('first', first.prepare, 10);
    add('second', second, 20);
    add('third', third.prepare, 30);
    add('fourth');
    expect([done, queue.isEmpty, queue.pendingBytes]).toEqual([[], false, 61]);
    expect(second).not.toHaveBeenCalled();
    first.settle();
    await settled();
    expect([done, queue.pendingBytes]).toEqual([['first ready', 'second too'], 31]);
    expect(onEmpty).not.toHaveBeenCalled();
    third.settle();
    await settled();
    expect(done).toEqual(['first ready', 'second too', 'third ready', 'fourth']);
    expect([queue.isEmpty, queue.pendingBytes]).toEqual([true, 0]);
    expect(onEmpty).toHaveBeenCalledOnce();
    add('fifth');
    expect(done.at(-1)).toBe('fifth');
  });

  it('keeps the order of what is added while something is done', async () => {
    const { queue, done, add, settled } = setup();
    const first = new Preparation();
    queue.add(1, first.prepare, () => add('added within'));
    add('added before');
    first.settle();
    await settled();
    expect(done).toEqual(['added before', 'added within']);
  });

  it('tells what could not be prepared, and does nothing behind it', async () => {
    const { done, add, onEmpty, onError, settled } = setup();
    const first = new Preparation();
    add('first', first.prepare);
    add('second');
    first.settle(new Error('failed'));
    await settled();
    add('third');
    await settled();
    expect(onError.mock.calls).toEqual([[new Error('failed')]]);
    expect(done).toEqual([]);
    expect(onEmpty).not.toHaveBeenCalled();
  });

  it('tells who waits that it is abandoned, once, and does nothing more', async () => {
    for (const error of [undefined, new Error('failed')]) {
      const { queue, done, onEmpty, onError, settled } = setup();
      const first = new Preparation();
      const callbacks = [vi.fn(), vi.fn()] as const;
      queue.add(5, first.prepare, () => done.push('first'), callbacks[0]);
      queue.add(5, nothing, () => done.push('second'), callbacks[1]);
      queue.abandon('over');
      for (const callback of callbacks) expect(callback.mock.calls).toEqual([[new Error('over')]]);
      expect(queue.pendingBytes).toBe(0);
      first.settle(error);
      await settled();
      expect(done).toEqual([]);
      expect([onEmpty, onError].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    }
  });
});
