import { BatchReader, concatBytes } from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WireMessage } from '../../src/session.ts';
import { readBody as read, writeBody as written } from '../../src/transports/body.ts';
import { readBody, writeBody } from '../wire-bodies.ts';

const LENGTHS = [0, 125, 126, 127, 65_535, 65_536, 128 * 1024];

/** The messages of a body, or of pieces of one, that all have been read. */
function readAll(...chunks: Uint8Array[]): WireMessage[] {
  const messages: WireMessage[] = [];
  let rest: Uint8Array = new Uint8Array(0);
  for (const chunk of chunks) rest = read(concatBytes([rest, chunk]), (message) => messages.push(message));
  expect(rest).toHaveLength(0);
  return messages;
}

describe('a body that is written', () => {
  it.each(LENGTHS)('holds a message of %i bytes as the codec reads it', (length) => {
    const data = new Uint8Array(length).fill(7);
    const reader = new BatchReader(length);
    reader.push(written([data]));
    expect(reader.next()).toEqual({ data, binary: true });
    expect(reader.complete).toBe(true);
  });

  it('holds messages in their order', () => {
    expect(readBody(written(['é', Uint8Array.of(1), '']))).toEqual(['é', Uint8Array.of(1), '']);
  });
});

describe('a body that is read', () => {
  it.each(LENGTHS)('gives a message of %i bytes as the codec wrote it', (length) => {
    const data = new Uint8Array(length).fill(7);
    expect(readAll(writeBody(data))).toEqual([data]);
  });

  it('gives back any row of messages, wherever it is cut', () => {
    const message = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(2000)), (messages, cuts) => {
        const body = writeBody(...messages);
        const ends = [...new Set([...cuts.filter((at) => at < body.length), body.length])].sort(
          (a, b) => a - b,
        );
        const pieces = ends.map((end, index) => body.subarray(ends[index - 1] ?? 0, end));
        expect(readAll(...pieces)).toEqual(messages);
      }),
    );
  });

  it('keeps a byte order mark', () => {
    expect(readAll(writeBody('\ufeffa'))).toEqual(['\ufeffa']);
  });

  it('is not complete before the last byte of a message', () => {
    const body = writeBody('ab', new Uint8Array(200));
    for (let length = 0; length <= body.length; length++) {
      const rest = read(body.subarray(0, length), () => {});
      expect(rest.length === 0).toBe([0, 4, body.length].includes(length));
    }
  });
});
