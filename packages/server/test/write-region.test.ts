import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveBack, WriteRegion } from '../src/write-region.ts';

function fill(region: WriteRegion, bytes: readonly number[]): void {
  const at = region.reserve(bytes.length);
  region.bytes.set(bytes, at);
  region.commit(at + bytes.length);
}

describe('WriteRegion', () => {
  it('gathers what is filled in, in order', () => {
    const region = new WriteRegion();
    fill(region, [1, 2]);
    fill(region, [3]);
    expect(region.length).toBe(3);
    const taken = region.take();
    expect([...taken]).toEqual([1, 2, 3]);
    expect(region.length).toBe(0);
    giveBack(taken, true);
  });

  it('may be filled with less than was reserved', () => {
    const region = new WriteRegion();
    const at = region.reserve(100);
    region.bytes[at] = 9;
    region.commit(at + 1);
    fill(region, [8]);
    const taken = region.take();
    expect([...taken]).toEqual([9, 8]);
    giveBack(taken, true);
  });

  it('uses the same memory again when it was given back as reusable', () => {
    const region = new WriteRegion();
    fill(region, [1, 2, 3]);
    const first = region.take();
    giveBack(first, true);
    fill(region, [4, 5, 6]);
    const second = region.take();
    expect(second.byteOffset).toBe(first.byteOffset);
    expect([...first]).toEqual([4, 5, 6]);
    giveBack(second, true);
  });

  it('never touches memory again that was given back as not reusable', () => {
    const region = new WriteRegion();
    fill(region, [1, 2, 3]);
    const kept = region.take();
    giveBack(kept, false);
    for (let i = 0; i < 100_000; i++) {
      fill(region, [7, 7, 7, 7]);
      giveBack(region.take(), true);
    }
    expect([...kept]).toEqual([1, 2, 3]);
  });

  it('grows beyond a slab', () => {
    const region = new WriteRegion();
    const large = new Array<number>(300_000).fill(5);
    fill(region, [1]);
    fill(region, large);
    const taken = region.take();
    expect(taken.length).toBe(300_001);
    expect(taken[0]).toBe(1);
    expect(taken.subarray(1).every((byte) => byte === 5)).toBe(true);
    giveBack(taken, true);
  });

  it('keeps the bytes of many regions apart, however their growth interleaves', () => {
    const step = fc.record({
      writer: fc.nat(4),
      length: fc.integer({ min: 1, max: 20_000 }),
      next: fc.constantFrom('go on', 'reusable', 'kept'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const regions = Array.from({ length: 5 }, () => new WriteRegion());
        const due: number[][] = regions.map(() => []);
        const kept: { taken: Buffer; bytes: number[] }[] = [];
        let value = 0;
        for (const { writer, length, next } of steps) {
          const region = regions[writer] as WriteRegion;
          const bytes = new Array<number>(length).fill(++value % 256);
          fill(region, bytes);
          due[writer]?.push(...bytes);
          if (next === 'go on') continue;
          const taken = region.take();
          expect(taken.equals(Buffer.from(due[writer] ?? []))).toBe(true);
          if (next === 'kept') kept.push({ taken, bytes: due[writer] ?? [] });
          due[writer] = [];
          giveBack(taken, next === 'reusable');
        }
        for (const { taken, bytes } of kept) expect(taken.equals(Buffer.from(bytes))).toBe(true);
        for (const [index, region] of regions.entries()) {
          if (region.length === 0) continue;
          const taken = region.take();
          expect(taken.equals(Buffer.from(due[index] ?? []))).toBe(true);
          giveBack(taken, true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
