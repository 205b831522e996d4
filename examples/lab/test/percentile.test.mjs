import { describe, expect, test } from 'vitest';
import { percentile } from '../public/js/percentile.js';

describe('percentile', () => {
  test('is nothing for no values', () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });

  test('is the nearest rank of values in any order', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.95)).toBe(95);
    expect(percentile(values, 0)).toBe(1);
    expect(percentile(values, 1)).toBe(100);
  });

  test('leaves its values in the order they were', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });
});
