import { expect, it } from 'vitest';
import { percentile } from '../percentile.mjs';

it.each([
  [[5], 0.95, 5],
  [[3, 1, 2, 4], 0.5, 2],
  [Array.from({ length: 20 }, (_, i) => i + 1), 0.95, 19],
  [Array.from({ length: 21 }, (_, i) => i + 1), 0.95, 20],
  [[1, Number.POSITIVE_INFINITY], 0.95, Number.POSITIVE_INFINITY],
])('of %j the percentile %d is %d', (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});
