import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask, readMaskingKey, writeMaskingKey } from '../src/masking.ts';
import { hex } from './feeding.ts';

/** RFC 6455 §5.3, word for word. */
function maskAsInTheRfc(payload: Uint8Array, key: Uint8Array, payloadOffset = 0): Uint8Array {
  return payload.map((octet, i) => octet ^ (key[(i + payloadOffset) % 4] as number));
}

describe('mask', () => {
  it('gives the masked "Hello" of RFC 6455 §5.7', () => {
    const payload = new Uint8Array(Buffer.from('Hello'));
    mask(payload, readMaskingKey(hex('37fa213d'), 0));
    expect(payload).toEqual(hex('7f9f4d5158'));
  });

  it('does what §5.3 says at every length from 0 to 600, at every alignment and payload offset', () => {
    const keyBytes = hex('80c1027f');
    const key = readMaskingKey(keyBytes, 0);
    for (let length = 0; length <= 600; length++) {
      for (let alignment = 0; alignment < 8; alignment++) {
        for (let payloadOffset = 0; payloadOffset < 4; payloadOffset++) {
          const memory = new Uint8Array(alignment + length);
          const payload = memory.subarray(alignment).map((_, i) => i * 7);
          memory.set(payload, alignment);
          mask(memory.subarray(alignment), key, payloadOffset);
          const expected = maskAsInTheRfc(payload, keyBytes, payloadOffset);
          if (Buffer.compare(memory.subarray(alignment), expected) !== 0) {
            expect.fail(`length ${length}, alignment ${alignment}, payload offset ${payloadOffset}`);
          }
        }
      }
    }
  });

  it('touches nothing outside the range it is given', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 1200 }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (bytes, keyBytes, a, b, payloadOffset) => {
          const [start, end] = [a % bytes.length, b % bytes.length].sort((x, y) => x - y) as [number, number];
          const expected = bytes.slice();
          expected.set(maskAsInTheRfc(bytes.slice(start, end), keyBytes, payloadOffset), start);
          mask(bytes, readMaskingKey(keyBytes, 0), payloadOffset, start, end);
          expect(Buffer.compare(bytes, expected)).toBe(0);
        },
      ),
    );
  });

  it('undoes itself, also in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.integer(), fc.nat(700), (payload, key, at) => {
        const cut = Math.min(at, payload.length);
        const masked = payload.slice();
        mask(masked, key);
        mask(masked.subarray(0, cut), key);
        mask(masked.subarray(cut), key, cut);
        expect(Buffer.compare(masked, payload)).toBe(0);
      }),
    );
  });
});

describe('a masking key', () => {
  it('is written as it was read, also with the highest bit set', () => {
    const bytes = hex('00 ff80c0f1 00');
    const target = new Uint8Array(6);
    writeMaskingKey(target, 1, readMaskingKey(bytes, 1));
    expect(target).toEqual(bytes);
  });

  it('may be any unsigned 32-bit number as well', () => {
    const target = new Uint8Array(4);
    writeMaskingKey(target, 0, 0xf4030201);
    expect(target).toEqual(hex('010203f4'));
  });
});
