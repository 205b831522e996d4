import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeUtf8,
  encodeUtf8,
  isValidUtf8,
  UTF8_BORDER,
  UTF8_INVALID,
  utf8ByteLength,
  validateUtf8,
} from '../src/utf8.ts';
import { byteByByte, cutAt, hex } from './feeding.ts';

/** The other validator at hand: the platform's. */
function platformAccepts(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function validateInPieces(pieces: readonly Uint8Array[]): number {
  return pieces.reduce(
    (state, piece) => (state === UTF8_INVALID ? state : validateUtf8(piece, state)),
    UTF8_BORDER,
  );
}

const VALID = {
  'the empty text': '',
  'U+0000': '00',
  'the last of one byte, U+007F': '7f',
  'the first of two bytes, U+0080': 'c280',
  'the last of two bytes, U+07FF': 'dfbf',
  'the first of three bytes, U+0800': 'e0a080',
  'the last before the surrogates, U+D7FF': 'ed9fbf',
  'the first after the surrogates, U+E000': 'ee8080',
  'the byte order mark, U+FEFF': 'efbbbf',
  'a noncharacter, U+FFFF': 'efbfbf',
  'the first of four bytes, U+10000': 'f0908080',
  'the last of all, U+10FFFF': 'f48fbfbf',
  'kosme of the RFC tests': 'cebae1bdb9cf83cebcceb5',
};

/** Invalid texts, and how many of their bytes it takes to see that. */
const INVALID: Record<string, [string, number]> = {
  'a tail without a lead': ['80', 1],
  'the last tail without a lead': ['bf', 1],
  'a tail after a complete character': ['c28080', 3],
  'an overlong form of two bytes, c0': ['c080', 1],
  'an overlong form of two bytes, c1': ['c1bf', 1],
  'an overlong form of three bytes': ['e09fbf', 2],
  'an overlong form of four bytes': ['f08fbfbf', 2],
  'an overlong slash of three bytes': ['e080af', 2],
  'the first surrogate, U+D800': ['eda080', 2],
  'the last surrogate, U+DFFF': ['edbfbf', 2],
  'a pair of surrogates (CESU-8)': ['eda081edb080', 2],
  'the first beyond U+10FFFF': ['f4908080', 2],
  'a lead for beyond U+10FFFF': ['f5808080', 1],
  'a lead of five bytes': ['f888808080', 1],
  'a lead of six bytes': ['fc8480808080', 1],
  fe: ['fe', 1],
  ff: ['ff', 1],
  'ASCII in place of the tail of two bytes': ['c241', 2],
  'ASCII in place of the second tail of three bytes': ['e28241', 3],
  'ASCII in place of the third tail of four bytes': ['f09f9841', 4],
  'a lead in place of a tail': ['e282e2', 3],
  'a lead in place of the last tail of four bytes': ['f09f98c2', 4],
};

const TRUNCATED = ['c2', 'e0', 'e0a0', 'e282', 'ed', 'ed9f', 'f0', 'f090', 'f09f98', 'f48f', 'f48fbf', 'f1'];

// Placed before each sample, so that it meets the loops for short and for long texts at all alignments.
const PREFIX_LENGTHS = [0, 1, 3, 7, 8, 255, 256, 257, 300];

describe('the UTF-8 validator', () => {
  for (const [name, bytes] of Object.entries(VALID)) {
    it(`accepts ${name}, whole, byte by byte, and behind ASCII`, () => {
      expect(isValidUtf8(hex(bytes))).toBe(true);
      expect(validateInPieces(byteByByte(hex(bytes)))).toBe(UTF8_BORDER);
      for (const length of PREFIX_LENGTHS) expect(isValidUtf8(hex('61'.repeat(length) + bytes))).toBe(true);
    });
  }

  for (const [name, [bytes, tellingByte]] of Object.entries(INVALID)) {
    it(`refuses ${name} at its byte ${tellingByte}, whole, byte by byte, and behind ASCII`, () => {
      expect(validateUtf8(hex(bytes))).toBe(UTF8_INVALID);
      expect(validateUtf8(hex(`${bytes}6161616161616161`))).toBe(UTF8_INVALID);
      for (const length of PREFIX_LENGTHS) {
        expect(validateUtf8(hex('61'.repeat(length) + bytes))).toBe(UTF8_INVALID);
      }
      const stream = byteByByte(hex(bytes));
      expect(validateInPieces(stream.slice(0, tellingByte - 1))).not.toBe(UTF8_INVALID);
      expect(validateInPieces(stream.slice(0, tellingByte))).toBe(UTF8_INVALID);
    });
  }

  it('neither accepts nor refuses a text that ends within a character', () => {
    for (const bytes of TRUNCATED) {
      const state = validateUtf8(hex(bytes));
      expect([UTF8_BORDER, UTF8_INVALID], bytes).not.toContain(state);
      expect(isValidUtf8(hex(bytes)), bytes).toBe(false);
    }
  });

  it('validates only the range it is given', () => {
    expect(validateUtf8(hex('ff c3a4 ff'), UTF8_BORDER, 1, 3)).toBe(UTF8_BORDER);
  });

  it('finds one bad byte anywhere in a long text', () => {
    for (let position = 0; position < 600; position++) {
      const bytes = new Uint8Array(600).fill(0x61);
      bytes[position] = 0x80;
      if (validateUtf8(bytes) !== UTF8_INVALID) expect.fail(`bad byte at ${position} was not seen`);
    }
  });

  it('agrees with the platform on every sequence of two bytes and on three and four with each first two', () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        for (const rest of [[], [0x80], [0xbf, 0xbf], [0x80, 0x41]]) {
          const bytes = Uint8Array.of(first, second, ...rest);
          if (isValidUtf8(bytes) !== platformAccepts(bytes)) {
            expect.fail(`differs on ${Buffer.from(bytes).toString('hex')}`);
          }
        }
      }
    }
  });

  it('agrees with the platform on random bytes, wherever they are cut', () => {
    const mostlyText = fc
      .array(
        fc.oneof(
          {
            weight: 5,
            arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeUtf8(text)),
          },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2 }) },
        ),
      )
      .map((parts) => new Uint8Array(Buffer.concat(parts)));
    fc.assert(
      fc.property(mostlyText, fc.nat(), (bytes, at) => {
        const accepted = platformAccepts(bytes);
        expect(isValidUtf8(bytes)).toBe(accepted);
        expect(validateInPieces(cutAt(bytes, [at % (bytes.length + 1)])) === UTF8_BORDER).toBe(accepted);
      }),
      { numRuns: 500 },
    );
  });
});

describe('text in UTF-8', () => {
  it('is what the platform makes of it, unpaired surrogates and all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffff), { maxLength: 50 }),
        fc.string({ unit: 'binary' }),
        (units, text) => {
          for (const each of [text, String.fromCharCode(...units), `${text}\ud83d`, `\ude00${text}`]) {
            const expected = new Uint8Array(new TextEncoder().encode(each));
            expect(encodeUtf8(each)).toEqual(expected);
            expect(utf8ByteLength(each)).toBe(expected.length);
          }
        },
      ),
    );
  });

  it('becomes the same text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const wellFormed = Buffer.from(text).toString();
        expect(decodeUtf8(encodeUtf8(text))).toBe(wellFormed);
      }),
    );
  });

  it('keeps a byte order mark', () => {
    expect(decodeUtf8(hex('efbbbf61'))).toBe('\ufeffa');
  });

  it('may be longer than an engine takes arguments', () => {
    const text = 'aé漢😀'.repeat(50_000);
    expect(decodeUtf8(encodeUtf8(text)) === text).toBe(true);
  });
});
