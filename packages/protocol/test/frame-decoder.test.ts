import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProtocolError } from '../src/errors.ts';
import { FrameDecoder, type FrameDecoderOptions } from '../src/frame-decoder.ts';
import {
  encodeFrame,
  encodeFrameHeader,
  type Frame,
  OPCODE_BINARY,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from '../src/frames.ts';
import { byteByByte, bytesUntilError, cutAt, feed, hex, waysToFeed } from './feeding.ts';

const UNMASKED: FrameDecoderOptions = { expectMasked: false };
const MASKED: FrameDecoderOptions = { expectMasked: true };
const PING = hex('8900');
const MASKED_PING = hex('898000000000');

/** As a plain value, so that a payload equals another whatever memory it stands in. */
function plain(frames: readonly Frame[]) {
  return frames.map((frame) => ({ ...frame, payload: Buffer.from(frame.payload).toString('hex') }));
}

function expectFrames(options: FrameDecoderOptions, stream: Uint8Array, expected: readonly Frame[]): void {
  for (const chunks of waysToFeed(stream)) {
    const decoder = new FrameDecoder(options);
    const { output, error } = feed(decoder, chunks);
    expect(error).toBeUndefined();
    expect(plain(output)).toEqual(plain(expected));
    expect(decoder.isBetweenFrames).toBe(true);
  }
  // With trailing bytes: the beginning of a next frame changes nothing about those before it.
  const decoder = new FrameDecoder(options);
  const { output } = feed(decoder, [Buffer.concat([stream, Uint8Array.of(0x81)])]);
  expect(plain(output)).toEqual(plain(expected));
  expect(decoder.isBetweenFrames).toBe(false);
}

describe('the frame decoder reads the examples of RFC 6455 §5.7:', () => {
  const hello = Buffer.from('Hello');
  const frame = (opcode: number, payload: Uint8Array, fin = true): Frame => ({
    fin,
    rsv1: false,
    opcode,
    payload,
  });

  it('a single-frame unmasked text message', () => {
    expectFrames(UNMASKED, hex('810548656c6c6f'), [frame(OPCODE_TEXT, hello)]);
  });

  it('a single-frame masked text message', () => {
    expectFrames(MASKED, hex('818537fa213d7f9f4d5158'), [frame(OPCODE_TEXT, hello)]);
  });

  it('a fragmented unmasked text message', () => {
    expectFrames(UNMASKED, hex('010348656c 80026c6f'), [
      frame(OPCODE_TEXT, Buffer.from('Hel'), false),
      frame(OPCODE_CONTINUATION, Buffer.from('lo')),
    ]);
  });

  it('an unmasked Ping and a masked Pong', () => {
    expectFrames(UNMASKED, hex('890548656c6c6f'), [frame(OPCODE_PING, hello)]);
    expectFrames(MASKED, hex('8a8537fa213d7f9f4d5158'), [frame(OPCODE_PONG, hello)]);
  });

  it('256 bytes and 64 KiB of binary', () => {
    const short = new Uint8Array(256).map((_, i) => i);
    const long = new Uint8Array(65_536).map((_, i) => i * 3);
    expectFrames(UNMASKED, Buffer.concat([hex('827e0100'), short]), [frame(OPCODE_BINARY, short)]);
    expectFrames(UNMASKED, Buffer.concat([hex('827f0000000000010000'), long]), [frame(OPCODE_BINARY, long)]);
  });
});

describe('the frame decoder', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536])('reads a payload of %i bytes, masked and not', (length) => {
    const payload = new Uint8Array(length).map((_, i) => i * 31);
    const expected: Frame = { fin: true, rsv1: false, opcode: OPCODE_BINARY, payload };
    expectFrames(UNMASKED, encodeFrame(OPCODE_BINARY, payload), [expected]);
    expectFrames(MASKED, encodeFrame(OPCODE_BINARY, payload, { maskingKey: 0x8f3c_5a01 }), [expected]);
  });

  it('reads back any row of frames, however it is cut', () => {
    const anyFrame = fc.record({
      fin: fc.boolean(),
      rsv1: fc.boolean(),
      opcode: fc.constantFrom(OPCODE_TEXT, OPCODE_BINARY),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc
          .integer({ min: 60_000, max: 70_000 })
          .map((length) => new Uint8Array(length).map((_, i) => i * 13)),
      ),
      maskingKey: fc.integer(),
    });
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (frames, cuts) => {
          const stream = Buffer.concat(
            frames.map(({ opcode, payload, ...options }) => encodeFrame(opcode, payload, options)),
          );
          const positions = cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b);
          const decoder = new FrameDecoder({ expectMasked: true, allowRsv1: true });
          const { output, error } = feed(decoder, cutAt(stream, positions));
          expect(error).toBeUndefined();
          const expected = frames.map(({ fin, rsv1, opcode, payload }) => ({ fin, rsv1, opcode, payload }));
          expect(plain(output)).toEqual(plain(expected));
          expect(decoder.isBetweenFrames).toBe(true);
        },
      ),
    );
  });

  it('keeps the order of chunks pushed before the first of them was read', () => {
    const stream = Buffer.concat([
      encodeFrame(OPCODE_TEXT, Buffer.from('first')),
      encodeFrame(OPCODE_TEXT, Buffer.from('second')),
      encodeFrame(OPCODE_TEXT, Buffer.from('third')),
    ]);
    const decoder = new FrameDecoder(UNMASKED);
    const nextText = () => Buffer.from(decoder.next()?.payload ?? []).toString();
    for (const chunk of cutAt(stream, [3, 9, 9, 17])) decoder.push(chunk);
    expect(nextText()).toBe('first');
    decoder.push(encodeFrame(OPCODE_TEXT, Buffer.from('fourth')));
    expect(decoder.isBetweenFrames).toBe(false);
    expect([nextText(), nextText(), nextText()]).toEqual(['second', 'third', 'fourth']);
    expect(decoder.next()).toBeUndefined();
    expect(decoder.isBetweenFrames).toBe(true);
  });

  it('keeps the order of chunks when one is pushed just after the frame that ends the first was read', () => {
    const decoder = new FrameDecoder(UNMASKED);
    decoder.push(encodeFrame(OPCODE_TEXT, Buffer.from('1')));
    decoder.push(encodeFrame(OPCODE_TEXT, Buffer.from('2')));
    const first = decoder.next();
    const { output } = feed(decoder, [encodeFrame(OPCODE_TEXT, Buffer.from('3'))]);
    expect([first, ...output].map((frame) => Buffer.from(frame?.payload ?? []).toString())).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('hands out a frame that lies in one chunk as a view of it, unmasked in place', () => {
    const chunk = hex('818537fa213d7f9f4d5158');
    const decoder = new FrameDecoder(MASKED);
    decoder.push(chunk);
    expect(decoder.next()?.payload.buffer).toBe(chunk.buffer);
    expect(chunk.subarray(6)).toEqual(new Uint8Array(Buffer.from('Hello')));
  });

  it('keeps nothing of a chunk it has read to its end, so that the same memory can be filled again', () => {
    const frames = [0, 5, 126, 200].map((length) =>
      encodeFrame(OPCODE_BINARY, new Uint8Array(length).fill(length), { maskingKey: 0x1234_5678 }),
    );
    for (let chunkBytes = 1; chunkBytes < 60; chunkBytes++) {
      const decoder = new FrameDecoder(MASKED);
      const memory = new Uint8Array(chunkBytes);
      const stream = Buffer.concat(frames);
      const payloads: Buffer[] = [];
      for (let at = 0; at < stream.length; at += chunkBytes) {
        const part = stream.subarray(at, at + chunkBytes);
        memory.fill(0xee);
        memory.set(part);
        decoder.push(memory.subarray(0, part.length));
        for (let frame = decoder.next(); frame; frame = decoder.next())
          payloads.push(Buffer.from(frame.payload));
      }
      expect(payloads).toEqual([0, 5, 126, 200].map((length) => Buffer.alloc(length, length)));
    }
  });

  it('takes memory for a payload in pieces where it is told to', () => {
    const decoder = new FrameDecoder({ ...UNMASKED, allocate: (bytes) => Buffer.allocUnsafeSlow(bytes) });
    const { output } = feed(decoder, cutAt(hex('810548656c6c6f'), [4]));
    expect(output[0]?.payload).toEqual(Buffer.from('Hello'));
  });

  it('allocates by what has arrived, not by what a header announces', () => {
    const allocations: number[] = [];
    const decoder = new FrameDecoder({
      ...UNMASKED,
      allocate: (bytes) => {
        allocations.push(bytes);
        return new Uint8Array(bytes);
      },
    });
    feed(decoder, [encodeFrameHeader(OPCODE_BINARY, 2 ** 50), new Uint8Array(10_000)]);
    expect(Math.max(...allocations)).toBeLessThanOrEqual(160_000);
  });

  it('shows what has come of an unfinished frame, unmasked', () => {
    const decoder = new FrameDecoder(MASKED);
    const stream = encodeFrame(OPCODE_TEXT, Buffer.from('Hello'), { fin: false, maskingKey: 0x3d21_fa37 });
    feed(decoder, [stream.slice(0, 5)]);
    expect(decoder.unfinished).toBeUndefined();
    const shown: Frame[] = [];
    for (const byte of stream.slice(5)) {
      feed(decoder, [Uint8Array.of(byte)]);
      if (decoder.unfinished !== undefined) shown.push(decoder.unfinished);
    }
    expect(shown.map((frame) => Buffer.from(frame.payload).toString())).toEqual([
      '',
      'H',
      'He',
      'Hel',
      'Hell',
    ]);
    expect(shown[0]).toMatchObject({ fin: false, rsv1: false, opcode: OPCODE_TEXT });
  });

  it('ignores everything once told to discard', () => {
    const decoder = new FrameDecoder(UNMASKED);
    decoder.push(Buffer.concat([PING, PING]));
    expect(decoder.next()?.opcode).toBe(OPCODE_PING);
    decoder.discard();
    expect(decoder.next()).toBeUndefined();
    expect(feed(decoder, [hex('ffffffff')])).toEqual({ output: [], error: undefined });
  });
});

/** name, options, the bytes up to the one that tells, and the error's code and close code */
const VIOLATIONS: [string, FrameDecoderOptions, string, string, number][] = [
  ['RSV1 without an extension', UNMASKED, 'c1', 'WS_ERR_UNEXPECTED_RSV_1', 1002],
  ['RSV2', UNMASKED, 'a1', 'WS_ERR_UNEXPECTED_RSV_2_3', 1002],
  ['RSV3', UNMASKED, '91', 'WS_ERR_UNEXPECTED_RSV_2_3', 1002],
  ['RSV2 though RSV1 is allowed', { ...UNMASKED, allowRsv1: true }, 'e1', 'WS_ERR_UNEXPECTED_RSV_2_3', 1002],
  ['RSV1 on a continuation', { ...UNMASKED, allowRsv1: true }, 'c0', 'WS_ERR_UNEXPECTED_RSV_1', 1002],
  ['RSV1 on a control frame', { ...UNMASKED, allowRsv1: true }, 'c9', 'WS_ERR_UNEXPECTED_RSV_1', 1002],
  ...['83', '84', '85', '86', '87', '8b', '8c', '8d', '8e', '8f'].map(
    (byte): [string, FrameDecoderOptions, string, string, number] => [
      `reserved opcode ${byte[1]}`,
      UNMASKED,
      byte,
      'WS_ERR_INVALID_OPCODE',
      1002,
    ],
  ),
  ['a fragmented Close', UNMASKED, '08', 'WS_ERR_EXPECTED_FIN', 1002],
  ['a fragmented Ping', UNMASKED, '09', 'WS_ERR_EXPECTED_FIN', 1002],
  ['a fragmented Pong', UNMASKED, '0a', 'WS_ERR_EXPECTED_FIN', 1002],
  ['a masked frame where none is due', UNMASKED, '8180', 'WS_ERR_UNEXPECTED_MASK', 1002],
  ['an unmasked frame where masking is due', MASKED, '8100', 'WS_ERR_EXPECTED_MASK', 1002],
  ['a Close of 126 bytes', UNMASKED, '887e', 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  ['a Ping of 126 bytes', MASKED, '89fe', 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  ['a Pong with a 64-bit length', UNMASKED, '8a7f', 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  ['125 bytes in a 16-bit length', UNMASKED, '827e007d', 'HOLDFAST_ERR_INVALID_LENGTH_ENCODING', 1002],
  ['0 bytes in a 16-bit length', MASKED, '82fe0000', 'HOLDFAST_ERR_INVALID_LENGTH_ENCODING', 1002],
  [
    '65535 bytes in a 64-bit length',
    UNMASKED,
    '827f000000000000ffff',
    'HOLDFAST_ERR_INVALID_LENGTH_ENCODING',
    1002,
  ],
  [
    'a length with its most significant bit set',
    UNMASKED,
    '827f8000000000010000',
    'HOLDFAST_ERR_INVALID_LENGTH_ENCODING',
    1002,
  ],
  ['a length of 2^53', MASKED, '82ff0020000000000000', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 1009],
  [
    'a payload longer than allowed, in 7 bits',
    { ...MASKED, maxPayloadBytes: 10 },
    '828b',
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    1009,
  ],
  [
    'a payload longer than allowed, in 16 bits',
    { ...MASKED, maxPayloadBytes: 1000 },
    '82fe03e9',
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    1009,
  ],
  [
    'a payload longer than allowed, in 64 bits',
    { ...UNMASKED, maxPayloadBytes: 65_536 },
    '827f0000000000010001',
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    1009,
  ],
];

describe('the frame decoder refuses', () => {
  it.each(VIOLATIONS)('%s', (_name, options, bytes, code, closeCode) => {
    const expected = expect.objectContaining({ name: 'ProtocolError', code, closeCode });
    const validFrame = options.expectMasked ? MASKED_PING : PING;
    const stream = Buffer.concat([validFrame, hex(bytes)]);
    for (const chunks of [...waysToFeed(stream), [new Uint8Array(Buffer.concat([stream, validFrame]))]]) {
      const { output, error } = feed(new FrameDecoder(options), chunks);
      expect(error).toEqual(expected);
      expect(output.map((frame) => frame.opcode)).toEqual([OPCODE_PING]);
    }
    // Not one byte later than it can be known.
    expect(bytesUntilError(new FrameDecoder(options), stream)).toBe(stream.length);
  });

  it('everything after a violation, with the same error', () => {
    const decoder = new FrameDecoder(UNMASKED);
    const { error } = feed(decoder, [hex('83')]);
    expect(() => decoder.push(PING)).toThrow(error as ProtocolError);
    expect(() => decoder.next()).toThrow(error as ProtocolError);
  });

  it('no payload of exactly the length allowed', () => {
    const decoder = new FrameDecoder({ ...UNMASKED, maxPayloadBytes: 200 });
    const { output, error } = feed(decoder, byteByByte(encodeFrame(OPCODE_BINARY, new Uint8Array(200))));
    expect(error).toBeUndefined();
    expect(output).toHaveLength(1);
  });

  it('no control frame for the limit on data', () => {
    const decoder = new FrameDecoder({ ...UNMASKED, maxPayloadBytes: 0 });
    expect(feed(decoder, [encodeFrame(OPCODE_PING, new Uint8Array(125))]).output).toHaveLength(1);
  });
});
