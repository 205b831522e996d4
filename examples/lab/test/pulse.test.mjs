import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Hub } from '../server/hub.mjs';
import { createPulse } from '../server/pulse.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

/** @type {FakePage} */
let page;

beforeEach(() => {
  vi.useFakeTimers();
  const visitors = new Visitors();
  page = new FakePage().connect(new Hub(visitors, [createPulse(visitors)]), '0123456789abcdef').hello();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('The pulse', () => {
  test('pushes a number 20 times a second to a page that has asked', () => {
    vi.advanceTimersByTime(1000);
    expect(page.bodies('pulse')).toEqual([]);
    page.say('pulse', 'start');
    vi.advanceTimersByTime(1000);
    const pushes = page.bodies('pulse', 'push');
    expect(pushes.map(({ push }) => push)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const { value } of pushes) expect(value).toBeTypeOf('number');
  });

  test('tells the round trip of each echo with the next push, once', () => {
    page.say('pulse', 'start');
    vi.advanceTimersByTime(50);
    vi.advanceTimersByTime(12);
    page
      .say('pulse', 'echo', { push: 1 })
      .say('pulse', 'echo', { push: 1 })
      .say('pulse', 'echo', { push: 99 });
    vi.advanceTimersByTime(88);
    const trips = page.bodies('pulse', 'push').map((body) => body['trips']);
    expect(trips).toEqual([[], [[1, expect.any(Number)]], []]);
  });

  test('stops when it is asked to', () => {
    page.say('pulse', 'start').say('pulse', 'stop');
    vi.advanceTimersByTime(500);
    expect(page.bodies('pulse')).toEqual([]);
  });

  test('spares a page that does not keep up, and goes on when it has', () => {
    page.say('pulse', 'start');
    page.bufferedAmount = 2 ** 21;
    vi.advanceTimersByTime(500);
    expect(page.bodies('pulse')).toEqual([]);
    page.bufferedAmount = 0;
    vi.advanceTimersByTime(50);
    expect(page.bodies('pulse', 'push')).toMatchObject([{ push: 1 }]);
  });
});
