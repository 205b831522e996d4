import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keep } from '../src/kept-bytes.ts';

describe('a copy that is kept', () => {
  it('stays as it is, whatever is kept after it and becomes of its source', () => {
    const lengths = [0, 1, 47, 48, 49, 500, 1023, 1024, 1025, 8191, 8192, 8193, 70_000];
    const expected: Buffer[] = [];
    const kept: Uint8Array[] = [];
    for (let round = 0; round < 40; round++) {
      for (const length of lengths) {
        const source = randomBytes(length);
        expected.push(Buffer.from(source));
        kept.push(keep(source));
        source.fill(0);
      }
    }
    for (const [index, copy] of kept.entries()) expect(expected[index]?.equals(copy)).toBe(true);
  });

  it('shares memory where it is short, and has its own where it is long', () => {
    expect(keep(Buffer.alloc(20)).buffer.byteLength).toBe(8192);
    expect(keep(Buffer.alloc(100_000)).buffer.byteLength).toBe(100_000);
  });
});
