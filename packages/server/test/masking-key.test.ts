import { writeMaskingKey } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { maskingKeysFrom, randomMaskingKey } from '../src/masking-key.ts';

describe('randomMaskingKey', () => {
  it('is another each time', () => {
    // More than are drawn from the system at once; two equal ones among so few would be odd.
    const keys = new Set(Array.from({ length: 3000 }, randomMaskingKey));
    expect(keys.size).toBeGreaterThan(2990);
  });
});

describe('maskingKeysFrom', () => {
  it('lets the function fill the four bytes of each key', () => {
    let filled = 0;
    const next = maskingKeysFrom((key) => {
      expect(key).toHaveLength(4);
      key.set([++filled, 0xff, 0x80, 4]);
    });
    for (const first of [1, 2]) {
      const onTheWire = Buffer.alloc(4);
      writeMaskingKey(onTheWire, 0, next());
      expect(onTheWire).toEqual(Buffer.from([first, 0xff, 0x80, 4]));
    }
  });
});
