import { describe, expect, it } from 'vitest';
import { pairs, withoutHeaders } from '../src/raw-headers.mjs';

const RAW = ['Host', 'a', 'X-B', '1', 'x-b', '2', 'Connection', 'close'];

describe('raw headers', () => {
  it('come in pairs, in order, with repetitions', () => {
    expect(pairs(RAW)).toEqual([
      ['Host', 'a'],
      ['X-B', '1'],
      ['x-b', '2'],
      ['Connection', 'close'],
    ]);
  });

  it('lose every one of a name, in any case of letters, and keep the rest in order', () => {
    expect(withoutHeaders(RAW, ['x-b', 'absent'])).toEqual(['Host', 'a', 'Connection', 'close']);
  });
});
