import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isBinary, isBlob, type SendData, toBinaryType, toBytes, toPayload } from '../src/message-data.ts';

const bytes = Uint8Array.of(1, 2, 3, 4);

describe('isBinary', () => {
  it.each<[SendData, boolean]>([
    ['text', false],
    [1.5, false],
    [bytes, true],
    [bytes.buffer, true],
    [[1, 2], true],
    [undefined, true],
    [new Blob(['x']), true],
  ])('is of %s: %s', (data, expected) => {
    expect(isBinary(data)).toBe(expected);
  });
});

describe('toPayload', () => {
  it('leaves text as it is', () => {
    expect(toPayload('é')).toBe('é');
  });

  it('writes a number as text', () => {
    expect(toPayload(-1.5)).toBe('-1.5');
    expect(toPayload(0)).toBe('0');
  });

  it.each<[what: string, SendData]>([
    ['a Buffer', Buffer.from(bytes)],
    ['a Uint8Array', bytes],
    ['an ArrayBuffer', bytes.buffer],
    ['a SharedArrayBuffer', shared()],
    ['a DataView', new DataView(bytes.buffer)],
    ['a view of other elements', new Uint16Array(bytes.buffer)],
    ['a part of a buffer', new Uint8Array([0, 1, 2, 3, 4, 5]).subarray(1, 5)],
    ['an array of numbers', [1, 2, 3, 4]],
    ['an object with such a value', { valueOf: () => bytes.buffer }],
  ])('takes %s', (_what, data) => {
    expect([...toBytes(data as Exclude<SendData, Blob>)]).toEqual([1, 2, 3, 4]);
  });

  it('does not copy what has memory', () => {
    for (const data of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
      expect((toPayload(data) as Uint8Array).buffer).toBe(bytes.buffer);
    }
  });

  it('takes undefined and null for no data', () => {
    expect(toPayload(undefined)).toHaveLength(0);
    expect(toPayload(null)).toHaveLength(0);
  });

  it.each([{}, true, Symbol('s'), () => {}])('throws a TypeError for %o', (data) => {
    expect(() => toPayload(data as unknown as string)).toThrow(TypeError);
  });
});

describe('toBytes', () => {
  it('writes text in UTF-8', () => {
    expect(Buffer.from(toBytes('é')).toString('hex')).toBe('c3a9');
  });
});

describe('isBlob', () => {
  it('knows Blobs, also of another realm, and nothing else', () => {
    const foreign = runInNewContext(`({ [Symbol.toStringTag]: 'Blob', arrayBuffer() {} })`);
    expect(isBlob(new Blob(['a']))).toBe(true);
    expect(isBlob(foreign)).toBe(true);
    for (const other of [bytes, 'Blob', null, undefined, {}, 1]) expect(isBlob(other)).toBe(false);
  });
});

describe('toBinaryType', () => {
  const data = Buffer.from(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2);

  it('gives a Buffer as it is', () => {
    expect(toBinaryType(data, 'nodebuffer')).toBe(data);
  });

  it('gives an ArrayBuffer of exactly the bytes', () => {
    expect(toBinaryType(data, 'arraybuffer')).toEqual(Uint8Array.of(1, 2).buffer);
  });

  it('gives an ArrayBuffer without a copy where it holds nothing else', () => {
    expect(toBinaryType(Buffer.from(bytes.buffer), 'arraybuffer')).toBe(bytes.buffer);
  });

  it('gives fragments as an array of Buffers', () => {
    expect(toBinaryType(data, 'fragments')).toEqual([data]);
    const whole = Buffer.from('abcde');
    const fragments = toBinaryType(whole, 'fragments', [2, 2, 3]) as Buffer[];
    expect(fragments.map(String)).toEqual(['ab', '', 'c', 'de']);
    for (const fragment of fragments) expect(fragment.buffer).toBe(whole.buffer); // not copied
  });

  it('gives a Blob', async () => {
    const blob = toBinaryType(data, 'blob') as unknown as Blob;
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([1, 2]);
  });
});

function shared(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(4);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}
