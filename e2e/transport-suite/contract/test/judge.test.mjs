/** What counts as passed, failed and excepted. */
import { describe, expect, test } from 'vitest';
import { AREAS } from '../clauses/index.mjs';
import { ENGINES } from '../engines/engines.mjs';
import { EXCEPTIONS } from '../exceptions.mjs';
import { expected, judge } from '../judge.mjs';
import { VARIANTS } from '../variants.mjs';

const EXCEPTED = { area: 'Opening', clause: 'the event is trusted' };
const ANOTHER = { area: 'Opening', clause: 'another' };
const failure = 'it is not so';

describe('a clause', () => {
  test('that fails and is an exception is excepted', () => {
    const { passed, failed, excepted } = judge([{ ...EXCEPTED, failure }], 'firefox', 'iframe');
    expect({ passed, failed, excepted: excepted.length }).toEqual({ passed: 0, failed: [], excepted: 1 });
  });

  test('that fails and is none has failed', () => {
    const result = { ...ANOTHER, failure };
    expect(judge([result], 'firefox', 'iframe')).toEqual({ passed: 0, failed: [result], excepted: [] });
  });

  test('that is an exception for another variant has failed', () => {
    expect(judge([{ ...EXCEPTED, failure }], 'firefox', 'native class').failed).toHaveLength(1);
  });

  test('that is an exception in another engine has failed', () => {
    const clause = { area: 'close()', clause: 'the code 999.5 is 1000', failure };
    expect(judge([clause], 'webkit', 'native class').failed).toEqual([]);
    expect(judge([clause], 'firefox', 'native class').failed).toEqual([clause]);
  });

  test('that holds though it is an exception has failed', () => {
    const { passed, failed } = judge([EXCEPTED, ANOTHER], 'firefox', 'iframe');
    expect(passed).toBe(1);
    expect(failed).toMatchObject([
      { ...EXCEPTED, failure: expect.stringContaining('listed as an exception') },
    ]);
  });
});

test('all clauses that are no exceptions have to hold', () => {
  const clauses = AREAS.find(({ name }) => name === 'Opening')?.clauses.length ?? 0;
  expect(expected(['Opening'], 'firefox', 'iframe')).toEqual({ clauses, toHold: clauses - 1 });
  expect(expected(['Opening'], 'firefox', 'native class')).toEqual({ clauses, toHold: clauses });
});

describe('an exception', () => {
  const named = EXCEPTIONS.flatMap(({ area, clauses, variants, engines = [] }) =>
    clauses.map((clause) => ({ area, clause, variants, engines })),
  );

  test.each(named)('of $area: $clause: names what there is', ({ area, clause, variants, engines }) => {
    const clauses = AREAS.find(({ name }) => name === area)?.clauses.map(({ name }) => name);
    expect(clauses).toContain(clause);
    expect(VARIANTS.map(({ name }) => name)).toEqual(expect.arrayContaining([...variants]));
    expect(ENGINES.map(({ name }) => name)).toEqual(expect.arrayContaining([...engines]));
  });

  test('is known by the name of its clause', () => {
    for (const { name, clauses } of AREAS) {
      const names = clauses.map((clause) => clause.name);
      expect(new Set(names).size, name).toBe(names.length);
    }
  });
});
