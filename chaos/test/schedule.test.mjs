import { catalogue, createFaultProxy } from '@holdfast/faults';
import { describe, expect, it } from 'vitest';
import { episodes } from '../schedule.mjs';
import { rulesOf, WEATHER } from '../weather.mjs';

/** @import { Rule } from '@holdfast/faults' */

/** The first so many. @param {Parameters<typeof episodes>} place @param {number} count */
function take(place, count) {
  const coming = episodes(...place);
  return Array.from({ length: count }, () => coming.next().value);
}

/** @param {readonly Rule[]} rules */
const typesOf = (rules) =>
  rules.flatMap(({ fault }) => (fault === undefined ? [] : typeof fault === 'string' ? fault : fault.type));

describe('a schedule', () => {
  it('is the same for the same seed and page, and another for each other', () => {
    expect(take([5, 'p0'], 50)).toEqual(take([5, 'p0'], 50));
    expect(take([5, 'p0'], 50)).not.toEqual(take([5, 'p1'], 50));
    expect(take([5, 'p0'], 50)).not.toEqual(take([6, 'p0'], 50));
  });

  it('brings every kind of weather, or those that it may', () => {
    const names = new Set(take([5, 'p0'], 1000).map(({ name }) => name));
    expect([...names].sort()).toEqual(Object.keys(WEATHER).sort());
    const few = new Set(take([5, 'p0', ['TCP cut', 'network gone']], 100).map(({ name }) => name));
    expect([...few].sort()).toEqual(['TCP cut', 'network gone']);
  });

  it('keeps within the time that each kind has, far below the life of a session', () => {
    for (const { name, lastsMs, calmMs } of take([5, 'p0'], 1000)) {
      const [least = 0, most = 0] = WEATHER[name]?.lastsMs ?? [];
      expect(lastsMs).toBeGreaterThanOrEqual(least);
      expect(lastsMs).toBeLessThanOrEqual(Math.min(most, 10_000));
      expect(calmMs).toBeLessThanOrEqual(10_000);
    }
  });
});

describe('weather', () => {
  const drawn = take([5, 'p0'], 1000);

  it('is made of rules that the proxy takes, for the one page alone', async () => {
    const proxy = await createFaultProxy({ upstreamPort: 1 });
    for (const { name, weather } of drawn) {
      const rules = rulesOf(name, weather, { page: 'p0' });
      await proxy.set(rules);
      for (const { match } of rules) expect(match).toMatchObject({ path: '/socket', query: { page: 'p0' } });
    }
    await proxy.close();
  });

  it("has every fault of the proxy's catalogue", () => {
    const here = new Set(typesOf(drawn.flatMap(({ name, weather }) => rulesOf(name, weather, undefined))));
    const there = new Set(typesOf(Object.values(catalogue).flat()));
    expect([...there].filter((type) => !here.has(type))).toEqual([]);
  });
});
