import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../server/token-bucket.mjs';

describe('TokenBucket', () => {
  test('gives its capacity at once and then nothing', () => {
    const bucket = new TokenBucket({ capacity: 3, perSecond: 1, nowMs: 0 });
    expect([0, 0, 0, 0].map((nowMs) => bucket.take(nowMs))).toEqual([true, true, true, false]);
  });

  test('refills with time, up to its capacity', () => {
    const bucket = new TokenBucket({ capacity: 2, perSecond: 1, nowMs: 0 });
    bucket.take(0);
    bucket.take(0);
    expect(bucket.take(999)).toBe(false);
    expect(bucket.take(1000)).toBe(true);
    expect([60_000, 60_000, 60_000].map((nowMs) => bucket.take(nowMs))).toEqual([true, true, false]);
  });

  test('loses nothing when the clock steps back', () => {
    const bucket = new TokenBucket({ capacity: 1, perSecond: 1, nowMs: 10_000 });
    expect(bucket.take(0)).toBe(true);
    expect(bucket.take(0)).toBe(false);
  });
});
