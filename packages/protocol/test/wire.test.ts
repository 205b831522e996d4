import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item, Payload } from '../src/item.ts';
import { decodeUtf8 } from '../src/utf8.ts';
import {
  type Control,
  control,
  isControl,
  type NumberedItem,
  parseCount,
  WireReader,
  WireWriter,
  writeItems,
} from '../src/wire.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (data: Payload, final = true): Item => ({ kind: 'data', data, binary: false, final });
const binary = (data: Uint8Array, final = true): Item => ({ kind: 'data', data, binary: true, final });
const close = (code: number, reason = ''): Item => ({ kind: 'close', code, reason });

type WireMessage = [data: Payload, binary: boolean];

function written(...items: Item[]): WireMessage[] {
  const messages: WireMessage[] = [];
  writeItems(items, (...message) => messages.push(message));
  return messages;
}

function readAll(
  messages: readonly WireMessage[],
  reader = new WireReader(0, decodeUtf8),
): (NumberedItem | Control)[] {
  return messages.flatMap((message) => reader.read(...message) ?? []);
}

const readText = (data: Payload): NumberedItem | Control | undefined =>
  new WireReader(0, decodeUtf8).read(data, false);

const REFUSED = expect.objectContaining({
  name: 'ProtocolError',
  code: 'HOLDFAST_ERR_WIRE',
  closeCode: 1002,
});

describe('a control', () => {
  it('is a tilde, its verb, and what follows after one space', () => {
    expect(control('more')).toBe('~more');
    expect(control('ack', 0)).toBe('~ack 0');
    expect(control('attached', '{}')).toBe('~attached {}');
  });
});

describe('isControl', () => {
  it.each<[data: Payload, binary: boolean, expected: boolean]>([
    ['~ack 1', false, true],
    [new Uint8Array(Buffer.from('~more')), false, true],
    ['~~', false, false],
    [new Uint8Array(Buffer.from('~~x')), false, false],
    ['text', false, false],
    ['', false, false],
    [new Uint8Array(Buffer.from('~ack 1')), true, false],
  ])('of %j (binary: %s) is %s', (data, binary, expected) => {
    expect(isControl(data, binary)).toBe(expected);
  });
});

describe('items on the wire', () => {
  it('are wire messages of their own type', () => {
    expect(written(text('hi'), binary(Uint8Array.of(0x7e, 1)))).toEqual([
      ['hi', false],
      [Uint8Array.of(0x7e, 1), true],
    ]);
  });

  it.each([
    ['~', '~~'],
    ['~~', '~~~'],
    ['~more', '~~more'],
    ['~close 1000', '~~close 1000'],
    ['~ack 1', '~~ack 1'],
    ['a~', 'a~'],
    [' ~', ' ~'],
    ['', ''],
  ])('double the tilde that the text %j starts with', (said, wire) => {
    expect(written(text(said))).toEqual([[wire, false]]);
  });

  it('announce each fragment that is not the last of its message', () => {
    expect(written(text('~a', false), text('b', false), text('~c'))).toEqual([
      ['~more', false],
      ['~~a', false],
      ['~more', false],
      ['b', false],
      ['~~c', false],
    ]);
  });

  it.each([
    [close(1005), '~close'],
    [close(1000), '~close 1000'],
    [close(4999, 'good bye'), '~close 4999 good bye'],
    [close(3000, '~ '), '~close 3000 ~ '],
  ])('say a close as a control: %j', (item, wire) => {
    expect(written(item)).toEqual([[wire, false]]);
    expect(readAll([[wire, false]])).toEqual([{ ...item, number: 0 }]);
    expect(readAll([[bytesOf(wire), false]])).toEqual([{ ...item, number: 0 }]);
  });
});

describe('the wire writer', () => {
  const write = (writer: WireWriter, first: number, items: Item[], controls: string[] = []): Payload[] => {
    const said: Payload[] = [];
    writer.write({ run: { first, items }, received: 0, controls }, (data) => said.push(data));
    return said;
  };

  it('says the first number in an HTTP body, and none that follows from it', () => {
    const writer = new WireWriter();
    expect(write(writer, 7, [text('a'), text('b')])).toEqual(['~from 7', 'a', 'b']);
    expect(write(writer, 9, [text('c')])).toEqual(['c']);
  });

  it('says no number that the attach implies', () => {
    expect(write(new WireWriter(7), 7, [text('a')])).toEqual(['a']);
  });

  it('says the number where items since the statement were acknowledged over another transport', () => {
    const writer = new WireWriter(7);
    const said = write(writer, 10, [text('k')]);
    expect(said).toEqual(['~from 10', 'k']);
    expect(
      readAll(
        said.map((data) => [data, false]),
        new WireReader(7, decodeUtf8),
      ),
    ).toEqual([{ ...text('k'), number: 10 }]);
    expect(write(writer, 11, [text('l')])).toEqual(['l']);
  });

  it('says controls first, and no number for them alone', () => {
    const writer = new WireWriter();
    expect(write(writer, 3, [], ['~ack 5', '~ping x'])).toEqual(['~ack 5', '~ping x']);
    expect(write(writer, 3, [text('a')], ['~ack 6'])).toEqual(['~ack 6', '~from 3', 'a']);
  });
});

describe('the wire reader', () => {
  it('numbers items from where it begins', () => {
    const read = readAll(
      written(text('a'), binary(Uint8Array.of(1)), close(1000)),
      new WireReader(5, decodeUtf8),
    );
    expect(read.map((event) => event.kind !== 'control' && event.number)).toEqual([5, 6, 7]);
  });

  it('gives no number to a control, and lets the number be said anew', () => {
    const reader = new WireReader(undefined, decodeUtf8);
    expect(reader.read('~ack 3', false)).toEqual({ kind: 'control', verb: 'ack', argument: '3' });
    expect(reader.read('~from 8', false)).toBeUndefined();
    expect(reader.read('a', false)).toMatchObject({ number: 8 });
    expect(reader.read('~ping', false)).toEqual({ kind: 'control', verb: 'ping', argument: '' });
    expect(reader.read('b', false)).toMatchObject({ number: 9 });
    reader.read('~from 8', false);
    expect(reader.read('a', false)).toMatchObject({ number: 8 });
  });

  it('refuses a fragment and a close whose number it cannot know', () => {
    expect(() => new WireReader(undefined, decodeUtf8).read('a', false)).toThrow(REFUSED);
    expect(() => new WireReader(undefined, decodeUtf8).read(Uint8Array.of(1), true)).toThrow(REFUSED);
    expect(() => new WireReader(undefined, decodeUtf8).read('~close', false)).toThrow(REFUSED);
  });

  it('marks one fragment after ~more as not final', () => {
    const reader = new WireReader(0, decodeUtf8);
    expect(reader.read('~more', false)).toBeUndefined();
    expect(reader.read('~ack 1', false)).toMatchObject({ verb: 'ack' });
    expect(reader.read('a', false)).toMatchObject({ final: false });
    expect(reader.read('b', false)).toMatchObject({ final: true });
  });

  it('takes binary messages as they are, whatever they start with', () => {
    expect(new WireReader(0, decodeUtf8).read(bytesOf('~ack 1'), true)).toMatchObject({
      data: bytesOf('~ack 1'),
    });
  });

  it('hands an unknown verb on, with an argument of any form', () => {
    expect(readText('~newer {"a": 1}  b')).toEqual({
      kind: 'control',
      verb: 'newer',
      argument: '{"a": 1}  b',
    });
    expect(readText(bytesOf('~newer ü'))).toEqual({ kind: 'control', verb: 'newer', argument: 'ü' });
    expect(readText('~')).toEqual({ kind: 'control', verb: '', argument: '' });
    expect(readText('~Close 1')).toEqual({ kind: 'control', verb: 'Close', argument: '1' });
  });

  it.each([
    '~from',
    '~from ',
    '~from -1',
    '~from 1.5',
    '~from 1 2',
    '~from 0x1',
    '~from 1e3',
    '~from 9999999999999999',
  ])('refuses %j', (wire) => {
    expect(() => readText(wire)).toThrow(REFUSED);
  });

  it.each([
    '~close x',
    '~close 100',
    '~close 10000',
    '~close 999',
    '~close 1004',
    '~close 1005',
    '~close 1006',
    '~close 1015',
    '~close 2000',
    '~close 5000',
    '~close 1000reason',
    `~close 1000 ${'x'.repeat(124)}`,
    `~close 1000 ${'é'.repeat(62)}`,
  ])('refuses %j', (wire) => {
    expect(() => readText(wire)).toThrow(REFUSED);
    expect(() => readText(bytesOf(wire))).toThrow(REFUSED);
  });

  it('takes a reason of 123 bytes, of any characters', () => {
    const reason = `a\nb\u2028${'x'.repeat(117)}`;
    expect(readText(`~close 1000 ${reason}`)).toMatchObject(close(1000, reason));
  });

  it('reads what was written, as text and as its UTF-8', () => {
    const texts = fc.string({ unit: fc.constantFrom('~', 'm', ' ', 'é', '😀') });
    const dataItems = fc.oneof(
      fc.record({
        kind: fc.constant('data' as const),
        data: texts,
        binary: fc.constant(false),
        final: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('data' as const),
        data: fc.uint8Array(),
        binary: fc.constant(true),
        final: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(dataItems), fc.boolean(), (items, asBytes) => {
        const encode = (data: Payload): Payload =>
          asBytes && typeof data === 'string' ? bytesOf(data) : data;
        const wire = written(...items).map(([data, isBinary]): WireMessage => [encode(data), isBinary]);
        expect(readAll(wire)).toEqual(
          items.map((item, number) => ({ ...item, data: encode(item.data), number })),
        );
      }),
    );
  });
});

describe('a count', () => {
  it('is read in decimal digits', () => {
    expect(parseCount('0')).toBe(0);
    expect(parseCount('999999999999999')).toBe(999_999_999_999_999);
  });

  it.each(['', ' 1', '1 ', '+1', '-0', '1.0', '١', 'NaN', '1000000000000000'])('is not %j', (argument) => {
    expect(() => parseCount(argument)).toThrow(REFUSED);
  });
});
