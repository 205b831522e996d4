import { describe, expect, it } from 'vitest';
import { viewBuffer } from '../src/buffer-view.ts';

describe('a view', () => {
  it('is a Buffer over a part of the memory, as subarray makes it', () => {
    const whole = Buffer.from('0123456789');
    const view = viewBuffer(whole.buffer, whole.byteOffset + 2, 3);
    expect(view).toEqual(whole.subarray(2, 5));
    expect(Buffer.isBuffer(view)).toBe(true);
    expect(view.toString('latin1')).toBe('234');
    whole[3] = 0x2d;
    expect(view.toString()).toBe('2-4');
  });
});
