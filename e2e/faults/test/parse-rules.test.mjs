import { describe, expect, it } from 'vitest';
import { FAULT_TABLE } from '../src/fault-table.mjs';
import { RuleError } from '../src/options.mjs';
import { parseCutOptions, parseRules } from '../src/parse-rules.mjs';

describe('parseRules', () => {
  it('takes a fault by its name alone and fills in every default', () => {
    const [rule] = parseRules([{ fault: 'refuse' }]);
    expect(rule?.fault).toEqual({ type: 'refuse', status: 403, retryAfterS: 0, body: '' });
    expect(rule?.name).toBe('refuse');
  });

  it('charges a link with a round trip for setting up a connection, unless told otherwise', () => {
    const [slow, quick] = parseRules([
      { link: { upMs: 100, downMs: 50 } },
      { link: { upMs: 100, connectMs: 0 } },
    ]);
    expect(slow?.link?.connectMs).toBe(150);
    expect(quick?.link?.connectMs).toBe(0);
  });

  it('knows every fault of the table', () => {
    const required = { afterMs: 5, bytes: 5, kib: 5 };
    const rules = Object.entries(FAULT_TABLE).map(([type, { options }]) => {
      const needed = Object.entries(required).filter(([name]) => Object.hasOwn(options, name));
      return { fault: { type, ...Object.fromEntries(needed) } };
    });
    expect(parseRules(rules).map(({ name }) => name)).toEqual(Object.keys(FAULT_TABLE));
  });

  it.each([
    ['nothing', undefined, 'rules: must be a list'],
    ['an object', {}, 'rules: must be a list'],
    ['a rule that is no object', ['reset'], 'rules[0]: must be an object'],
    ['an empty rule', [{}], 'rules[0]: needs a fault or a link'],
    ['an unknown fault', [{ fault: 'rest' }], 'rules[0].fault.type: must be one of refuse, captive'],
    ['a prototype name as a fault', [{ fault: 'constructor' }], 'rules[0].fault.type: must be one of'],
    ['a missing option', [{ fault: 'timeout' }], 'rules[0].fault.afterMs: must be a whole number from 0 to'],
    [
      'a wrong option',
      [{ fault: { type: 'cut-up', bytes: -1 } }],
      'rules[0].fault.bytes: must be a whole number',
    ],
    [
      'an unknown option',
      [{ fault: { type: 'reset', when: 1 } }],
      'rules[0].fault.when: there is no such field',
    ],
    ['an unknown field', [{ fault: 'reset', matches: {} }], 'rules[0].matches: there is no such field'],
    [
      'an unknown kind',
      [{ fault: 'reset', match: { kind: 'ws' } }],
      'rules[0].match.kind: must be one of upgrade',
    ],
    [
      'a query that is no object',
      [{ fault: 'reset', match: { query: 'a=b' } }],
      'rules[0].match.query: must be',
    ],
    [
      'a chance above 1',
      [{ fault: 'reset', match: { probability: 2 } }],
      'rules[0].match.probability: must be',
    ],
    [
      'a negative delay',
      [{ fault: 'reset' }, { link: { upMs: -1 } }],
      'rules[1].link.upMs: must be a number',
    ],
  ])('refuses %s in one line that names the field', (_what, rules, message) => {
    expect(() => parseRules(rules)).toThrow(RuleError);
    expect(() => parseRules(rules)).toThrow(message);
  });
});

describe('parseCutOptions', () => {
  it('takes what names a request, and how to cut', () => {
    expect(parseCutOptions({ match: { query: { visitor: 'a' } }, how: 'end' })).toEqual({
      match: { query: { visitor: 'a' } },
      how: 'end',
    });
    expect(parseCutOptions({})).toEqual({ match: {} });
  });

  it('refuses what only rules have', () => {
    expect(() => parseCutOptions({ match: { count: 1 } })).toThrow('cut.match.count: there is no such field');
    expect(() => parseCutOptions({ how: 'gently' })).toThrow('cut.how: must be one of "end", "reset"');
  });
});
