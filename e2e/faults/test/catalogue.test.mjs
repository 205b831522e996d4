import { expect, describe as group, it } from 'vitest';
import { catalogue } from '../src/catalogue.mjs';
import { FAULT_TABLE } from '../src/fault-table.mjs';
import { parseRules } from '../src/parse-rules.mjs';
import { describe } from '../src/request.mjs';
import { RuleList } from '../src/rule-list.mjs';

/** @import { Rule } from '../src/types.ts' */

/** @type {[string, Rule[]][]} */
const entries = Object.entries(catalogue);

group('the catalogue', () => {
  it.each(entries)('has rules that can be set, and spare page loads: %s', (_name, rules) => {
    const list = new RuleList();
    list.set(parseRules(rules), '');
    const page = describe({ method: 'GET', url: '/', headers: {} });
    expect(list.plan(page, new Map(), false).types).toEqual([]);
  });

  it('has every fault but those that a test has to time itself', () => {
    const used = new Set(entries.flatMap(([, rules]) => parseRules(rules).map(({ fault }) => fault?.type)));
    const missing = Object.keys(FAULT_TABLE).filter((type) => !used.has(/** @type {any} */ (type)));
    expect(missing).toEqual(['stall', 'cut-up']);
  });
});
