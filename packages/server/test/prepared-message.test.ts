import { FrameDecoder, OPCODE_BINARY, OPCODE_TEXT } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { PreparedMessage } from '../src/prepared-message.ts';

/** The frame, and whether its payload is this (long ones are not for a matcher to compare). */
function decode(frame: Buffer, due: Uint8Array): { fin: boolean; opcode: number; isDue: boolean } {
  const decoder = new FrameDecoder({ expectMasked: false, maxPayloadBytes: frame.length });
  decoder.push(frame);
  const decoded = decoder.next();
  if (decoded === undefined || !decoder.isBetweenFrames) throw new Error('Not one whole frame');
  return { fin: decoded.fin, opcode: decoded.opcode, isDue: Buffer.from(decoded.payload).equals(due) };
}

describe('PreparedMessage', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 65_537])('is one whole frame, of %i bytes', (length) => {
    const data = Buffer.alloc(length, 'data');
    const binary = new PreparedMessage(data, true, true);
    expect(decode(binary.frame, data)).toEqual({ fin: true, opcode: OPCODE_BINARY, isDue: true });
    const text = new PreparedMessage(data.toString(), false, true);
    expect(decode(text.frame, data)).toEqual({ fin: true, opcode: OPCODE_TEXT, isDue: true });
  });

  it('says text in UTF-8, unpaired surrogates replaced', () => {
    const { frame, payload } = new PreparedMessage('é€😀\ud800', false, true);
    expect(payload.toString()).toBe('é€😀\ufffd');
    expect(decode(frame, payload).isDue).toBe(true);
  });

  it('takes bytes that are text as they are', () => {
    const { frame, binary } = new PreparedMessage(Buffer.from('é'), false, true);
    expect(decode(frame, Buffer.from('é'))).toEqual({ fin: true, opcode: OPCODE_TEXT, isDue: true });
    expect(binary).toBe(false);
  });

  it('is a copy, made once: the payload lies within the frame', () => {
    const data = Buffer.from('before');
    const { frame, payload } = new PreparedMessage(data, true, true);
    data.write('after!');
    expect(payload.toString()).toBe('before');
    expect(payload.buffer).toBe(frame.buffer);
    expect(payload.byteOffset + payload.length).toBe(frame.byteOffset + frame.length);
  });

  it('is compressed once for each window, into one whole frame with RSV1', async () => {
    for (const isLater of [false, true]) {
      const message = new PreparedMessage('a text', false, true);
      const payloads: string[] = [];
      const deflate = (payload: Buffer): Uint8Array | Promise<Uint8Array> => {
        payloads.push(payload.toString());
        const bytes = Buffer.from(`deflated ${payloads.length}`);
        return isLater ? Promise.resolve(bytes) : bytes;
      };
      const frames = [15, 15, 9, 15].map((windowBits) => message.deflatedFrame(windowBits, deflate));
      expect(frames.map((frame) => frame instanceof Promise)).toEqual(Array(4).fill(isLater));
      const [first, second, third, fourth] = await Promise.all(frames);
      expect([second, fourth]).toEqual([first, first]);
      expect([first, third].map((frame) => frame?.toString('latin1'))).toEqual([
        '\xc1\x0adeflated 1',
        '\xc1\x0adeflated 2',
      ]);
      expect(payloads).toEqual(['a text', 'a text']);
    }
  });
});
