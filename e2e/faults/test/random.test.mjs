import { describe, expect, it } from 'vitest';
import { seededRandom } from '../src/random.mjs';

/** @param {number} seed @param {number} count */
function draw(seed, count) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
}

describe('seededRandom', () => {
  it('gives the same numbers for the same seed', () => {
    expect(draw(7, 20)).toEqual(draw(7, 20));
  });

  it('gives other numbers for a neighbouring seed', () => {
    expect(draw(7, 5)).not.toEqual(draw(8, 5));
  });

  it.each([-1, 0, 1, 2 ** 32, 123_456_789])('stays in 0..1 and spreads evenly from seed %d', (seed) => {
    const numbers = draw(seed, 10_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
  });
});
