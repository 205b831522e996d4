import { describe, expect, test } from 'vitest';
import {
  ALL_PASS,
  isVisitorId,
  isWorse,
  parseSwitches,
  pulledCableRule,
  rulesFor,
} from '../server/fault-switches.mjs';

const VISITOR = '0123456789abcdef';

describe('A visitor id', () => {
  test('is 16 hexadecimal digits', () => {
    expect(isVisitorId(VISITOR)).toBe(true);
    for (const wrong of ['', 'x', `${VISITOR}0`, VISITOR.toUpperCase(), `${VISITOR}\n`, 7, null, undefined]) {
      expect(isVisitorId(wrong)).toBe(false);
    }
  });
});

describe('parseSwitches', () => {
  test('takes switches as they are', () => {
    const switches = { upgrade: 'swallow', holdResponses: true, refuseFetch: false };
    expect(parseSwitches(switches)).toEqual(switches);
  });

  test.each([
    undefined,
    null,
    'refuse',
    {},
    { upgrade: 'explode', holdResponses: false, refuseFetch: false },
    { upgrade: 'pass', holdResponses: 1, refuseFetch: false },
    { upgrade: 'pass', holdResponses: false },
    { upgrade: 'pass', holdResponses: false, refuseFetch: false, status: 500 },
  ])('refuses %j', (value) => {
    expect(parseSwitches(value)).toBeUndefined();
  });
});

describe('rulesFor', () => {
  test('has no rule for an honest network', () => {
    expect(rulesFor(VISITOR, ALL_PASS)).toEqual([]);
  });

  test.each([
    ['refuse', { type: 'refuse', status: 403 }],
    ['swallow', 'swallow'],
    ['silence', 'silence'],
  ])('lets the proxy %s upgrades alone', (upgrade, fault) => {
    const rules = rulesFor(VISITOR, { ...ALL_PASS, upgrade: /** @type {'refuse'} */ (upgrade) });
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({ match: { kind: 'upgrade' }, fault });
  });

  test('refuses fetch and leaves the forms of the iframe alone', () => {
    const rules = rulesFor(VISITOR, { ...ALL_PASS, refuseFetch: true });
    expect(rules).toEqual([
      { match: { kind: 'fetch', query: { visitor: VISITOR } }, fault: { type: 'refuse', status: 403 } },
    ]);
  });

  test('holds the responses of both fallbacks', () => {
    const rules = rulesFor(VISITOR, { ...ALL_PASS, holdResponses: true });
    expect(rules[0]).toMatchObject({ match: { kind: ['fetch', 'form'] }, fault: 'hold' });
  });

  test('combines switches, the refusal of fetch before the holding', () => {
    const rules = rulesFor(VISITOR, { upgrade: 'refuse', holdResponses: true, refuseFetch: true });
    expect(rules.map(({ match }) => match?.kind)).toEqual(['upgrade', 'fetch', ['fetch', 'form']]);
  });

  test('never makes a rule that could meet another visitor', () => {
    const all = [
      ...['refuse', 'swallow', 'silence'].flatMap((upgrade) =>
        rulesFor(VISITOR, {
          upgrade: /** @type {'refuse'} */ (upgrade),
          holdResponses: true,
          refuseFetch: true,
        }),
      ),
      pulledCableRule(VISITOR),
    ];
    for (const rule of all) expect(rule.match?.query).toEqual({ visitor: VISITOR });
  });
});

describe('isWorse', () => {
  test('is true when something is newly broken, or broken in another way', () => {
    expect(isWorse(ALL_PASS, { ...ALL_PASS, upgrade: 'refuse' })).toBe(true);
    expect(isWorse({ ...ALL_PASS, upgrade: 'refuse' }, { ...ALL_PASS, upgrade: 'swallow' })).toBe(true);
    expect(isWorse(ALL_PASS, { ...ALL_PASS, holdResponses: true })).toBe(true);
    expect(isWorse(ALL_PASS, { ...ALL_PASS, refuseFetch: true })).toBe(true);
  });

  test('is false when something is mended or nothing changes', () => {
    const broken = { upgrade: /** @type {const} */ ('silence'), holdResponses: true, refuseFetch: true };
    expect(isWorse(broken, ALL_PASS)).toBe(false);
    expect(isWorse(broken, broken)).toBe(false);
    expect(isWorse(ALL_PASS, ALL_PASS)).toBe(false);
  });
});
