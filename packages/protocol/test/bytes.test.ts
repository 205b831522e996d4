import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANNOUNCED_GROWTH_FACTOR, ByteAccumulator, concatBytes } from '../src/bytes.ts';

describe('concatBytes', () => {
  it('joins parts in their order', () => {
    const whole = concatBytes([Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]);
    expect(whole).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('of one part is a copy, not the part', () => {
    const part = Uint8Array.of(1);
    const whole = concatBytes([part]);
    part[0] = 9;
    expect(whole).toEqual(Uint8Array.of(1));
  });

  it('of a Buffer is a copy too, though Buffer.slice would not be', () => {
    const part = Buffer.from([1, 2]);
    const whole = concatBytes([part.subarray(1)]);
    part[1] = 9;
    expect(whole).toEqual(Uint8Array.of(2));
  });

  it('takes its memory where it is told to', () => {
    expect(concatBytes([Uint8Array.of(7)], (bytes) => Buffer.allocUnsafeSlow(bytes))).toEqual(
      Buffer.from([7]),
    );
  });
});

describe('ByteAccumulator', () => {
  it('gathers what was appended, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 6 }), (parts) => {
        const accumulator = new ByteAccumulator();
        for (const part of parts) accumulator.append(part, Number.POSITIVE_INFINITY);
        expect(accumulator.length).toBe(parts.reduce((sum, part) => sum + part.length, 0));
        expect(Buffer.compare(accumulator.take(), concatBytes(parts))).toBe(0);
      }),
    );
  });

  it('allocates once, and just enough, when the first piece is most of what is expected', () => {
    const allocations: number[] = [];
    const accumulator = new ByteAccumulator(recording(allocations));
    accumulator.append(new Uint8Array(65_522), 65_536);
    accumulator.append(new Uint8Array(14), 65_536);
    expect(accumulator.take().length).toBe(65_536);
    expect(allocations).toEqual([65_536]);
  });

  it('never allocates more than four times what has arrived, however much is announced', () => {
    const allocations: number[] = [];
    const accumulator = new ByteAccumulator(recording(allocations));
    for (let received = 10_000; received <= 1_000_000; received += 10_000) {
      accumulator.append(new Uint8Array(10_000), 2 ** 52);
      expect(allocations.at(-1)).toBeLessThanOrEqual(4 * received);
    }
    expect(allocations.length).toBeLessThan(6);
  });

  it('grows by another factor where it is told to', () => {
    const allocations: number[] = [];
    const accumulator = new ByteAccumulator(recording(allocations), ANNOUNCED_GROWTH_FACTOR);
    for (let received = 10_000; received <= 1_000_000; received += 10_000) {
      accumulator.append(new Uint8Array(10_000), 1_000_000);
    }
    expect(allocations).toEqual([160_000, 1_000_000]);
  });

  it('keeps nothing of its sources', () => {
    const accumulator = new ByteAccumulator();
    const reused = Uint8Array.of(1, 2);
    accumulator.append(reused, 4);
    reused.fill(9);
    accumulator.append(reused, 4);
    expect(accumulator.take()).toEqual(Uint8Array.of(1, 2, 9, 9));
  });

  it('hands out no small array that holds a large one in memory', () => {
    const accumulator = new ByteAccumulator();
    accumulator.append(Uint8Array.of(1, 2, 3), Number.POSITIVE_INFINITY);
    expect(accumulator.take().buffer.byteLength).toBe(3);
  });
});

function recording(allocations: number[]) {
  return (bytes: number): Uint8Array => {
    allocations.push(bytes);
    return new Uint8Array(bytes);
  };
}
