import { expect, it } from 'vitest';
import { Deferred } from '../../src/stream/deferred.ts';

it('a deferred promise is settled once, from outside', async () => {
  const resolved = new Deferred<number>();
  resolved.resolve(1);
  resolved.reject(new Error('too late'));
  expect(await resolved.promise).toBe(1);
  const rejected = new Deferred<number>();
  rejected.reject(new Error('first'));
  rejected.resolve(2);
  await expect(rejected.promise).rejects.toThrow('first');
});

it('a deferred promise that nobody looks at may be rejected', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on('unhandledRejection', note);
  new Deferred<void>().reject(new Error('nobody cares'));
  // Node tells of them when all that is due in this turn is done.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
