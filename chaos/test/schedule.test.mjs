import { catalogue, createFaultProxy } from '@holdfast/faults';
import { describe, expect, it } from 'vitest';
import { FAULT_TABLE } from '../../e2e/faults/src/fault-table.mjs';
import { parseRules } from '../../e2e/faults/src/parse-rules.mjs';
import { episodes } from '../schedule.mjs';
import { rulesOf, WEATHER } from '../weather.mjs';

/** @import { Rule } from '@holdfast/faults' */

/** The first so many. @param {Parameters<typeof episodes>} place @param {number} count */
function take(place, count) {
  const coming = episodes(...place);
  return Array.from({ length: count }, () => coming.next().value);
}

/** Options that make another fault of it; the others say how much. */
const CHARACTER = ['type', 'status', 'by', 'head', 'once', 'respond', 'afterFrames'];

/** What the rules do to each kind of request, in words. @param {readonly Rule[]} rules @returns {string[]} */
const effectsOf = (rules) =>
  parseRules(rules).flatMap(({ match, fault = {} }) => {
    const character = Object.entries(fault).filter(([name]) => CHARACTER.includes(name));
    return [match.kind ?? []].flat().map((kind) => [kind, ...character.flat()].join(' '));
  });

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
  const drawn = take([5, 'p0'], 2000);

  it('is made of rules that the proxy takes, for the one page alone', async () => {
    const proxy = await createFaultProxy({ upstreamPort: 1 });
    for (const { name, weather } of drawn) {
      const rules = rulesOf(name, weather, { page: 'p0' });
      await proxy.set(rules);
      for (const { match } of rules) expect(match).toMatchObject({ path: '/socket', query: { page: 'p0' } });
    }
    await proxy.close();
  });

  it('has every fault that the proxy knows', () => {
    /** @type {Set<string>} */
    const here = new Set(typesOf(drawn.flatMap(({ name, weather }) => rulesOf(name, weather, undefined))));
    expect(Object.keys(FAULT_TABLE).filter((type) => !here.has(type))).toEqual([]);
  });

  it("has each entry of the proxy's catalogue: all that it does, and to the same kinds of request, together", () => {
    const effects = drawn.map(({ name, weather }) => new Set(effectsOf(rulesOf(name, weather, undefined))));
    for (const [name, rules] of Object.entries(catalogue)) {
      const due = effectsOf(rules);
      expect(
        effects.some((here) => due.every((effect) => here.has(effect))),
        `${name}: ${due.join(', ')}`,
      ).toBe(true);
    }
  });

  it('stops the reader at either end, and at both, with and without a cut', () => {
    const pauses = drawn.flatMap(({ weather: { pauses, cuts } }) =>
      pauses === undefined ? [] : `${pauses.join(' and ')}${cuts === undefined ? '' : ', cut'}`,
    );
    const ends = ['page', 'server', 'page and server'];
    expect([...new Set(pauses)].sort()).toEqual(ends.flatMap((end) => [end, `${end}, cut`]).sort());
  });
});
