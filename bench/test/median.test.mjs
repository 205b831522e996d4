import { expect, it } from 'vitest';
import { median } from '../median.mjs';

it.each([
  [[7], 7],
  [[3, 1], 2],
  [[10, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});
