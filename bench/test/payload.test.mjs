import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { payloadBytes, payloadFrame } from '../load/payload.mjs';

describe('a payload', () => {
  it.each(
    /** @type {const} */ ([
      ['text', 20],
      ['binary', 1024],
      ['json', 1024],
    ]),
  )('of kind %s has the length that was asked for', (kind, bytes) => {
    expect(payloadBytes({ kind, bytes })).toHaveLength(bytes);
  });

  it('is sent compressed where it is JSON', () => {
    const payload = /** @type {const} */ ({ kind: 'json', bytes: 1024 });
    const frame = payloadFrame(payload);
    expect(frame[0]).toBe(0xc1);
    const key = frame.subarray(4, 8);
    const deflated = frame.subarray(8).map((byte, i) => byte ^ (key[i & 3] ?? 0));
    const tail = Buffer.from('0000ffff', 'hex');
    const inflated = inflateRawSync(Buffer.concat([deflated, tail]), { finishFlush: 2 });
    expect(inflated).toEqual(payloadBytes(payload));
  });
});
