import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeClosePayload } from '../src/close.ts';
import { maxDeflatedBytes } from '../src/frame-decoder.ts';
import {
  encodeFrame,
  encodeFrameHeader,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from '../src/frames.ts';
import { type DecodedEvent, MessageDecoder, type MessageDecoderOptions } from '../src/messages.ts';
import { byteByByte, bytesUntilError, cutAt, feed, hex, waysToFeed } from './feeding.ts';

const UNMASKED: MessageDecoderOptions = { expectMasked: false };
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

const text = (content: string, fin = true) => encodeFrame(OPCODE_TEXT, bytesOf(content), { fin });
const binary = (content: string, fin = true) => encodeFrame(OPCODE_BINARY, bytesOf(content), { fin });
const more = (content: string, fin = true) => encodeFrame(OPCODE_CONTINUATION, bytesOf(content), { fin });
const ping = (content: string) => encodeFrame(OPCODE_PING, bytesOf(content));
const pong = (content: string) => encodeFrame(OPCODE_PONG, bytesOf(content));
const close = (code?: number, reason?: string) => encodeFrame(OPCODE_CLOSE, encodeClosePayload(code, reason));
const row = (...frames: Uint8Array[]) => new Uint8Array(Buffer.concat(frames));

/** One line per event: its type and what it holds, a Close as `close 1000 reason`. */
function line(event: DecodedEvent): string {
  if (event.type === 'close') return `close ${event.code} ${event.reason}`.trimEnd();
  return `${event.type} ${Buffer.from(event.data).toString()}`.trimEnd();
}

function expectEvents(stream: Uint8Array, expected: readonly string[], options = UNMASKED): void {
  for (const chunks of waysToFeed(stream)) {
    const { output, error } = feed(new MessageDecoder(options), chunks);
    expect(error).toBeUndefined();
    expect(output.map(line)).toEqual(expected);
  }
}

describe('the message decoder', () => {
  it('gives text and binary messages in order', () => {
    expectEvents(row(text('Hello'), binary('\0'), text('')), ['text Hello', 'binary \0', 'text']);
  });

  it('puts fragments together, empty ones too', () => {
    expectEvents(row(text('', false), more('Hel', false), more('', false), more('lo', false), more('')), [
      'text Hello',
    ]);
    expectEvents(row(binary('a', false), more('b')), ['binary ab']);
    expectEvents(row(text('', false), more('')), ['text']);
  });

  it('says where the fragments of a binary message end, of those that are not compressed', () => {
    const decoder = new MessageDecoder({ expectMasked: false, allowRsv1: true });
    const ends = (stream: Uint8Array): unknown => {
      decoder.push(stream);
      const event = decoder.next();
      return event !== undefined && 'fragmentEnds' in event ? event.fragmentEnds : 'no message';
    };
    expect(ends(row(binary('ab', false), more('', false), more('c', false), more('de')))).toEqual([2, 2, 3]);
    expect(ends(binary('whole'))).toBeUndefined();
    expect(ends(row(text('a', false), more('b')))).toBeUndefined();
    expect(ends(row(hex('420161'), more('b')))).toBeUndefined();
  });

  it('lets control frames through between fragments, before the message is complete', () => {
    const stream = row(
      text('Hel', false),
      ping('1'),
      more('l', false),
      pong(''),
      ping('2'),
      more('o'),
      text('x'),
    );
    expectEvents(stream, ['ping 1', 'pong', 'ping 2', 'text Hello', 'text x']);
  });

  it('begins each message anew', () => {
    expectEvents(row(text('ä', false), more('ö'), binary('b', false), more('b'), text('c')), [
      'text äö',
      'binary bb',
      'text c',
    ]);
  });

  it('lets a Close through between fragments, and gives nothing after it', () => {
    expectEvents(row(text('Hel', false), close(1000, 'bye'), more('lo'), hex('ffff')), ['close 1000 bye']);
  });

  it('gives 1005 for a Close without a code', () => {
    expectEvents(close(), ['close 1005']);
  });

  it('gives code and reason of a Close', () => {
    expectEvents(close(4999, 'größer'), ['close 4999 größer']);
  });

  it('gives back any row of messages, however it is fragmented, masked, interleaved and cut', () => {
    const anyMessage = fc.record({
      type: fc.constantFrom<'text' | 'binary'>('text', 'binary'),
      content: fc
        .string({ unit: 'binary', maxLength: 200 })
        .map((content) => Buffer.from(content).toString()),
      fragmentCuts: fc.array(fc.nat(), { maxLength: 4 }),
      pings: fc.boolean(),
      maskingKey: fc.integer(),
    });
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (messages, cuts) => {
          const frames: Uint8Array[] = [];
          const expected: string[] = [];
          for (const { type, content, fragmentCuts, pings, maskingKey } of messages) {
            const payload = bytesOf(content);
            const positions = fragmentCuts.map((cut) => cut % (payload.length + 1)).sort((a, b) => a - b);
            const fragments = cutAt(payload, positions);
            for (const [index, fragment] of fragments.entries()) {
              const opcode = index > 0 ? OPCODE_CONTINUATION : type === 'text' ? OPCODE_TEXT : OPCODE_BINARY;
              const fin = index === fragments.length - 1;
              if (pings) {
                frames.push(encodeFrame(OPCODE_PING, bytesOf('p'), { maskingKey }));
                expected.push('ping p');
              }
              frames.push(encodeFrame(opcode, fragment, { fin, maskingKey }));
            }
            expected.push(line({ type, data: payload, compressed: false }));
          }
          const stream = row(...frames);
          const chunks = cutAt(
            stream,
            cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b),
          );
          const decoder = new MessageDecoder({ expectMasked: true });
          const { output, error } = feed(decoder, chunks);
          expect(error).toBeUndefined();
          expect(output.map(line)).toEqual(expected);
          expect(decoder.isBetweenMessages).toBe(true);
        },
      ),
    );
  });

  it('gives large messages in one and in many frames, in chunks of 64 KiB', () => {
    const payload = new Uint8Array(3_000_000).map((_, i) => i ^ (i >> 8));
    const maskingKey = 0x7755_33f1;
    const fragments = cutAt(payload, [1, 400_000, 400_001, 2_000_000]).map((fragment, index) =>
      encodeFrame(index === 0 ? OPCODE_BINARY : OPCODE_CONTINUATION, fragment, {
        fin: index === 4,
        maskingKey,
      }),
    );
    const stream = row(encodeFrame(OPCODE_BINARY, payload, { maskingKey }), ...fragments);
    const positions = Array.from({ length: Math.floor(stream.length / 65_536) }, (_, i) => (i + 1) * 65_536);
    const { output } = feed(new MessageDecoder({ expectMasked: true }), cutAt(stream, positions));
    expect(output).toHaveLength(2);
    for (const event of output) {
      if (event.type !== 'binary') expect.fail(event.type);
      expect(Buffer.compare(event.data, payload)).toBe(0);
    }
  });

  it('hands out a message that lies in one chunk as a view of it', () => {
    const chunk = text('Hello');
    const { output } = feed(new MessageDecoder(UNMASKED), [chunk]);
    expect(output[0]).toEqual({ type: 'text', data: chunk.subarray(2), compressed: false });
    expect((output[0] as { data: Uint8Array }).data.buffer).toBe(chunk.buffer);
  });

  it('gives Buffers where chunks and memory are Buffers', () => {
    const decoder = new MessageDecoder({ ...UNMASKED, allocate: (bytes) => Buffer.allocUnsafeSlow(bytes) });
    const stream = Buffer.concat([text('whole'), text('cut', false), more('up'), text('split')]);
    const { output } = feed(decoder, [stream.subarray(0, -3), stream.subarray(-3)]);
    expect(output.map(line)).toEqual(['text whole', 'text cutup', 'text split']);
    for (const event of output) expect(Buffer.isBuffer((event as { data: unknown }).data)).toBe(true);
  });

  it('says whether it stands between frames and between messages', () => {
    const decoder = new MessageDecoder(UNMASKED);
    const state = (chunk: Uint8Array) => {
      feed(decoder, [chunk]);
      return [decoder.isBetweenFrames, decoder.isBetweenMessages];
    };
    expect(state(new Uint8Array(0))).toEqual([true, true]);
    expect(state(text('He', false))).toEqual([true, false]);
    expect(state(ping(''))).toEqual([true, false]);
    expect(state(hex('80'))).toEqual([false, false]);
    expect(state(hex('01'))).toEqual([false, false]);
    expect(state(hex('6c'))).toEqual([true, true]);
    expect(state(hex('8902'))).toEqual([false, false]);
  });
});

/** name, the bytes up to the one that tells, the error's code and close code, options */
const VIOLATIONS: [string, Uint8Array, string, number, MessageDecoderOptions?][] = [
  ['a continuation with nothing to continue', hex('8000'), 'WS_ERR_INVALID_OPCODE', 1002],
  [
    'a continuation after the last fragment',
    row(text('a', false), more('b'), hex('0000')),
    'WS_ERR_INVALID_OPCODE',
    1002,
  ],
  ['a continuation after a whole message', row(text('a'), hex('8000')), 'WS_ERR_INVALID_OPCODE', 1002],
  ['a text within a message', row(text('a', false), hex('8100')), 'WS_ERR_INVALID_OPCODE', 1002],
  [
    'a binary within a text, from its header',
    row(text('a', false), hex('0205')),
    'WS_ERR_INVALID_OPCODE',
    1002,
  ],
  ['a continuation of nothing, from its header', hex('807e1000'), 'WS_ERR_INVALID_OPCODE', 1002],
  ['an invalid byte in a text', hex('8101ff'), 'WS_ERR_INVALID_UTF8', 1007],
  ['an invalid byte early in a long text', hex('817f0000000000100000 6161ff'), 'WS_ERR_INVALID_UTF8', 1007],
  ['an overlong form cut by a frame', row(hex('0101e0'), hex('80019f')), 'WS_ERR_INVALID_UTF8', 1007],
  [
    'a surrogate with a Ping in its middle',
    row(hex('0101ed'), ping('x'), hex('0005a0')),
    'WS_ERR_INVALID_UTF8',
    1007,
  ],
  ['a text that ends within a character', hex('8103 61e282'), 'WS_ERR_INVALID_UTF8', 1007],
  ['fragments that end within a character', row(hex('0101c3'), hex('8000')), 'WS_ERR_INVALID_UTF8', 1007],
  ['a Close of one byte', hex('880103'), 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  ['a Close with a code not for the wire', hex('880203ed'), 'WS_ERR_INVALID_CLOSE_CODE', 1002],
  ['a Close with a reason not in UTF-8', hex('880303e8ff'), 'WS_ERR_INVALID_UTF8', 1007],
  ['what the frame decoder refuses', hex('83'), 'WS_ERR_INVALID_OPCODE', 1002],
  [
    'a frame longer than a message may be',
    hex('820b'),
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    1009,
    { ...UNMASKED, maxMessageBytes: 10 },
  ],
  [
    'fragments that together exceed the limit, from the header that does',
    row(binary('123456', false), ping('x'), hex('8005')),
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    1009,
    { ...UNMASKED, maxMessageBytes: 10 },
  ],
  [
    'one fragment more than allowed',
    row(text('a', false), more('', false), more('b', false), hex('8000')),
    'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    1008,
    { ...UNMASKED, maxFragments: 3 },
  ],
];

describe('the message decoder refuses', () => {
  it.each(VIOLATIONS)('%s', (_name, bytes, code, closeCode, options = UNMASKED) => {
    const expected = expect.objectContaining({ name: 'ProtocolError', code, closeCode });
    const stream = row(binary('ok'), bytes);
    for (const chunks of [...waysToFeed(stream), [row(stream, ping('never seen'))]]) {
      const decoder = new MessageDecoder(options);
      const { output, error } = feed(decoder, chunks);
      expect(error).toEqual(expected);
      expect(output.map(line)[0]).toBe('binary ok');
      expect(output.map(line)).not.toContain('ping never seen');
      expect(() => decoder.push(ping(''))).toThrow(error as Error);
      expect(() => decoder.next()).toThrow(error as Error);
    }
    // Not one byte later than it can be known.
    expect(bytesUntilError(new MessageDecoder(options), stream)).toBe(stream.length);
  });

  it('no messages of exactly the limit, one after the other and in fragments', () => {
    const stream = row(
      binary('1234567890'),
      binary('12345', false),
      more('67890', false),
      more(''),
      binary('1234567890'),
    );
    expectEvents(stream, Array(3).fill('binary 1234567890'), { ...UNMASKED, maxMessageBytes: 10 });
  });

  it('no messages of exactly as many fragments as allowed, one after the other', () => {
    const message = row(text('a', false), more('b', false), more('c'));
    expectEvents(row(message, message), ['text abc', 'text abc'], { ...UNMASKED, maxFragments: 3 });
  });

  it('a message of more than 100 MiB by default', () => {
    const limit = 100 * 1024 * 1024;
    const header = (length: number) => encodeFrameHeader(OPCODE_BINARY, length);
    expect(feed(new MessageDecoder(UNMASKED), [header(limit)]).error).toBeUndefined();
    expect(feed(new MessageDecoder(UNMASKED), [header(limit + 1)]).error).toMatchObject({ closeCode: 1009 });
  });

  it('a message of more than 131072 fragments by default', () => {
    const decoder = new MessageDecoder(UNMASKED);
    const fragments = row(text('', false), new Uint8Array((131_072 - 1) * 2)); // an empty continuation is 00 00
    expect(feed(decoder, [fragments])).toEqual({ output: [], error: undefined });
    expect(feed(decoder, [hex('0000')]).error).toMatchObject({ code: 'WS_ERR_TOO_MANY_BUFFERED_PARTS' });
  });
});

describe('text that is split', () => {
  const content = 'κόσμε 漢字 😀';

  it('is valid wherever a frame ends', () => {
    const payload = bytesOf(content);
    for (let at = 0; at <= payload.length; at++) {
      const [first, second] = cutAt(payload, [at]) as [Uint8Array, Uint8Array];
      const stream = row(
        encodeFrame(OPCODE_TEXT, first, { fin: false }),
        encodeFrame(OPCODE_CONTINUATION, second),
      );
      const { output } = feed(new MessageDecoder(UNMASKED), [stream]);
      expect(output.map(line)).toEqual([`text ${content}`]);
      expect(feed(new MessageDecoder(UNMASKED), byteByByte(stream)).output.map(line)).toEqual([
        `text ${content}`,
      ]);
    }
  });

  it('is not validated when the caller does that, nor is binary ever', () => {
    const invalid = hex('ff');
    expect(
      feed(new MessageDecoder({ ...UNMASKED, validateUtf8: false }), [encodeFrame(OPCODE_TEXT, invalid)])
        .output,
    ).toEqual([{ type: 'text', data: invalid, compressed: false }]);
    expect(
      feed(new MessageDecoder(UNMASKED), byteByByte(encodeFrame(OPCODE_BINARY, invalid))).output,
    ).toEqual([{ type: 'binary', data: invalid, compressed: false }]);
  });
});

describe('with RSV1 allowed', () => {
  const options = { ...UNMASKED, allowRsv1: true };
  const compressed = (payload: Uint8Array, fin = true) =>
    encodeFrame(OPCODE_TEXT, payload, { rsv1: true, fin });

  it('a message whose first frame has it set comes out as it is, marked, and its text is not validated', () => {
    for (const chunks of waysToFeed(
      row(compressed(hex('ffc3'), false), ping('x'), encodeFrame(OPCODE_CONTINUATION, hex('80'))),
    )) {
      const { output, error } = feed(new MessageDecoder(options), chunks);
      expect(error).toBeUndefined();
      expect(output.map(({ type }) => type)).toEqual(['ping', 'text']);
      expect(output[1]).toMatchObject({ compressed: true });
      expect(Buffer.from((output[1] as { data: Uint8Array }).data).toString('hex')).toBe('ffc380');
    }
  });

  it('messages without it are validated, also after one that had it', () => {
    const { output, error } = feed(new MessageDecoder(options), [
      row(compressed(hex('ff')), text('a'), hex('8101ff')),
    ]);
    expect(output.map((event) => (event as { compressed: boolean }).compressed)).toEqual([true, false]);
    expect(error).toMatchObject({ code: 'WS_ERR_INVALID_UTF8' });
  });

  it('a compressed message may be longer than the limit, as far as compressing can make it longer', () => {
    const limited = { ...options, maxMessageBytes: 1000 };
    const longest = maxDeflatedBytes(1000);
    expect(longest).toBeGreaterThan(1000);
    const whole = compressed(new Uint8Array(longest));
    const inFragments = row(compressed(new Uint8Array(longest - 1), false), more('x'));
    for (const stream of [whole, inFragments]) {
      for (const chunks of [[stream], byteByByte(stream)]) {
        expect(feed(new MessageDecoder(limited), chunks).output).toHaveLength(1);
      }
    }
    // The next one has the limit of its own kind.
    const { output, error } = feed(new MessageDecoder(limited), [row(inFragments, text('x'.repeat(1001)))]);
    expect(output).toHaveLength(1);
    expect(error).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
  });

  it('a compressed message that is longer than that is refused from its header', () => {
    const limited = { ...options, maxMessageBytes: 1000 };
    const longest = maxDeflatedBytes(1000);
    const tooLong = [
      encodeFrameHeader(OPCODE_TEXT, longest + 1, { rsv1: true }),
      row(compressed(new Uint8Array(longest), false), encodeFrameHeader(OPCODE_CONTINUATION, 1)),
    ];
    for (const stream of tooLong) {
      expect(feed(new MessageDecoder(limited), [stream]).error).toMatchObject({
        code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
      });
    }
  });
});
