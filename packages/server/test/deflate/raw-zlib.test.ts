import { createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hasRawZlib, RawZlib } from '../../src/deflate/raw-zlib.ts';

const TEXT = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(3));

function run(zlib: RawZlib, input: Uint8Array, outputBytes = 1024): Buffer {
  const output = Buffer.alloc(outputBytes);
  return output.subarray(0, zlib.run(input, 0, input.length, output, 0));
}

describe('RawZlib', () => {
  it('is there in every version of Node that we support', () => {
    expect(hasRawZlib()).toBe(true);
  });

  it('compresses and inflates at once, with what was before in mind', () => {
    const deflate = new RawZlib(createDeflateRaw());
    const inflate = new RawZlib(createInflateRaw());
    const [first, second] = [run(deflate, TEXT), run(deflate, TEXT)];
    expect(second.length).toBeLessThan(first.length / 4);
    expect(run(inflate, first)).toEqual(TEXT);
    expect(run(inflate, second)).toEqual(TEXT);
  });

  it('forgets what was before with reset', () => {
    const deflate = new RawZlib(createDeflateRaw());
    const first = run(deflate, TEXT);
    deflate.reset();
    expect(run(deflate, TEXT)).toEqual(first);
  });

  it('goes on where its output was full', () => {
    const inflate = new RawZlib(createInflateRaw());
    const deflated = deflateRawSync(TEXT);
    const output = Buffer.alloc(TEXT.length);
    const half = output.subarray(0, 60);
    expect(inflate.run(deflated, 0, deflated.length, half, 0)).toBe(60);
    const at = deflated.length - inflate.unread;
    expect(inflate.run(deflated, at, deflated.length, output, 60)).toBe(TEXT.length);
    expect(output).toEqual(TEXT);
  });

  it('says how much it has left unread behind the end of a stream', () => {
    const inflate = new RawZlib(createInflateRaw());
    expect(run(inflate, Buffer.concat([deflateRawSync(TEXT), Buffer.from('rest')]))).toEqual(TEXT);
    expect(inflate.unread).toBe(4);
  });

  it('throws what zlib finds wrong', () => {
    const inflate = new RawZlib(createInflateRaw());
    expect(() => run(inflate, Buffer.from('ffffff', 'hex'))).toThrow(
      expect.objectContaining({ code: 'Z_DATA_ERROR' }),
    );
    expect(() => run(inflate, deflateRawSync(TEXT))).toThrow('closed');
  });

  it('cannot be used once it is closed', () => {
    const deflate = new RawZlib(createDeflateRaw());
    deflate.close();
    expect(() => run(deflate, TEXT)).toThrow('closed');
    expect(() => deflate.reset()).not.toThrow();
  });
});
