import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOldWindow } from './old-window.ts';

let SmallMap: MapConstructor;
let SmallSet: SetConstructor;

beforeEach(async () => {
  openOldWindow();
  ({ LegacyMap: SmallMap, LegacySet: SmallSet } = await import('../../src/legacy/map.ts'));
});

afterEach(() => vi.unstubAllGlobals());

/** As compiled code iterates where there are no symbols. */
function iterate(iterable: unknown): unknown[] {
  const iterator = (iterable as { '@@iterator'(): Iterator<unknown> })['@@iterator']();
  const values: unknown[] = [];
  for (let step = iterator.next(); step.done !== true; step = iterator.next()) values.push(step.value);
  return values;
}

describe('a map of an engine that has none', () => {
  it('keeps values by their keys, in the order of these', () => {
    const map = new SmallMap<unknown, number>();
    const key = {};
    map.set('a', 1).set(key, 2).set('a', 3);
    expect([map.size, map.get('a'), map.get(key), map.get({}), map.has(key), map.has({})]).toEqual([
      2,
      3,
      2,
      undefined,
      true,
      false,
    ]);
    expect(iterate(map)).toEqual([
      ['a', 3],
      [key, 2],
    ]);
    expect([map.keys(), map.values()]).toEqual([
      ['a', key],
      [3, 2],
    ]);
  });

  it('forgets', () => {
    const map = new SmallMap([]);
    map.set('a', 1).set('b', 2);
    expect([map.delete('a'), map.delete('a'), map.size]).toEqual([true, false, 1]);
    map.clear();
    expect(iterate(map)).toEqual([]);
  });

  it('is the platform’s where that can be iterated over', async () => {
    openOldWindow({ Map, Set, Symbol });
    const { LegacyMap, LegacySet } = await import('../../src/legacy/map.ts');
    expect([LegacyMap, LegacySet]).toEqual([Map, Set]);
  });
});

describe('a set of an engine that has none', () => {
  it('has each value once', () => {
    const set = new SmallSet(['a', 'b', 'a']);
    set.add('c').add('b');
    expect([set.size, set.has('b'), set.has('d')]).toEqual([3, true, false]);
    expect(iterate(set)).toEqual(['a', 'b', 'c']);
    expect([set.delete('a'), set.delete('a'), iterate(set)]).toEqual([true, false, ['b', 'c']]);
    set.clear();
    expect(set.size).toBe(0);
  });
});
