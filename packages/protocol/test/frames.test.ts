import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  encodeFrameHeader,
  type FrameOptions,
  frameHeaderLength,
  isControlOpcode,
  isKnownOpcode,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
  writeFrame,
  writeFrameHeader,
} from '../src/frames.ts';
import { readMaskingKey } from '../src/masking.ts';
import { hex } from './feeding.ts';

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** RFC 6455 §5.7 prints only the headers of the last two, and no others have a payload of that length. */
const RFC_EXAMPLES: [name: string, frame: string, opcode: number, payload: Uint8Array, FrameOptions][] = [
  ['a single-frame unmasked text message', '810548656c6c6f', OPCODE_TEXT, utf8('Hello'), {}],
  [
    'a single-frame masked text message',
    '818537fa213d7f9f4d5158',
    OPCODE_TEXT,
    utf8('Hello'),
    { maskingKey: readMaskingKey(hex('37fa213d'), 0) },
  ],
  ['the first fragment of a text', '010348656c', OPCODE_TEXT, utf8('Hel'), { fin: false }],
  ['the last fragment of a text', '80026c6f', OPCODE_CONTINUATION, utf8('lo'), {}],
  ['an unmasked Ping', '890548656c6c6f', OPCODE_PING, utf8('Hello'), {}],
  [
    'a masked Pong',
    '8a8537fa213d7f9f4d5158',
    OPCODE_PONG,
    utf8('Hello'),
    { maskingKey: readMaskingKey(hex('37fa213d'), 0) },
  ],
  [
    '256 bytes of binary in a single frame',
    `827e0100${'07'.repeat(256)}`,
    OPCODE_BINARY,
    new Uint8Array(256).fill(7),
    {},
  ],
  [
    '64 KiB of binary in a single frame',
    `827f0000000000010000${'07'.repeat(65_536)}`,
    OPCODE_BINARY,
    new Uint8Array(65_536).fill(7),
    {},
  ],
];

describe('encodeFrame', () => {
  it.each(RFC_EXAMPLES)(
    'gives the example of RFC 6455 §5.7: %s',
    (_name, frame, opcode, payload, options) => {
      expect(Buffer.compare(encodeFrame(opcode, payload, options), hex(frame))).toBe(0);
    },
  );

  it('uses the shortest encoding of every length at which it changes', () => {
    const headers = [0, 1, 125, 126, 127, 65_535, 65_536].map((length) =>
      Buffer.from(
        encodeFrame(OPCODE_BINARY, new Uint8Array(length)).subarray(0, frameHeaderLength(length)),
      ).toString('hex'),
    );
    expect(headers).toEqual([
      '8200',
      '8201',
      '827d',
      '827e007e',
      '827e007f',
      '827effff',
      '827f0000000000010000',
    ]);
  });

  it('sets FIN unless told otherwise, and RSV1 only when told', () => {
    const firstByte = (options?: FrameOptions) => encodeFrame(OPCODE_TEXT, utf8('x'), options)[0];
    expect(firstByte()).toBe(0x81);
    expect(firstByte({ fin: true, rsv1: true })).toBe(0xc1);
    expect(firstByte({ fin: false, rsv1: true })).toBe(0x41);
    expect(firstByte({ fin: false })).toBe(0x01);
  });

  it('masks with the key 0, which is a key like others', () => {
    expect(encodeFrame(OPCODE_TEXT, utf8('x'), { maskingKey: 0 })).toEqual(hex('818100000000 78'));
  });

  it('leaves the payload of its caller as it is when it masks', () => {
    const payload = utf8('Hello');
    encodeFrame(OPCODE_TEXT, payload, { maskingKey: 0x01020304 });
    expect(payload).toEqual(utf8('Hello'));
  });
});

describe('encodeFrameHeader', () => {
  it('gives what encodeFrame puts before the payload', () => {
    fc.assert(
      fc.property(
        fc.nat(70_000),
        fc.boolean(),
        fc.option(fc.integer(), { nil: undefined }),
        (length, fin, maskingKey) => {
          const options = { fin, maskingKey };
          const header = encodeFrameHeader(OPCODE_BINARY, length, options);
          const frame = encodeFrame(OPCODE_BINARY, new Uint8Array(length), options);
          expect(header.length).toBe(frameHeaderLength(length, maskingKey !== undefined));
          expect(Buffer.compare(header, frame.subarray(0, frame.length - length))).toBe(0);
        },
      ),
    );
  });

  it('writes lengths of more than 32 bits', () => {
    expect(encodeFrameHeader(OPCODE_BINARY, 2 ** 32 + 1)).toEqual(hex('827f 0000000100000001'));
    expect(encodeFrameHeader(OPCODE_BINARY, Number.MAX_SAFE_INTEGER)).toEqual(hex('827f 001fffffffffffff'));
  });
});

describe('writeFrame', () => {
  it('packs frames one behind the other, and leaves the rest of the target alone', () => {
    const target = new Uint8Array(16).fill(0xee);
    let offset = writeFrame(target, 1, OPCODE_TEXT, utf8('Hi'));
    offset = writeFrame(target, offset, OPCODE_PING, utf8(''), { maskingKey: 0x04030201 });
    expect(offset).toBe(11);
    expect(target).toEqual(hex('ee 81024869 898001020304 eeeeeeeeee'));
  });

  it('fits into a target that it fills exactly', () => {
    const target = new Uint8Array(131);
    expect(writeFrame(target, 1, OPCODE_BINARY, new Uint8Array(126))).toBe(131);
  });

  it('refuses a target that is one byte short, and writes nothing', () => {
    const target = new Uint8Array(130);
    expect(() => writeFrame(target, 1, OPCODE_BINARY, new Uint8Array(126).fill(1))).toThrow(
      expect.objectContaining({ name: 'UsageError', code: 'HOLDFAST_ERR_BUFFER_TOO_SMALL' }),
    );
    expect(target).toEqual(new Uint8Array(130));
  });
});

describe('writeFrameHeader', () => {
  it('refuses a target that ends within the header', () => {
    expect(() => writeFrameHeader(new Uint8Array(3), 0, OPCODE_BINARY, 126)).toThrow(
      expect.objectContaining({ code: 'HOLDFAST_ERR_BUFFER_TOO_SMALL' }),
    );
  });
});

describe('a frame that RFC 6455 does not know', () => {
  const refused = expect.objectContaining({ name: 'UsageError', code: 'HOLDFAST_ERR_INVALID_FRAME' });

  it.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, -1, Number.NaN])('is not encoded: opcode %d', (opcode) => {
    expect(() => encodeFrame(opcode, new Uint8Array(0))).toThrow(refused);
  });

  it.each([OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG])(
    'is not encoded: a bad control frame, opcode %d',
    (opcode) => {
      expect(encodeFrame(opcode, new Uint8Array(125)).length).toBe(127);
      expect(() => encodeFrame(opcode, new Uint8Array(126))).toThrow(refused);
      expect(() => encodeFrame(opcode, new Uint8Array(0), { fin: false })).toThrow(refused);
      expect(() => encodeFrame(opcode, new Uint8Array(0), { rsv1: true })).toThrow(refused);
    },
  );

  it.each([-1, 0.5, 2 ** 53, Number.NaN])('is not encoded: a payload of %d bytes', (length) => {
    expect(() => writeFrameHeader(new Uint8Array(20), 0, OPCODE_BINARY, length)).toThrow(refused);
  });
});

describe('opcodes', () => {
  it('are known or reserved as RFC 6455 §11.8 says', () => {
    const all = Array.from({ length: 16 }, (_, opcode) => opcode);
    expect(all.filter(isKnownOpcode)).toEqual([0, 1, 2, 8, 9, 10]);
    expect(all.filter(isKnownOpcode).filter(isControlOpcode)).toEqual([8, 9, 10]);
  });
});
