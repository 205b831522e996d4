import { Buffer } from 'node:buffer';
import { encodeFrame, OPCODE_BINARY, OPCODE_TEXT } from '@holdfast/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { forgetRepeatedFrame, repeatedFrame } from '../src/repeated-frame.ts';

beforeEach(forgetRepeatedFrame);

describe('repeatedFrame', () => {
  it('frames a payload that is sent again, once', () => {
    for (const payload of ['grüße', Buffer.from('bytes'), new Uint8Array(0), Buffer.alloc(300, 7)]) {
      expect(repeatedFrame(OPCODE_TEXT, payload)).toBeUndefined();
      const frame = repeatedFrame(OPCODE_TEXT, payload);
      expect(frame).toEqual(Buffer.from(encodeFrame(OPCODE_TEXT, Buffer.from(payload))));
      expect(repeatedFrame(OPCODE_TEXT, payload)).toBe(frame);
    }
  });

  it('frames bytes anew that have changed, and leaves the old frame as it was', () => {
    for (const length of [5, 500]) {
      const payload = Buffer.alloc(length, 1);
      repeatedFrame(OPCODE_BINARY, payload);
      const before = repeatedFrame(OPCODE_BINARY, payload);
      payload[length - 1] = 2;
      const after = repeatedFrame(OPCODE_BINARY, payload);
      expect(before?.at(-1)).toBe(1);
      expect(after?.at(-1)).toBe(2);
    }
  });

  it('tells text from binary', () => {
    const payload = Buffer.from('both');
    repeatedFrame(OPCODE_TEXT, payload);
    expect(repeatedFrame(OPCODE_BINARY, payload)).toBeUndefined();
    expect(repeatedFrame(OPCODE_BINARY, payload)?.[0]).toBe(0x82);
  });

  it('leaves alone what is long, and what another came between', () => {
    const long = Buffer.alloc(5000);
    repeatedFrame(OPCODE_BINARY, long);
    expect(repeatedFrame(OPCODE_BINARY, long)).toBeUndefined();
    repeatedFrame(OPCODE_TEXT, 'one');
    repeatedFrame(OPCODE_TEXT, 'two');
    expect(repeatedFrame(OPCODE_TEXT, 'one')).toBeUndefined();
  });
});
