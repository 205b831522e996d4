import { ProtocolError } from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeText,
  type LegacyDecoderOptions,
  type LegacyEvent,
  LegacyFrameDecoder,
} from '../../src/legacy/frames.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** What comes out, texts as strings; the last element is the code of the error, where there is one. */
function decode(chunks: readonly Buffer[], options: Partial<LegacyDecoderOptions> = {}): string[] {
  const decoder = new LegacyFrameDecoder({ draft: 'hixie-76', ...options });
  const seen: string[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) seen.push(inWords(event));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    seen.push(error.code);
  }
  return seen;
}

function inWords(event: LegacyEvent): string {
  return event.type === 'text' ? `"${event.data}"` : event.type;
}

const bytewise = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.of(byte));

const TOO_LONG = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
const TOO_MANY_LENGTH_BYTES = 'HOLDFAST_ERR_INVALID_LENGTH_ENCODING';

describe('a decoder of the frames of 2010', () => {
  it.each<[what: string, bytes: string, due: string[], options?: Partial<LegacyDecoderOptions>]>([
    ['a text', '00 68 69 ff', ['"hi"']],
    ['an empty text', '00 ff', ['""']],
    ['two texts', '00 61 ff 00 62 ff', ['"a"', '"b"']],
    ['text beyond ASCII', '00 c3 bc e2 82 ac f0 9f 98 80 ff', ['"ü€😀"']],
    ['a zero within a text', '00 61 00 62 ff', ['"a\0b"']],
    ['the closing frame, after a text', '00 61 ff ff 00', ['"a"', 'close']],
    ['the closing frame with its length in two bytes', 'ff 80 00', ['close']],
    ['a text of another type: discarded', '01 68 69 ff 00 61 ff', ['"a"']],
    ['another with the highest type that has an end: discarded', '7f ff 00 61 ff', ['"a"']],
    ['bytes with a length: discarded, whatever they are', '80 03 00 ff 00 00 61 ff', ['"a"']],
    ['bytes of length 0: discarded', '80 00 00 61 ff', ['"a"']],
    ['bytes with a length of two bytes: discarded', `81 81 00 ${'ff'.repeat(128)} 00 61 ff`, ['"a"']],
    ['bytes of the type of the closing frame: discarded', 'ff 01 00 00 61 ff', ['"a"']],
    ['no closing frame in hixie-75', 'ff 00 00 61 ff', ['"a"'], { draft: 'hixie-75' }],
    ['a text as long as it may be', '00 61 61 61 ff', ['"aaa"'], { maxMessageBytes: 3 }],
    ['a text that is too long, before its end', '00 61 61 61 61', [TOO_LONG], { maxMessageBytes: 3 }],
    ['a discarded text that is too long', '01 61 61 61 61', [TOO_LONG], { maxMessageBytes: 3 }],
    ['a length that is too long, before its bytes', '80 04', [TOO_LONG], { maxMessageBytes: 3 }],
    ['a length that is too long in its first bytes', '80 ff ff ff ff', [TOO_LONG]],
    ['a length whose zeros do not end', `80 ${'80'.repeat(8)}`, [TOO_MANY_LENGTH_BYTES]],
    ['no limit', '00 61 ff', ['"a"'], { maxMessageBytes: Number.POSITIVE_INFINITY }],
    ['text that is no UTF-8, as U+FFFD', '00 61 c3 62 ff', ['"a\ufffdb"']],
  ])('reads %s: whole, byte by byte, and with more behind it', (_what, bytes, due, options) => {
    const whole = hex(bytes);
    expect(decode([whole], options)).toEqual(due);
    expect(decode(bytewise(whole), options)).toEqual(due);
    const isOver = due.at(-1)?.startsWith('"') !== true;
    if (!isOver) expect(decode([Buffer.concat([whole, hex('00 7a ff')])], options)).toEqual([...due, '"z"']);
  });

  it('leaves text as it is where it is told not to look at it', () => {
    const decoder = new LegacyFrameDecoder({ draft: 'hixie-76', validateUtf8: false });
    decoder.push(hex('00 61 c3 62 ff'));
    expect(decoder.next()).toEqual({ type: 'text', data: hex('61 c3 62') });
  });

  it('knows whether it is between two frames', () => {
    const decoder = new LegacyFrameDecoder({ draft: 'hixie-75' });
    expect(decoder.isBetweenFrames).toBe(true);
    for (const [bytes, due] of [
      ['00', false],
      ['61', false],
      ['ff', true],
      ['80', false],
      ['01', false],
      ['00', true],
    ] as const) {
      decoder.push(hex(bytes));
      while (decoder.next() !== undefined);
      expect(decoder.isBetweenFrames).toBe(due);
    }
  });

  it('hands out the same, however the bytes are cut', () => {
    const type = fc.constantFrom(0x00, 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff);
    const frame = fc.tuple(type, fc.uint8Array({ maxLength: 300 })).map(([type, payload]) => {
      if (type >= 0x80) {
        const length = payload.length;
        return Buffer.concat([Buffer.of(type, 0x80 | (length >> 7), length & 0x7f), payload]);
      }
      return Buffer.concat([Buffer.of(type), payload.filter((byte) => byte !== 0xff), Buffer.of(0xff)]);
    });
    const cuts = fc.array(fc.nat(2000), { maxLength: 10 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), cuts, (frames, cuts) => {
        const bytes = Buffer.concat(frames);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const due: string[] = [];
        for (const each of frames) {
          if (each[0] === 0x00) due.push(`"${each.subarray(1, -1)}"`);
          else if (each[0] === 0xff && each.length === 3) due.push('close');
        }
        expect(decode([bytes])).toEqual(due);
        expect(decode(pieces)).toEqual(due);
      }),
    );
  });

  it('ends with an error of the protocol or not at all, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
        const seen = decode(
          chunks.map((chunk) => Buffer.from(chunk)),
          { maxMessageBytes: 100 },
        );
        // No text is longer than it may be: a replacement character takes three bytes for one.
        for (const each of seen) if (each.startsWith('"')) expect(Buffer.byteLength(each)).toBeLessThan(303);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a text as it is sent', () => {
  it('stands between 0x00 and 0xFF', () => {
    expect(encodeText('hü')).toEqual(hex('00 68 c3 bc ff'));
    expect(encodeText('')).toEqual(hex('00 ff'));
    expect(encodeText(Buffer.from('hü'))).toEqual(hex('00 68 c3 bc ff'));
  });

  it('ends where it ends, also with lone surrogates', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
        (text) => {
          const frame = encodeText(text) as Buffer;
          expect(frame.indexOf(0xff)).toBe(frame.length - 1);
          expect(decode([frame])).toEqual([`"${Buffer.from(text)}"`]);
        },
      ),
    );
  });

  it('is none where its bytes are not UTF-8', () => {
    expect(encodeText(hex('61 ff 00 62'))).toBeUndefined();
    expect(encodeText(hex('c3'))).toBeUndefined();
  });
});
