import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Path } from '../../src/transports/path.ts';
import { SimulatedStorage } from '../simulated-storage.ts';

const ORIGIN = 'wss://example.com';

let path: Path;

beforeEach(() => {
  vi.stubGlobal('localStorage', new SimulatedStorage());
  vi.useFakeTimers({ toFake: ['performance'] });
  path = new Path(ORIGIN);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Holds until that many more were let be. */
function hold(times: number): void {
  for (let count = 0; count < times; count++) path.held();
}

describe('how long a path lets an answer hang', () => {
  it('is thought to be longer than servers hold it, and nothing is remembered of that', () => {
    expect(path.holdMs).toBe(18_000);
    path.held();
    expect(path.holdMs).toBe(18_000);
    expect(localStorage).toHaveLength(0);
  });

  it('is half of what it took to kill one', () => {
    path.killed(10_000);
    expect(path.holdMs).toBe(5000);
    path.killed(1000);
    expect(path.holdMs).toBe(500);
  });

  it('is in whole milliseconds, as PROTOCOL.md has it', () => {
    path.killed(1001.7);
    expect(path.holdMs).toBe(500);
    hold(1);
    expect(path.holdMs).toBe(525);
    hold(1);
    expect(path.holdMs).toBe(552);
  });

  it('is not learnt from what fails soon, nor is it ever longer for a failure', () => {
    path.killed(999);
    expect(path.holdMs).toBe(18_000);
    path.killed(4000);
    path.killed(17_000);
    expect(path.holdMs).toBe(2000);
  });

  it('is asked for again bit by bit, so that the next kill is some ten holds away', () => {
    path.killed(10_000);
    hold(14);
    expect(path.holdMs).toBeLessThan(10_000);
    hold(1);
    expect(path.holdMs).toBeGreaterThan(10_000);
    hold(100);
    expect(path.holdMs).toBe(18_000);
  });

  it('is known to the next page once it has proven itself, until it is the longest again', () => {
    path.killed(4000);
    expect(new Path(ORIGIN).holdMs).toBe(18_000);
    path.held();
    expect(new Path(ORIGIN).holdMs).toBe(2000);
    expect(new Path('wss://example.org').holdMs).toBe(18_000);
    hold(100);
    expect(new Path(ORIGIN).holdMs).toBe(18_000);
  });
});

describe('how large a body a path takes', () => {
  it('is not limited to begin with', () => {
    expect(path.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
  });

  it('is half of what was too large, and known to the next page', () => {
    path.tooLarge(100_000);
    expect(path.maxBodyBytes).toBe(50_000);
    expect(new Path(ORIGIN).maxBodyBytes).toBe(50_000);
    path.tooLarge(50_000);
    expect(path.maxBodyBytes).toBe(25_000);
  });

  it('is twice as much with each body that fills it, some time later, until there is no limit, for the next page too', () => {
    path.tooLarge(100_000);
    path.took(50_000);
    expect(path.maxBodyBytes).toBe(50_000);
    vi.advanceTimersByTime(30_000);
    path.took(24_999);
    expect(path.maxBodyBytes).toBe(50_000);
    path.took(50_000);
    expect(path.maxBodyBytes).toBe(100_000);
    expect(new Path(ORIGIN).maxBodyBytes).toBe(100_000);
    for (let bodies = 0; bodies < 4; bodies++) path.took(path.maxBodyBytes);
    expect(path.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
    expect(localStorage).toHaveLength(0);
  });

  it('is tried again more and more seldom where it holds', () => {
    for (const patienceMs of [30_000, 60_000, 120_000]) {
      path.tooLarge(100_000);
      path.took(50_000);
      vi.advanceTimersByTime(patienceMs - 1);
      path.took(50_000);
      expect(path.maxBodyBytes).toBe(50_000);
      vi.advanceTimersByTime(1);
      path.took(50_000);
      expect(path.maxBodyBytes).toBe(100_000);
    }
  });

  it('is not learnt from one that was taken before, unless the next one fails as well', () => {
    path.took(50_000);
    path.tooLarge(50_000);
    expect(path.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
    path.took(50_000);
    path.tooLarge(50_000);
    expect(path.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
    path.tooLarge(50_000);
    expect(path.maxBodyBytes).toBe(25_000);
  });

  it('is not tried again by the next page at once', () => {
    path.tooLarge(100_000);
    vi.advanceTimersByTime(30_000);
    const next = new Path(ORIGIN);
    next.took(50_000);
    expect(next.maxBodyBytes).toBe(50_000);
  });

  it('is not written down again where there is no limit', () => {
    path.took(500_000);
    expect(localStorage).toHaveLength(0);
  });

  it('is never less than what goes along with an attach', () => {
    path.tooLarge(12_000);
    expect(path.maxBodyBytes).toBe(10_240);
    path.tooLarge(10_240);
    expect(path.maxBodyBytes).toBe(10_240);
  });

  it('is not learnt from what is small, where something else was wrong', () => {
    path.tooLarge(500);
    expect(path.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
    expect(localStorage).toHaveLength(0);
  });
});
