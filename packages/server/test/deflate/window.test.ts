import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Window } from '../../src/deflate/window.ts';

const WINDOW_BITS = 8;

describe('a Window', () => {
  it('is empty at first', () => {
    expect(new Window(WINDOW_BITS).bytes).toHaveLength(0);
  });

  it('holds the last bytes of everything that was added', () => {
    const addition = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ minLength: 250, maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(addition, { maxLength: 40 }), (additions) => {
        const window = new Window(WINDOW_BITS);
        let all = Buffer.alloc(0);
        for (const bytes of additions) {
          window.add(bytes);
          all = Buffer.concat([all, bytes]);
          expect(window.bytes.equals(all.subarray(-256))).toBe(true);
        }
      }),
    );
  });

  it('copies what it is given', () => {
    const window = new Window(WINDOW_BITS);
    const bytes = Buffer.from('abc');
    window.add(bytes);
    bytes.fill(0);
    expect(window.bytes.toString()).toBe('abc');
  });

  it('takes no more memory than twice what has come, nor than its size and an eighth', () => {
    const window = new Window(15);
    window.add(Buffer.alloc(100));
    expect(window.bytes.buffer.byteLength).toBeLessThanOrEqual(200);
    window.add(Buffer.alloc(1_000_000));
    expect(window.bytes.buffer.byteLength).toBe(2 ** 15 * 1.125);
    expect(window.bytes).toHaveLength(2 ** 15);
  });
});
