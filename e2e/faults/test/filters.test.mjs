import { describe, expect, it } from 'vitest';
import { holdAll, holdLast } from '../src/filters.mjs';

/** @param {Buffer[]} chunks */
const texts = (chunks) => chunks.map(String);

describe('holdAll', () => {
  it('gives out nothing before the end, and then everything in order', () => {
    let kept = 0;
    const filter = holdAll(() => {
      kept += 1;
    });
    expect(filter.push(Buffer.from('a'))).toEqual([]);
    expect(filter.push(Buffer.from('b'))).toEqual([]);
    expect(texts(filter.end())).toEqual(['a', 'b']);
    expect(filter.end()).toEqual([]);
    expect(kept).toBe(2);
  });
});

describe('holdLast', () => {
  it('gives out each chunk when the next one comes, and the last at the end', () => {
    const filter = holdLast(() => {});
    expect(texts(filter.push(Buffer.from('a')))).toEqual([]);
    expect(texts(filter.push(Buffer.from('b')))).toEqual(['a']);
    expect(texts(filter.push(Buffer.from('c')))).toEqual(['b']);
    expect(texts(filter.end())).toEqual(['c']);
    expect(filter.end()).toEqual([]);
  });
});
