import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { maskInto } from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import wabt from 'wabt';
import { SIMD_MASKING_WASM, simdMaskInto } from '../src/simd-masking.ts';

const BLOCK_BYTES = 64 * 1024;

describe('simdMaskInto', () => {
  it('is compiled from the text beside it', async () => {
    const text = readFileSync(new URL('../src/simd-masking.wat', import.meta.url), 'utf8');
    const module = (await wabt()).parseWat('simd-masking.wat', text, { simd: true });
    expect(SIMD_MASKING_WASM).toBe(Buffer.from(module.toBinary({}).buffer).toString('base64'));
  });

  it('does what maskInto does, at every length about its own steps, and touches nothing else', () => {
    const lengths = [
      0,
      1,
      15,
      16,
      17,
      63,
      64,
      65,
      127,
      128,
      BLOCK_BYTES - 1,
      BLOCK_BYTES,
      BLOCK_BYTES + 1,
      200_003,
    ];
    for (const length of lengths) {
      for (const payloadOffset of [0, 1, 2, 3, 70_001]) {
        const source = Buffer.from(Uint8Array.from({ length }, (_, i) => i * 7));
        const expected = Buffer.alloc(length + 20, 0xaa);
        const actual = Buffer.from(expected);
        maskInto(expected, 5, source, 0x8f12c3d4 | 0, payloadOffset);
        simdMaskInto(actual, 5, source, 0x8f12c3d4 | 0, payloadOffset);
        expect(Buffer.compare(actual, expected), `length ${length}, offset ${payloadOffset}`).toBe(0);
      }
    }
  });

  it('masks in place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer(), (payload, key) => {
        const expected = new Uint8Array(payload.length);
        maskInto(expected, 0, payload, key, 0);
        simdMaskInto(payload, 0, payload, key, 0);
        expect(Buffer.compare(payload, expected)).toBe(0);
      }),
    );
  });

  it('works in JavaScript where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const { simdMaskInto } = await import('../src/simd-masking.ts');
    const bytes = new Uint8Array(1000);
    simdMaskInto(bytes, 0, bytes, 0x04030201, 0);
    expect([...bytes.subarray(0, 5)]).toEqual([1, 2, 3, 4, 1]);
    vi.unstubAllGlobals();
  });
});
