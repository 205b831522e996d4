import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSlice,
  decodeText,
  EnvelopeError,
  encodeSlice,
  encodeText,
} from '../public/shared/envelope.js';
import { MAX_MESSAGE_BYTES, SLICE_BYTES } from '../public/shared/limits.js';

describe('A text envelope', () => {
  test('carries number, topic, type and body', () => {
    const text = encodeText(17, 'chat', 'say', { text: 'Grüße 🌊' });
    expect(decodeText(text)).toEqual({ n: 17, topic: 'chat', type: 'say', body: { text: 'Grüße 🌊' } });
  });

  test('has an empty body if none is given', () => {
    expect(decodeText(encodeText(1, 'board', 'clear')).body).toEqual({});
  });

  test.each([
    ['', 'JSON'],
    ['{', 'JSON'],
    ['null', 'object'],
    ['[1]', 'object'],
    ['{"topic":"chat","type":"say","body":{}}', 'n is'],
    ['{"n":0,"topic":"chat","type":"say","body":{}}', 'n is'],
    ['{"n":1.5,"topic":"chat","type":"say","body":{}}', 'n is'],
    ['{"n":4294967296,"topic":"chat","type":"say","body":{}}', 'n is'],
    ['{"n":1,"topic":7,"type":"say","body":{}}', 'topic'],
    ['{"n":1,"topic":"chat","body":{}}', 'type'],
    ['{"n":1,"topic":"chat","type":"say"}', 'body'],
    ['{"n":1,"topic":"chat","type":"say","body":[]}', 'body'],
  ])('refuses %j and says why', (text, reason) => {
    expect(() => decodeText(text)).toThrow(EnvelopeError);
    expect(() => decodeText(text)).toThrow(reason);
  });
});

describe('A slice envelope', () => {
  test('carries number, upload and any bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 0xffff_ffff }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.uint8Array(),
        (n, upload, bytes) => {
          expect(decodeSlice(encodeSlice(n, upload, bytes))).toEqual({ n, upload, bytes });
        },
      ),
    );
  });

  test('is read at its own place in a larger buffer', () => {
    const message = encodeSlice(3, 9, Uint8Array.of(1, 2, 3));
    const buffer = new Uint8Array(message.byteLength + 10);
    buffer.set(message, 5);
    const decoded = decodeSlice(buffer.subarray(5, 5 + message.byteLength));
    expect(decoded).toEqual({ n: 3, upload: 9, bytes: Uint8Array.of(1, 2, 3) });
  });

  test('of the largest size is within what the server takes', () => {
    expect(encodeSlice(1, 1, new Uint8Array(SLICE_BYTES)).byteLength).toBeLessThan(MAX_MESSAGE_BYTES);
  });

  test('is refused when it is shorter than its header or has no number', () => {
    expect(() => decodeSlice(new Uint8Array(7))).toThrow(EnvelopeError);
    expect(() => decodeSlice(new Uint8Array(8))).toThrow(EnvelopeError);
  });
});
