import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sha256 } from '../public/js/sha256.js';

/** @param {Uint8Array} bytes */
const reference = (bytes) => createHash('sha256').update(bytes).digest('hex');

describe('Sha256', () => {
  test('digests "abc" as FIPS 180-2, appendix B.1 does', () => {
    const digest = new Sha256().update(new TextEncoder().encode('abc')).hex();
    expect(digest).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('digests nothing at all', () => {
    expect(new Sha256().hex()).toBe(reference(new Uint8Array()));
  });

  test.each([1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 65_535, 65_536, 1_000_003])(
    'agrees with node:crypto on %i bytes',
    (length) => {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + 7) % 251);
      expect(new Sha256().update(bytes).hex()).toBe(reference(bytes));
    },
  );

  test('does not care where the message is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
        const hash = new Sha256();
        for (const piece of pieces) hash.update(piece);
        expect(hash.hex()).toBe(reference(Buffer.concat(pieces)));
      }),
    );
  });

  test('reads a view into a larger buffer at its own place', () => {
    const buffer = Uint8Array.from({ length: 300 }, (_, i) => i);
    const view = buffer.subarray(13, 241);
    expect(new Sha256().update(view).hex()).toBe(reference(view));
  });
});
