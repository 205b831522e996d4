import { describe, expect, it } from 'vitest';
import { BINARY, MessageCounter, maskedFrame, TEXT } from '../load/frames.mjs';

describe('maskedFrame', () => {
  it("is the RFC's example of a masked text (§5.7)", () => {
    expect(maskedFrame(TEXT, Buffer.from('Hello')).toString('hex')).toBe('818537fa213d7f9f4d5158');
  });

  it.each([
    [125, '82fd'],
    [126, '82fe007e'],
    [65_535, '82feffff'],
    [65_536, '82ff0000000000010000'],
  ])('has the shortest length field for %d bytes', (bytes, header) => {
    const frame = maskedFrame(BINARY, Buffer.alloc(bytes));
    expect(frame.toString('hex', 0, header.length / 2)).toBe(header);
    expect(frame.length).toBe(header.length / 2 + 4 + bytes);
  });
});

describe('MessageCounter', () => {
  const unmasked = Buffer.from('810548656c6c6f', 'hex');
  const ping = Buffer.from('8900', 'hex');
  const fragments = Buffer.from('010148800169', 'hex');
  const empty = Buffer.from('8100', 'hex');

  it.each([
    ['unmasked', unmasked, 1],
    ['masked', maskedFrame(TEXT, Buffer.from('Hello')), 1],
    ['empty', empty, 1],
    ['of 126 bytes', maskedFrame(BINARY, Buffer.alloc(126)), 1],
    ['of 65,536 bytes', maskedFrame(BINARY, Buffer.alloc(65_536)), 1],
    ['in two fragments', fragments, 1],
    ['and not a control frame', ping, 0],
    ['each of several', Buffer.concat([unmasked, ping, empty, fragments, unmasked]), 4],
  ])('counts a message %s, in one chunk or byte by byte', (_, bytes, messages) => {
    const whole = new MessageCounter();
    expect(whole.push(bytes, bytes.length)).toBe(messages);
    const byByte = new MessageCounter();
    for (const byte of bytes) byByte.push(Uint8Array.of(byte), 1);
    expect(byByte.messages).toBe(messages);
  });

  it('looks at no more of the bytes than it is told to', () => {
    const counter = new MessageCounter();
    expect(counter.push(unmasked, unmasked.length - 1)).toBe(0);
    expect(counter.push(unmasked.subarray(-1), 1)).toBe(1);
  });

  it('knows how much of a message has come', () => {
    const counter = new MessageCounter();
    const frame = maskedFrame(BINARY, Buffer.alloc(1000));
    counter.push(unmasked, unmasked.length);
    counter.push(frame, frame.length - 250);
    expect(counter.progress).toBe(1.75);
    counter.push(frame, 250);
    expect(counter.progress).toBe(2);
  });

  it("leaves a session's control messages out, in a session", () => {
    const bytes = Buffer.concat([
      Buffer.from('81067e61636b2035', 'hex'), // ~ack 5, as text
      unmasked,
      empty,
      Buffer.from('82067e61636b2035', 'hex'), // as binary
    ]);
    expect(new MessageCounter(true).push(bytes, bytes.length)).toBe(3);
    expect(new MessageCounter(false).push(bytes, bytes.length)).toBe(4);
  });
});
