import { describe, expect, test } from 'vitest';
import { SequenceCheck } from '../public/shared/sequence.js';

/** @param {number[]} numbers @param {number} [start] */
function after(numbers, start) {
  const check = new SequenceCheck();
  if (start !== undefined) check.restart(start);
  for (const n of numbers) check.observe(n);
  return check.counts();
}

describe('SequenceCheck', () => {
  test('finds nothing wrong with numbers that count up from 1', () => {
    expect(after([1, 2, 3, 4])).toEqual({ received: 4, lost: 0, repeated: 0, outOfOrder: 0 });
  });

  test('counts a gap as lost, at the beginning too', () => {
    expect(after([3, 6])).toEqual({ received: 2, lost: 4, repeated: 0, outOfOrder: 0 });
  });

  test('takes a late number out of the lost and calls it out of order', () => {
    expect(after([1, 3, 4, 2])).toEqual({ received: 4, lost: 0, repeated: 0, outOfOrder: 1 });
  });

  test('counts a number seen before as repeated and not as received', () => {
    expect(after([1, 2, 2, 1, 3])).toEqual({ received: 3, lost: 0, repeated: 2, outOfOrder: 0 });
  });

  test('calls the second coming of a late number repeated', () => {
    expect(after([1, 3, 2, 2])).toEqual({ received: 3, lost: 0, repeated: 1, outOfOrder: 1 });
  });

  test('expects whatever number it is told to start with', () => {
    expect(after([501, 502, 504], 501)).toEqual({ received: 3, lost: 1, repeated: 0, outOfOrder: 0 });
  });

  test('forgets everything on a restart', () => {
    const check = new SequenceCheck();
    for (const n of [5, 9, 9, 7]) check.observe(n);
    check.restart();
    expect(check.counts()).toEqual({ received: 0, lost: 0, repeated: 0, outOfOrder: 0 });
    expect(check.highest).toBe(0);
  });

  test('counts a gap of billions without keeping its numbers', () => {
    expect(after([1, 4_000_000_000])).toEqual({
      received: 2,
      lost: 3_999_999_998,
      repeated: 0,
      outOfOrder: 0,
    });
  });

  test('tells the highest number, not the last one', () => {
    const check = new SequenceCheck();
    for (const n of [1, 7, 3]) check.observe(n);
    expect(check.highest).toBe(7);
  });
});
