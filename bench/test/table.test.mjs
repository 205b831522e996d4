import { expect, it } from 'vitest';
import { count, table } from '../table.mjs';

it('puts the first column to the left and the others to the right', () => {
  expect(
    table([
      ['what', 'how many', ''],
      ['a long name, longer than all others', '1', 'ok'],
    ]),
  ).toBe(
    `what                                 how many\na long name, longer than all others         1        ok`,
  );
});

it.each([
  [4.26, '4.3'],
  [99.96, '100'],
  [1234.5, '1,235'],
  [1_234_567, '1,234,567'],
])('writes %d as %s', (value, text) => {
  expect(count(value)).toBe(text);
});
