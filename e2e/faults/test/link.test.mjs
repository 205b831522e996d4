import { describe, expect, it } from 'vitest';
import { Link } from '../src/link.mjs';
import { parseRules } from '../src/parse-rules.mjs';

/** @param {import('../src/types.ts').LinkSpec} spec */
function linkOf(spec) {
  const [rule] = parseRules([{ link: spec }]);
  if (rule?.link === undefined) throw new Error('a link was asked for');
  return new Link(rule.link);
}

describe('a link', () => {
  it('delays each direction by its own time', () => {
    const link = linkOf({ upMs: 30, downMs: 70 });
    expect(link.arrivalMs('up', 1000, 5)).toBe(35);
    expect(link.arrivalMs('down', 1000, 5)).toBe(75);
  });

  it('adds jitter between nothing and its limit, the same for the same seed', () => {
    const arrivals = () => {
      const link = linkOf({ upMs: 10, jitterMs: 40, seed: 5 });
      return Array.from({ length: 200 }, () => link.arrivalMs('up', 1, 0));
    };
    expect(arrivals()).toEqual(arrivals());
    expect(Math.min(...arrivals())).toBeGreaterThanOrEqual(10);
    expect(Math.max(...arrivals())).toBeLessThan(50);
    expect(Math.max(...arrivals()) - Math.min(...arrivals())).toBeGreaterThan(30);
  });

  it('sends one after the other at its bandwidth, each direction for itself', () => {
    const link = linkOf({ upKibps: 1, downKibps: 2, upMs: 10 });
    expect(link.arrivalMs('up', 512, 0)).toBe(510);
    expect(link.arrivalMs('up', 512, 0)).toBe(1010);
    expect(link.arrivalMs('down', 512, 0)).toBe(250);
    expect(link.arrivalMs('up', 512, 5000)).toBe(5510);
  });

  it('cuts what it carries into portions of its bandwidth', () => {
    expect(linkOf({ upMs: 10 }).portionBytes('up')).toBe(Infinity);
    expect(linkOf({ upKibps: 1000 }).portionBytes('up')).toBe(20_480);
    expect(linkOf({ upKibps: 1 }).portionBytes('up')).toBe(1460);
  });

  it('allows more under way the longer and wider it is', () => {
    expect(linkOf({ downKibps: 1 }).windowBytes('down')).toBe(65_536);
    expect(linkOf({ downKibps: 1000, downMs: 750 }).windowBytes('down')).toBe(1_024_000);
  });
});
