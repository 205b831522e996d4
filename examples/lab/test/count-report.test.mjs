import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createCountReport } from '../server/count-report.mjs';
import { Hub } from '../server/hub.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('The count report', () => {
  test('tells a page what became of its messages, and how many it was sent, itself included', () => {
    const visitors = new Visitors();
    const hub = new Hub(visitors, [createCountReport(visitors), { topic: 'echo', receive() {} }]);
    const page = new FakePage().connect(hub, '0123456789abcdef').hello();
    page.say('echo', 'a').raw('{"n":5,"topic":"echo","type":"a","body":{}}');
    vi.advanceTimersByTime(1000);
    expect(page.bodies('counts', 'report')).toEqual([
      { received: 3, lost: 2, repeated: 0, outOfOrder: 0, sent: 2 },
    ]);
    expect(page.received.at(-1)?.n).toBe(2);
  });

  test('comes only after the page has sent something', () => {
    const visitors = new Visitors();
    const page = new FakePage()
      .connect(new Hub(visitors, [createCountReport(visitors)]), '0123456789abcdef')
      .hello();
    vi.advanceTimersByTime(60_000);
    expect(page.bodies('counts')).toHaveLength(1);
  });
});
