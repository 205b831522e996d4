import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../src/bytes.ts';
import { type DataItem, fragment, MAX_FRAGMENT_LENGTH, payloadBytes } from '../src/item.ts';
import { isValidUtf8 } from '../src/utf8.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const lengthsOf = (items: readonly DataItem[]): number[] => items.map(({ data }) => data.length);
const joinText = (items: readonly DataItem[]): string => items.map(({ data }) => data as string).join('');
const joinBytes = (items: readonly DataItem[]): Uint8Array =>
  concatBytes(items.map(({ data }) => data as Uint8Array));

describe('a payload', () => {
  it('is as long as its bytes on the wire', () => {
    expect(payloadBytes('')).toBe(0);
    expect(payloadBytes('aé€😀')).toBe(1 + 2 + 3 + 4);
    expect(payloadBytes(new Uint8Array(5))).toBe(5);
  });
});

describe('a message that is cut into fragments', () => {
  it('has a longest fragment of 32768, as PROTOCOL.md says', () => {
    expect(MAX_FRAGMENT_LENGTH).toBe(32768);
  });

  it.each([
    [0, [0]],
    [1, [1]],
    [32767, [32767]],
    [32768, [32768]],
    [32769, [32768, 1]],
    [65536, [32768, 32768]],
    [65537, [32768, 32768, 1]],
  ])('of %i bytes gives fragments of %j', (length, lengths) => {
    expect(lengthsOf(fragment(new Uint8Array(length), true))).toEqual(lengths);
    expect(lengthsOf(fragment('x'.repeat(length), false))).toEqual(lengths);
    expect(lengthsOf(fragment(bytesOf('x'.repeat(length)), false))).toEqual(lengths);
  });

  it('says of its last fragment alone that it is final, and of each whether it is binary', () => {
    expect(fragment(new Uint8Array(70_000), true).map(({ final, binary }) => [final, binary])).toEqual([
      [false, true],
      [false, true],
      [true, true],
    ]);
    expect(fragment('x', false)).toEqual([{ kind: 'data', data: 'x', binary: false, final: true }]);
  });

  it('is not copied where it is bytes', () => {
    const message = new Uint8Array(40_000);
    for (const { data } of fragment(message, true)) expect((data as Uint8Array).buffer).toBe(message.buffer);
  });

  it('is cut anywhere where it is said to be text and is no UTF-8', () => {
    const noText = new Uint8Array(40_000).fill(0x80);
    expect(lengthsOf(fragment(noText, false))).toEqual([32768, 7232]);
  });

  it('keeps a surrogate pair in one fragment', () => {
    const onTheBorder = `${'x'.repeat(32767)}😀y`;
    expect(lengthsOf(fragment(onTheBorder, false))).toEqual([32767, 3]);
    const beforeTheBorder = `${'x'.repeat(32766)}😀y`;
    expect(lengthsOf(fragment(beforeTheBorder, false))).toEqual([32768, 1]);
    expect(joinText(fragment('😀'.repeat(40_000), false))).toBe('😀'.repeat(40_000));
  });

  it('goes forward through text of unpaired surrogates', () => {
    const text = '\ud83d'.repeat(70_000);
    const items = fragment(text, false);
    expect(joinText(items)).toBe(text);
    expect(Math.max(...lengthsOf(items))).toBeLessThanOrEqual(MAX_FRAGMENT_LENGTH);
  });

  it.each(['é', '€', '😀'])('keeps %s in one fragment, wherever its UTF-8 meets the border', (character) => {
    const size = payloadBytes(character);
    for (let before = 32768 - size - 1; before <= 32768 + 1; before++) {
      const message = bytesOf(`${'x'.repeat(before)}${character}yz`);
      const items = fragment(message, false);
      expect(items.every(({ data }) => isValidUtf8(data as Uint8Array))).toBe(true);
      expect(Math.max(...lengthsOf(items))).toBeLessThanOrEqual(MAX_FRAGMENT_LENGTH);
      expect(Buffer.compare(joinBytes(items), message)).toBe(0);
    }
  });

  it('is cut between any two bytes where it is binary', () => {
    expect(lengthsOf(fragment(new Uint8Array(40_000).fill(0x80), true))).toEqual([32768, 7232]);
  });

  it('gives the same text again, whatever it holds', () => {
    const characters = fc.constantFrom('a', '~', 'é', '€', '😀', '\ud83d', '\ude00');
    fc.assert(
      fc.property(fc.array(characters, { minLength: 1, maxLength: 40 }), fc.nat(6), (pattern, shift) => {
        const text = 'x'.repeat(shift) + pattern.join('').repeat(Math.ceil(70_000 / pattern.length));
        expect(joinText(fragment(text, false))).toBe(text);
      }),
      { numRuns: 30 },
    );
  });
});
