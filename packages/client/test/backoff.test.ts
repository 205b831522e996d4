import { expect, it } from 'vitest';
import { Backoff } from '../src/backoff.ts';

it('pauses double from the first up to the longest', () => {
  const backoff = new Backoff(100, 750);
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([100, 200, 400, 750, 750, 750]);
});

it('pauses begin anew after a reset', () => {
  const backoff = new Backoff(100, 750);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(100);
  expect(backoff.next()).toBe(200);
});
