import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isAtEnd, MAX_SYNCHRONOUS_BYTES, SharedInflater, TAIL } from '../../src/deflate/shared-inflater.ts';
import { deflated, json, noise } from './texts.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;

describe('a SharedInflater', () => {
  it('inflates in reference to the window that it is told, and to no message before', () => {
    const inflater = new SharedInflater();
    const window = json(1000);
    const referring = deflateRawSync(json(1000), { dictionary: window });
    expect(referring.length).toBeLessThan(50);
    expect(inflater.inflate(referring, window, NO_LIMIT)?.equals(json(1000))).toBe(true);
    expect(() => inflater.inflate(referring, undefined, NO_LIMIT)).toThrow('invalid distance too far back');
    expect(() => inflater.inflate(referring, noise(500), NO_LIMIT)).toThrow('invalid distance too far back');
    expect(inflater.inflate(referring, window, NO_LIMIT)?.equals(json(1000))).toBe(true);
  });

  it('takes the longest window that DEFLATE knows', () => {
    const window = noise(32 * 1024);
    const referring = deflateRawSync(window.subarray(0, 100), {
      dictionary: window,
      windowBits: 15,
      level: 9,
    });
    const inflated = new SharedInflater().inflate(referring, window, NO_LIMIT);
    expect(inflated?.equals(window.subarray(0, 100))).toBe(true);
  });

  it('gives up what is longer than it inflates at once', () => {
    const inflater = new SharedInflater();
    expect(inflater.inflate(deflated(json(MAX_SYNCHRONOUS_BYTES)), undefined, NO_LIMIT)).toBeUndefined();
    const short = inflater.inflate(deflated(json(MAX_SYNCHRONOUS_BYTES - 1)), undefined, NO_LIMIT);
    expect(short).toHaveLength(MAX_SYNCHRONOUS_BYTES - 1);
  });

  it('does not give up what is longer than the limit anyway', () => {
    const bomb = deflated(Buffer.alloc(10_000_000));
    const cut = new SharedInflater().inflate(bomb, undefined, 1000);
    expect(cut?.length).toBeGreaterThan(1000);
    expect(cut?.length).toBeLessThanOrEqual(MAX_SYNCHRONOUS_BYTES);
  });

  it('is as good as new after what zlib fails at', () => {
    const inflater = new SharedInflater();
    for (let round = 0; round < 3; round++) {
      expect(() => inflater.inflate(Buffer.of(7), undefined, NO_LIMIT)).toThrow(
        expect.objectContaining({ closeCode: 1007 }),
      );
      expect(inflater.inflate(deflated('good'), undefined, NO_LIMIT)?.toString()).toBe('good');
    }
  });
});

describe('isAtEnd', () => {
  it('is told by what is left unread of the tail', () => {
    expect([1, TAIL.length].map(isAtEnd)).toEqual([true, true]);
    expect([TAIL.length + 1, 1000].map(isAtEnd)).toEqual([false, false]);
    for (let unread = 0; unread < TAIL.length; unread++) {
      if (unread !== 1) expect(() => isAtEnd(unread)).toThrow('ends within a block');
    }
  });
});
