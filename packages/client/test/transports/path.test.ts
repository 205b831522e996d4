import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Limit, Path } from '../../src/transports/path.ts';
import { SimulatedStorage } from '../simulated-storage.ts';

const ORIGIN = 'wss://example.com';

let path: Path;

beforeEach(() => {
  vi.stubGlobal('localStorage', new SimulatedStorage());
  path = new Path(ORIGIN);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** All that it allows was let be so many times. */
function keep(limit: Limit, times: number): void {
  for (let count = 0; count < times; count++) limit.kept(limit.value);
}

describe('a limit of a path', () => {
  it('is not known to begin with, and nothing is remembered of that', () => {
    const limit = new Limit('somewhere', 10, 1000, 1.05);
    keep(limit, 2);
    expect(limit.value).toBe(1000);
    expect(localStorage).toHaveLength(0);
  });

  it('is half of what was too much, a whole number', () => {
    const limit = new Limit('somewhere', 10, 1000, 1);
    limit.exceeded(500.7);
    expect(limit.value).toBe(251);
    limit.exceeded(251);
    expect(limit.value).toBe(126);
  });

  it('is never more for a failure, nor less than the least', () => {
    const limit = new Limit('somewhere', 10, 1000, 1);
    limit.exceeded(100);
    limit.exceeded(800);
    expect(limit.value).toBe(50);
    limit.exceeded(12);
    expect(limit.value).toBe(10);
  });

  it('is not learnt from what is no more than the least, where something else was wrong', () => {
    const limit = new Limit('somewhere', 10, 1000, 1);
    limit.exceeded(10);
    expect(limit.value).toBe(1000);
  });

  it('is known to the next page once it has proven itself', () => {
    const limit = (): Limit => new Limit('somewhere', 10, 1000, 1);
    const first = limit();
    first.exceeded(100);
    expect(limit().value).toBe(1000);
    first.kept(25);
    expect(limit().value).toBe(1000);
    first.kept(26);
    expect(limit().value).toBe(50);
    expect(new Limit('elsewhere', 10, 1000, 1).value).toBe(1000);
  });
});

describe('how long a path lets an answer hang', () => {
  it('is thought to be longer than servers hold it', () => {
    expect(path.hold.value).toBe(18_000);
  });

  it('is asked for again bit by bit, so that the next kill is some ten holds away', () => {
    path.hold.exceeded(10_000);
    keep(path.hold, 14);
    expect(path.hold.value).toBeLessThan(10_000);
    keep(path.hold, 1);
    expect(path.hold.value).toBeGreaterThan(10_000);
    keep(path.hold, 100);
    expect(path.hold.value).toBe(18_000);
  });
});

describe('how large a body a path takes', () => {
  it('stays what it was found to be', () => {
    path.body.exceeded(100_000);
    keep(path.body, 100);
    expect(path.body.value).toBe(50_000);
    expect(new Path(ORIGIN).body.value).toBe(50_000);
  });

  it('is never less than what goes along with an attach', () => {
    path.body.exceeded(12_000);
    expect(path.body.value).toBe(10_240);
  });
});
