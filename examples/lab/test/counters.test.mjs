import { describe, expect, test } from 'vitest';
import { Counters } from '../public/js/counters.js';

const REPORT = { received: 2, lost: 1, repeated: 0, outOfOrder: 0, sent: 1 };

describe('Counters', () => {
  test('number messages from 1 and tell what the server says of them', () => {
    const counters = new Counters();
    expect([counters.next(), counters.next(), counters.next()]).toEqual([1, 2, 3]);
    counters.takeReport(REPORT);
    expect(counters.up).toEqual({ sent: 3, received: 2, lost: 1, repeated: 0, outOfOrder: 0 });
  });

  test('never say that more came than was sent', () => {
    const counters = new Counters();
    counters.takeReport(REPORT);
    for (const n of [1, 2, 3]) counters.observe(n);
    expect(counters.down).toEqual({ sent: 3, received: 3, lost: 0, repeated: 0, outOfOrder: 0 });
  });

  test('add up what was lost in both directions', () => {
    const counters = new Counters();
    counters.takeReport(REPORT);
    counters.observe(3);
    expect(counters.lost).toBe(3);
  });

  test('start anew with a server that has forgotten the page, without numbering anew', () => {
    const counters = new Counters();
    for (let i = 0; i < 500; i += 1) counters.next();
    counters.observe(400);
    counters.takeReport(REPORT);
    const hello = counters.next();
    counters.restart(hello);
    counters.observe(1);
    expect(counters.up).toEqual({ sent: 1, received: 0, lost: 0, repeated: 0, outOfOrder: 0 });
    expect(counters.down).toEqual({ sent: 1, received: 1, lost: 0, repeated: 0, outOfOrder: 0 });
    expect(counters.next()).toBe(502);
  });
});
