import { FrameDecoder, OPCODE_TEXT } from '@holdfast/protocol';
import { expect, it } from 'vitest';
import { controlFrame } from '../src/control-frame.ts';

it.each([2, 125, 126, 127, 255, 256, 65_535])(
  'a control of %i characters is one unmasked text frame',
  (length) => {
    const text = '~'.padEnd(length, 'x');
    const decoder = new FrameDecoder({ expectMasked: false });
    decoder.push(Buffer.from(controlFrame(text), 'latin1'));
    const frame = decoder.next();
    expect(frame).toMatchObject({ fin: true, opcode: OPCODE_TEXT });
    expect(Buffer.from(frame?.payload ?? []).toString()).toBe(text);
    expect(decoder.isBetweenFrames).toBe(true);
  },
);
