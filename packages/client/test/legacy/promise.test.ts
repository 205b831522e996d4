import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOldWindow } from './old-window.ts';

let Small: PromiseConstructor;

beforeEach(async () => {
  openOldWindow();
  ({ LegacyPromise: Small } = await import('../../src/legacy/promise.ts'));
});

afterEach(() => vi.unstubAllGlobals());

// What is awaited is ours; the test's own promises are the platform's.
describe('a promise of an engine that has none', () => {
  it('is not the platform’s', () => {
    expect(Small).not.toBe(Promise);
  });

  it('is the platform’s where there is one', async () => {
    openOldWindow({ Promise });
    expect((await import('../../src/legacy/promise.ts')).LegacyPromise).toBe(Promise);
  });

  it('hands on its value, also to those that come later', async () => {
    const promise = new Small<string>((resolve) => setTimeout(() => resolve('value')));
    expect(await promise).toBe('value');
    expect(await promise.then((value) => `${value}!`)).toBe('value!');
    expect(await promise.then()).toBe('value');
  });

  it('hands on what is thrown', async () => {
    const failed = new Small(() => {
      throw new Error('no');
    });
    await expect(failed.then(() => 'never')).rejects.toThrow('no');
    expect(await failed.then(undefined, (error) => error.message)).toBe('no');
    await expect(
      Small.resolve(1).then(() => {
        throw new Error('later');
      }),
    ).rejects.toThrow('later');
  });

  it('waits for what it is resolved with', async () => {
    const inner = new Small<number>((resolve) => setTimeout(() => resolve(7)));
    expect(await Small.resolve(Small.resolve(inner))).toBe(7);
    expect(await new Small((resolve) => resolve(inner))).toBe(7);
    expect(await Small.resolve(1).then(() => inner)).toBe(7);
  });

  it('is settled once', async () => {
    const promise = new Small((resolve, reject) => {
      resolve(1);
      resolve(2);
      reject(new Error('no'));
    });
    expect(await promise).toBe(1);
  });

  it('calls nobody in the turn in which it is settled, and all in their order', async () => {
    const order: string[] = [];
    const promise = Small.resolve('x');
    const first = promise.then(() => order.push('first'));
    const second = promise.then(() => order.push('second'));
    order.push('at once');
    await first;
    await second;
    expect(order).toEqual(['at once', 'first', 'second']);
  });
});
