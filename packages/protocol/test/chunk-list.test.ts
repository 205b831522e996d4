import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../src/bytes.ts';
import { ChunkList } from '../src/chunk-list.ts';

describe('ChunkList', () => {
  it('gives back what was pushed, in order, short and long', () => {
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 16_000, max: 17_000 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(lengths, (lengths) => {
        const chunks = lengths.map((length, index) => new Uint8Array(length).fill(index));
        const list = new ChunkList();
        for (const chunk of chunks) list.push(chunk);
        expect(list.length).toBe(lengths.reduce((sum, length) => sum + length, 0));
        expect(Buffer.compare(concatBytes(list.take()), concatBytes(chunks))).toBe(0);
      }),
    );
  });

  it('keeps a long chunk as it is', () => {
    const chunk = new Uint8Array(20_000);
    const list = new ChunkList();
    list.push(chunk);
    expect(list.take()[0]).toBe(chunk);
  });

  it('holds no large memory for the sake of a few bytes', () => {
    const list = new ChunkList();
    for (let count = 0; count < 100; count++) list.push(new Uint8Array(64 * 1024).subarray(0, 10));
    const held = list.take().reduce((sum, chunk) => sum + chunk.buffer.byteLength, 0);
    expect(held).toBeLessThanOrEqual(4 * 1000);
  });
});
