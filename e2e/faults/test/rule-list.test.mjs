import { expect, describe as group, it } from 'vitest';
import { parseRules } from '../src/parse-rules.mjs';
import { describe } from '../src/request.mjs';
import { RuleList } from '../src/rule-list.mjs';

/** @import { Rule } from '../src/types.ts' */

const upgrade = describe({ method: 'GET', url: '/', headers: { upgrade: 'websocket' } });
const poll = describe({ method: 'POST', url: '/?holdfast=1', headers: {} });

/** @param {Rule[]} rules */
function listOf(rules) {
  const list = new RuleList();
  list.set(parseRules(rules), '');
  return list;
}

/** @param {RuleList} list @param {number} count @param {typeof poll} [request] */
const hits = (list, count, request = poll) =>
  Array.from({ length: count }, () => list.plan(request, new Map(), false).types.length > 0);

group('a rule list', () => {
  it('has nothing in store where no rule matches', () => {
    const plan = listOf([{ match: { kind: 'upgrade' }, fault: 'reset' }]).plan(poll, new Map(), false);
    expect(plan.types).toEqual([]);
    expect(plan.alone).toBeUndefined();
    expect(plan.link).toBeUndefined();
  });

  it('lets the first rule of each fault type act, and the first link', () => {
    const list = listOf([
      { fault: { type: 'timeout', afterMs: 5 }, link: { upMs: 1 } },
      { fault: { type: 'timeout', afterMs: 9 }, link: { upMs: 2 } },
      { fault: 'hold' },
    ]);
    const plan = list.plan(poll, new Map(), false);
    expect(plan.get('timeout')?.afterMs).toBe(5);
    expect(plan.types).toEqual(['timeout', 'hold']);
    expect(plan.link?.arrivalMs('up', 1, 0)).toBe(1);
  });

  it('asks no further fault once one leaves the server out, but still finds the link', () => {
    const list = listOf([{ fault: 'swallow' }, { fault: 'hold' }, { link: { upMs: 3 } }]);
    const plan = list.plan(poll, new Map(), false);
    expect(plan.alone?.type).toBe('swallow');
    expect(plan.types).toEqual(['swallow']);
    expect(plan.link?.connectMs).toBe(3);
    expect(list.report().map(({ matched }) => matched)).toEqual([1, 0, 1]);
  });

  it('spends no count of a fault on a kind of request that it cannot befall', () => {
    const list = listOf([{ match: { count: 1 }, fault: 'hold' }]);
    expect(hits(list, 1, upgrade)).toEqual([false]);
    expect(hits(list, 2)).toEqual([true, false]);
  });

  it('skips the first matches with `after`, and stops with `count`', () => {
    expect(hits(listOf([{ match: { after: 2, count: 2 }, fault: 'reset' }]), 6)).toEqual([
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('throws the same dice for the same seed', () => {
    const rule = (/** @type {number} */ seed) => [
      { match: { probability: 0.5, seed }, fault: /** @type {const} */ ('reset') },
    ];
    const first = hits(listOf(rule(3)), 200);
    expect(hits(listOf(rule(3)), 200)).toEqual(first);
    expect(hits(listOf(rule(4)), 200)).not.toEqual(first);
    const share = first.filter(Boolean).length / first.length;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
  });

  it('counts hits, not throws, towards `count`', () => {
    const list = listOf([{ match: { probability: 0.5, count: 3 }, fault: 'reset' }]);
    expect(hits(list, 100).filter(Boolean)).toHaveLength(3);
  });

  it('decides once per request, however often it is asked', () => {
    const list = listOf([{ match: { count: 1 }, fault: 'stall' }]);
    const decisions = new Map();
    expect(list.plan(upgrade, decisions, false).types).toEqual(['stall']);
    expect(list.plan(upgrade, decisions, true).types).toEqual(['stall']);
    expect(list.report()[0]?.applied).toBe(1);
  });

  it('lets only live faults befall what runs already', () => {
    const list = listOf([{ fault: 'reset' }, { fault: 'half-open' }]);
    expect(list.plan(upgrade, new Map(), true).types).toEqual(['half-open']);
  });

  it('keeps a rule to the running or to the new when `live` says so', () => {
    const list = listOf([
      { match: { live: true }, fault: 'half-open' },
      { match: { live: false }, fault: 'stall' },
    ]);
    expect(list.plan(upgrade, new Map(), true).types).toEqual(['half-open']);
    expect(list.plan(upgrade, new Map(), false).types).toEqual(['stall']);
  });

  it('replaces the rules of one group and leaves the counters of the others alone', () => {
    const list = listOf([{ match: { count: 1 }, fault: 'reset' }]);
    hits(list, 1);
    list.set(parseRules([{ fault: 'swallow' }]), 'visitor');
    expect(list.report().map(({ group, name, applied }) => [group, name, applied])).toEqual([
      ['', 'reset', 1],
      ['visitor', 'swallow', 0],
    ]);
    list.set([], 'visitor');
    expect(hits(list, 1)).toEqual([false]);
  });
});
