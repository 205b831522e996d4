import { describe, expect, it } from 'vitest';
import {
  asInterface,
  clampToUnsignedShort,
  dictionary,
  isInstance,
  isSequence,
  toUsvString,
} from '../../src/stream/web-idl.ts';

it('a class as an interface has its name, and members that are enumerable', () => {
  class A {
    get member(): number {
      return 1;
    }
    method(): void {}
  }
  asInterface(A, 'Interface');
  expect(A.name).toBe('Interface');
  expect(Object.keys(A.prototype)).toEqual(['member', 'method']);
  expect(String(new A())).toBe('[object Interface]');
  expect(isInstance(new A(), 'Interface')).toBe(true);
  expect(isInstance({}, 'Interface')).toBe(false);
  expect(isInstance(undefined, 'Interface')).toBe(false);
});

it('a dictionary is an object, or nothing', () => {
  const object = { a: 1 };
  expect(dictionary(object)).toBe(object);
  expect(dictionary(undefined)).toEqual({});
  expect(dictionary(null)).toEqual({});
  for (const value of [true, 0, '', Symbol('none')]) expect(() => dictionary(value)).toThrow(TypeError);
});

describe('[Clamp] unsigned short', () => {
  it.each([
    [1000, 1000],
    ['3000', 3000],
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [2.6, 3],
    [-1, 0],
    [70_000, 65_535],
    [Number.POSITIVE_INFINITY, 65_535],
    [Number.NaN, 0],
    [null, 0],
    [{}, 0],
  ])('makes %s %s', (value, expected) => {
    expect(clampToUnsignedShort(value)).toBe(expected);
  });
});

it('a USVString has no unpaired surrogates', () => {
  expect(toUsvString('a\ud800b\udc00😀')).toBe('a\ufffdb\ufffd😀');
  expect(toUsvString(null)).toBe('null');
  expect(() => toUsvString(Symbol('none'))).toThrow(TypeError);
});

it('a sequence is an object that can be iterated', () => {
  expect(isSequence([])).toBe(true);
  expect(isSequence(new Set())).toBe(true);
  for (const value of ['text', {}, null, undefined]) expect(isSequence(value)).toBe(false);
});
