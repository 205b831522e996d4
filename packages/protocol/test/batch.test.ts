import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchReader, BatchWriter, type WireMessage } from '../src/batch.ts';
import { encodeFrame, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_PING, OPCODE_TEXT } from '../src/frames.ts';
import { byteByByte, cutAt, feed, hex, waysToFeed } from './feeding.ts';

const LIMIT_BYTES = 100_000;
const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text);
const readerOf = (): BatchReader => new BatchReader(LIMIT_BYTES);
const text = (data: string): WireMessage => ({ data: encodeText(data), binary: false });
const binary = (...bytes: number[]): WireMessage => ({ data: Uint8Array.from(bytes), binary: true });

function bodyOf(...messages: WireMessage[]): Uint8Array {
  const writer = new BatchWriter(encodeText);
  for (const message of messages) writer.write(message.data, message.binary);
  return writer.finish();
}

describe('the batch writer', () => {
  it('gives unmasked, unfragmented RFC 6455 frames', () => {
    const writer = new BatchWriter(encodeText);
    writer.write('é');
    writer.write(Uint8Array.of(1, 2), true);
    writer.write(encodeText('a'));
    expect(writer.finish()).toEqual(hex('8102c3a9 82020102 810161'));
  });

  it('gives an empty body where nothing was written', () => {
    expect(new BatchWriter(encodeText).finish()).toEqual(new Uint8Array(0));
  });

  it.each([125, 126, 65_535, 65_536])('writes %i bytes as the reader reads them', (length) => {
    const data = new Uint8Array(length).fill(7);
    expect(feed(readerOf(), [bodyOf({ data, binary: true })]).output).toEqual([{ data, binary: true }]);
  });
});

describe('the batch reader', () => {
  it('reads a body in whatever pieces it comes', () => {
    const messages = [text('~attach {}'), text('~from 1'), binary(), text('é'), binary(1, 2, 3)];
    for (const chunks of waysToFeed(bodyOf(...messages))) {
      const reader = readerOf();
      expect(feed(reader, chunks)).toEqual({ output: messages, error: undefined });
      expect(reader.complete).toBe(true);
    }
  });

  it('gives back any row of messages, wherever it is cut', () => {
    const message = fc.record({ data: fc.uint8Array({ maxLength: 300 }), binary: fc.boolean() });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(2000)), (messages, cuts) => {
        const body = bodyOf(...messages);
        const positions = [...new Set(cuts)].filter((at) => at < body.length).sort((a, b) => a - b);
        expect(feed(readerOf(), cutAt(body, positions)).output).toEqual(messages);
      }),
    );
  });

  it('knows a body that was cut from one that is complete', () => {
    const messages = [text('ab'), binary(1, 2, 3)];
    const body = bodyOf(...messages);
    const ends = [0, 4, body.length];
    for (let length = 0; length <= body.length; length++) {
      const reader = readerOf();
      const { output } = feed(reader, [body.slice(0, length)]);
      expect(reader.complete).toBe(ends.includes(length));
      expect(output).toEqual(messages.slice(0, length < 4 ? 0 : length < body.length ? 1 : 2));
    }
  });

  it('refuses a message that is longer than allowed when it sees its header', () => {
    const reader = readerOf();
    const { output, error } = feed(reader, [
      bodyOf({ data: new Uint8Array(LIMIT_BYTES + 1), binary: true }).slice(0, 10),
    ]);
    expect(output).toEqual([]);
    expect(error).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', closeCode: 1009 });
  });

  it.each([
    ['a fragment', encodeFrame(OPCODE_TEXT, Uint8Array.of(97), { fin: false })],
    ['a continuation', encodeFrame(OPCODE_CONTINUATION, Uint8Array.of(97))],
    ['a Ping frame', encodeFrame(OPCODE_PING, new Uint8Array(0))],
    ['a Close frame', encodeFrame(OPCODE_CLOSE, new Uint8Array(0))],
  ])('refuses %s, and everything after it', (_, frame) => {
    const stream = new Uint8Array([...bodyOf(text('a')), ...frame, ...bodyOf(text('b'))]);
    for (const chunks of [[stream], byteByByte(stream)]) {
      const reader = readerOf();
      const { output, error } = feed(reader, chunks);
      expect(output).toEqual([text('a')]);
      expect(error).toMatchObject({ name: 'ProtocolError', code: 'HOLDFAST_ERR_WIRE' });
      expect(() => reader.next()).toThrow(error as Error);
    }
  });

  it.each([
    ['a masked frame', '8181 00000000 61', 'WS_ERR_UNEXPECTED_MASK'],
    ['text that is no frame', '7b22', 'WS_ERR_UNEXPECTED_RSV_2_3'],
    ['a compressed frame', 'c10161', 'WS_ERR_UNEXPECTED_RSV_1'],
    ['an unknown opcode', '8300', 'WS_ERR_INVALID_OPCODE'],
  ])('refuses %s', (_, bytes, code) => {
    for (const chunks of waysToFeed(hex(bytes)))
      expect(feed(readerOf(), chunks).error).toMatchObject({ code });
  });
});
