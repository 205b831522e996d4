import { describe, expect, it } from 'vitest';
import { checkDuration, checkLimit, checkWhole } from '../src/number-options.ts';

describe('checkLimit', () => {
  it.each([0, 1, 0.5, Number.POSITIVE_INFINITY, undefined, null])('takes %s', (value) => {
    expect(() => checkLimit('max', value)).not.toThrow();
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('throws a RangeError for %s', (value) => {
    expect(() => checkLimit('max', value)).toThrow(RangeError);
    expect(() => checkLimit('max', value)).toThrow(`The option "max" must be at least 0, not ${value}`);
  });

  it.each(['1', true, {}, 1n])('throws a TypeError for %s, which is no number', (value) => {
    expect(() => checkLimit('max', value as number)).toThrow(TypeError);
    expect(() => checkLimit('max', value as number)).toThrow('The option "max" must be a number');
  });

  it('holds to the least that makes sense', () => {
    expect(() => checkLimit('max', 10, 10)).not.toThrow();
    expect(() => checkLimit('max', 9, 10)).toThrow(RangeError);
  });
});

describe('checkDuration', () => {
  it.each([1, 1.5, 2 ** 31 - 1, undefined, null])('takes %s', (value) => {
    expect(() => checkDuration('time', value)).not.toThrow();
  });

  it.each([0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])('throws a RangeError for %s', (value) => {
    expect(() => checkDuration('time', value)).toThrow(RangeError);
    expect(() => checkDuration('time', value)).toThrow(
      `The option "time" must be from 1 to 2147483647 ms, not ${value}`,
    );
  });

  it('throws a TypeError for what is no number', () => {
    expect(() => checkDuration('time', '1' as unknown as number)).toThrow(TypeError);
  });

  it('takes 0 where that is said to make sense', () => {
    expect(() => checkDuration('time', 0, 0)).not.toThrow();
  });
});

describe('checkWhole', () => {
  it.each([0, 5, undefined])('takes %s', (value) => {
    expect(() => checkWhole('count', value)).not.toThrow();
  });

  it.each([0.5, Number.POSITIVE_INFINITY, 2 ** 53])('throws a RangeError for %s', (value) => {
    expect(() => checkWhole('count', value)).toThrow(RangeError);
    expect(() => checkWhole('count', value)).toThrow(
      `The option "count" must be a whole number, not ${value}`,
    );
  });
});
