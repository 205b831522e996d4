import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeClosePayload, MAX_CLOSE_REASON_BYTES, parseClosePayload } from '../src/close.ts';
import { isValidCloseCode } from '../src/close-codes.ts';
import { hex } from './feeding.ts';

describe('parseClosePayload', () => {
  it('reads code and reason', () => {
    expect(parseClosePayload(hex('03e8 c3bc626572'))).toEqual({ code: 1000, reason: 'über' });
  });

  it('reads a code without a reason', () => {
    expect(parseClosePayload(hex('0fa0'))).toEqual({ code: 4000, reason: '' });
  });

  it('reads an empty payload as 1005', () => {
    expect(parseClosePayload(new Uint8Array(0))).toEqual({ code: 1005, reason: '' });
  });

  it('refuses a payload of one byte', () => {
    expect(() => parseClosePayload(hex('03'))).toThrow(
      expect.objectContaining({ code: 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', closeCode: 1002 }),
    );
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535])('refuses code %i', (code) => {
    expect(() => parseClosePayload(Uint8Array.of(code >> 8, code))).toThrow(
      expect.objectContaining({ code: 'WS_ERR_INVALID_CLOSE_CODE', closeCode: 1002 }),
    );
  });

  it.each(['ff', 'eda080', 'e282'])('refuses the reason %s, which is not UTF-8', (reason) => {
    expect(() => parseClosePayload(hex(`03e8${reason}`))).toThrow(
      expect.objectContaining({ code: 'WS_ERR_INVALID_UTF8', closeCode: 1007 }),
    );
  });
});

describe('encodeClosePayload', () => {
  it('says nothing without a code', () => {
    expect(encodeClosePayload()).toEqual(new Uint8Array(0));
    expect(encodeClosePayload(1005)).toEqual(new Uint8Array(0));
  });

  it('gives what parseClosePayload reads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 4999 }).filter(isValidCloseCode),
        fc.string({ unit: 'grapheme', maxLength: 10 }),
        (code, reason) => {
          fc.pre(Buffer.byteLength(reason) <= MAX_CLOSE_REASON_BYTES);
          expect(parseClosePayload(encodeClosePayload(code, reason))).toEqual({ code, reason });
        },
      ),
    );
  });

  it('takes a reason of 123 bytes, which fills a control frame, and refuses 124', () => {
    expect(encodeClosePayload(1000, `${'é'.repeat(61)}x`).length).toBe(125);
    expect(() => encodeClosePayload(1000, 'é'.repeat(62))).toThrow(
      expect.objectContaining({ name: 'UsageError', code: 'HOLDFAST_ERR_CLOSE_REASON_TOO_LONG' }),
    );
  });

  it.each([0, 999, 1004, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])('refuses code %d', (code) => {
    expect(() => encodeClosePayload(code)).toThrow(
      expect.objectContaining({ name: 'UsageError', code: 'HOLDFAST_ERR_INVALID_CLOSE_CODE' }),
    );
  });

  it('refuses a reason without a code', () => {
    expect(() => encodeClosePayload(undefined, 'because')).toThrow(
      expect.objectContaining({ code: 'HOLDFAST_ERR_INVALID_CLOSE_CODE' }),
    );
  });
});
