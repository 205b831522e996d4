import { describe, expect, it, vi } from 'vitest';
import { HandshakeFilter } from '../src/handshake-filter.mjs';

const HEAD = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

/** @param {number} length */
function frame(length) {
  const payload = Buffer.alloc(length, 'x');
  if (length < 126) return Buffer.concat([Buffer.from([0x82, length]), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x82;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/**
 * What passes of `bytes` when they come in pieces of `size`.
 *
 * @param {HandshakeFilter} filter
 * @param {Buffer} bytes
 * @param {number} size
 */
function pass(filter, bytes, size) {
  /** @type {Buffer[]} */
  const out = [];
  for (let at = 0; at < bytes.length; at += size) out.push(...filter.push(bytes.subarray(at, at + size)));
  return Buffer.concat(out);
}

describe('the handshake filter', () => {
  it.each([1, 3, 1000, 1_000_000])('passes head and frames unchanged in pieces of %d bytes', (size) => {
    const bytes = Buffer.concat([Buffer.from(HEAD), frame(0), frame(125), frame(65_536)]);
    const onHead = vi.fn();
    const onSilent = vi.fn();
    expect(pass(new HandshakeFilter(onHead, onSilent), bytes, size).equals(bytes)).toBe(true);
    expect(onHead).toHaveBeenCalledExactlyOnceWith(101, HEAD.length);
    expect(onSilent).not.toHaveBeenCalled();
  });

  it.each([1, 3, 1000])('is silent right after the head with 0 frames, in pieces of %d bytes', (size) => {
    const onSilent = vi.fn();
    const filter = new HandshakeFilter(() => {}, onSilent);
    filter.silentAfterFrames = 0;
    expect(pass(filter, Buffer.from(`${HEAD}frames`), size).toString()).toBe(HEAD);
    expect(onSilent).toHaveBeenCalledTimes(1);
  });

  it.each([0, 1, 125, 126, 127, 65_535, 65_536])(
    'is silent exactly behind a second frame of %d bytes',
    (length) => {
      for (const size of [1, 7, 100_000]) {
        const filter = new HandshakeFilter(
          () => {},
          () => {},
        );
        filter.silentAfterFrames = 2;
        const wanted = Buffer.concat([Buffer.from(HEAD), frame(length), frame(length)]);
        const bytes = Buffer.concat([wanted, frame(length), frame(3)]);
        expect(pass(filter, bytes, size).equals(wanted)).toBe(true);
      }
    },
  );

  it('finishes the frame under way when the silence is ordered in its middle', () => {
    const filter = new HandshakeFilter(
      () => {},
      () => {},
    );
    const bytes = Buffer.concat([frame(10), frame(10)]);
    pass(filter, Buffer.concat([Buffer.from(HEAD), bytes.subarray(0, 5)]), 1000);
    filter.silentAfterFrames = 0;
    filter.check();
    expect(pass(filter, bytes.subarray(5), 1000).length).toBe(frame(10).length - 5);
  });

  it('passes a refusal whole, head and body, and falls silent never', () => {
    const onHead = vi.fn();
    const onSilent = vi.fn();
    const filter = new HandshakeFilter(onHead, onSilent);
    filter.silentAfterFrames = 0;
    const refusal = Buffer.from('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    expect(pass(filter, refusal, 4).equals(refusal)).toBe(true);
    expect(onHead).toHaveBeenCalledExactlyOnceWith(403, refusal.length - 2);
    expect(onSilent).not.toHaveBeenCalled();
  });

  it('passes what has no head at all', () => {
    const onHead = vi.fn();
    const noise = Buffer.alloc(200_000, 'z');
    const filter = new HandshakeFilter(onHead, () => {});
    expect(pass(filter, noise, 50_000).equals(noise)).toBe(true);
    expect(onHead).not.toHaveBeenCalled();
  });
});
