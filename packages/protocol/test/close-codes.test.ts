import { describe, expect, it } from 'vitest';
import * as closeCodes from '../src/close-codes.ts';

const { isValidCloseCode, ...names } = closeCodes;

describe('close codes', () => {
  it('may be sent exactly if they are 1000-1003, 1007-1014 or 3000-4999', () => {
    const valid: number[] = [];
    for (let code = 0; code <= 0xffff; code++) if (isValidCloseCode(code)) valid.push(code);
    const range = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i);
    expect(valid).toEqual([...range(1000, 1003), ...range(1007, 1014), ...range(3000, 4999)]);
  });

  it('may not be sent if they are no numbers of the registry at all', () => {
    for (const code of [-1, Number.NaN, Number.POSITIVE_INFINITY, 70_000, 1000.5]) {
      expect(isValidCloseCode(code)).toBe(false);
    }
  });

  it('have a name each, 1000 to 1015, except the reserved 1004', () => {
    const codes = Object.values(names).sort((a, b) => a - b);
    expect(codes).toEqual([
      1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,
    ]);
  });
});
