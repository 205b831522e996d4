import { BatchReader, BatchWriter, encodeUtf8, type Payload } from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyReader, BodyWriter } from '../../src/transports/body.ts';
import { readBody, writeBody } from '../wire-bodies.ts';

const LENGTHS = [0, 125, 126, 127, 65_535, 65_536, 128 * 1024];
const REFUSED = expect.objectContaining({ name: 'ProtocolError', code: 'HOLDFAST_ERR_WIRE' });

function written(...messages: Payload[]): Uint8Array {
  const writer = new BodyWriter();
  for (const message of messages) writer.write(message, typeof message !== 'string');
  return writer.finish();
}

function read(reader: BodyReader, chunk: Uint8Array): Payload[] {
  reader.push(chunk);
  const messages: Payload[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  return messages;
}

describe('a body that is written', () => {
  it.each(LENGTHS)('holds a message of %i bytes as the codec reads it', (length) => {
    const data = new Uint8Array(length).fill(7);
    const reader = new BatchReader(length);
    reader.push(written(data));
    expect(reader.next()).toEqual({ data, binary: true });
    expect(reader.complete).toBe(true);
  });

  it('holds messages in their order', () => {
    expect(readBody(written('é', Uint8Array.of(1), ''))).toEqual(['é', Uint8Array.of(1), '']);
  });
});

describe('a body that is read', () => {
  it.each(LENGTHS)('gives a message of %i bytes as the codec wrote it', (length) => {
    const data = new Uint8Array(length).fill(7);
    expect(read(new BodyReader(), writeBody(data))).toEqual([data]);
  });

  it('gives back any row of messages, wherever it is cut', () => {
    const message = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(2000)), (messages, cuts) => {
        const body = writeBody(...messages);
        const ends = [...new Set([...cuts.filter((at) => at < body.length), body.length])].sort(
          (a, b) => a - b,
        );
        const reader = new BodyReader();
        const pieces = ends.flatMap((end, index) => read(reader, body.subarray(ends[index - 1] ?? 0, end)));
        expect(pieces).toEqual(messages);
        expect(reader.complete).toBe(true);
      }),
    );
  });

  it('keeps a byte order mark', () => {
    expect(read(new BodyReader(), writeBody('\ufeffa'))).toEqual(['\ufeffa']);
  });

  it('is not complete before the last byte of a message', () => {
    const body = writeBody('ab', new Uint8Array(200));
    for (let length = 0; length <= body.length; length++) {
      const reader = new BodyReader();
      read(reader, body.subarray(0, length));
      expect(reader.complete).toBe([0, 4, body.length].includes(length));
    }
  });

  it.each([
    ['a fragment', [0x01, 0]],
    ['a continuation', [0x80, 0]],
    ['a Close frame', [0x88, 0]],
    ['a compressed frame', [0xc1, 0]],
    ['a masked frame', [0x81, 0x81, 0, 0, 0, 0, 0]],
    ['a page', [...encodeUtf8('<!doctype html>')]],
  ])('is refused where it holds %s', (_, bytes) => {
    expect(() => read(new BodyReader(), Uint8Array.from(bytes))).toThrow(REFUSED);
  });

  it('is refused where a header announces more than any message takes', () => {
    const writer = new BatchWriter(encodeUtf8);
    writer.write(new Uint8Array(128 * 1024 + 1), true);
    expect(() => read(new BodyReader(), writer.finish().subarray(0, 10))).toThrow(REFUSED);
  });
});
