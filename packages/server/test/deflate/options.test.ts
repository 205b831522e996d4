import { constants } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkDeflateOptions, toDeflateOptions, toDeflateParameters } from '../../src/deflate/options.ts';

describe('toDeflateOptions', () => {
  it('is what was given', () => {
    const options = { threshold: 10 };
    expect(toDeflateOptions(options)).toBe(options);
  });

  it('is the same object for all who want the defaults, so that they share what it takes', () => {
    expect(toDeflateOptions(true)).toEqual({});
    expect(toDeflateOptions(true)).toBe(toDeflateOptions(true));
  });

  it.each([false, null, undefined])('is nothing for %s', (given) => {
    expect(toDeflateOptions(given)).toBeUndefined();
  });
});

describe('checkDeflateOptions', () => {
  it.each([undefined, true, false, 8, 15])('takes a window of %s', (bits) => {
    expect(() => checkDeflateOptions({ serverMaxWindowBits: bits, clientMaxWindowBits: bits })).not.toThrow();
  });

  it.each([7, 16, 8.5, Number.NaN])('throws a RangeError on a window of %s', (bits) => {
    expect(() => checkDeflateOptions({ serverMaxWindowBits: bits })).toThrow(RangeError);
    expect(() => checkDeflateOptions({ clientMaxWindowBits: bits })).toThrow(
      `perMessageDeflate.clientMaxWindowBits is 8 to 15, not ${bits}`,
    );
  });

  it.each(['threshold', 'concurrencyLimit', 'maxContextBytes'])(
    'takes no %s that cannot be meant',
    (name) => {
      for (const limit of [0, 1, Number.POSITIVE_INFINITY]) {
        expect(() => checkDeflateOptions({ [name]: limit })).not.toThrow();
      }
      for (const limit of [-1, Number.NaN]) {
        expect(() => checkDeflateOptions({ [name]: limit })).toThrow(RangeError);
      }
      expect(() => checkDeflateOptions({ [name]: '5' })).toThrow(TypeError);
    },
  );

  it('takes what zlib takes, and throws what it throws', () => {
    const all = { level: 9, memLevel: 1, strategy: constants.Z_RLE, chunkSize: 1024 };
    expect(() => checkDeflateOptions({ zlibDeflateOptions: all })).not.toThrow();
    for (const wrong of [{ level: 10 }, { memLevel: 0 }, { strategy: 99 }]) {
      expect(() => checkDeflateOptions({ zlibDeflateOptions: wrong })).toThrow(RangeError);
    }
  });
});

describe('toDeflateParameters', () => {
  it('takes three of the options of zlib, and its defaults', () => {
    const defaults = { level: -1, memLevel: 8, strategy: constants.Z_DEFAULT_STRATEGY };
    expect(toDeflateParameters()).toEqual(defaults);
    expect(toDeflateParameters({ level: 3, windowBits: 9, finishFlush: constants.Z_NO_FLUSH })).toEqual({
      ...defaults,
      level: 3,
    });
  });
});
