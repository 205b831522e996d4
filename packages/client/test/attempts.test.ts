import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Attempts } from '../src/attempts.ts';
import type { Session } from '../src/session.ts';
import { SimulatedTransport } from './simulated-transport.ts';

const session = {} as Session;

let attempts: Attempts;
let timedOut: unknown[];
let transport: SimulatedTransport;

beforeEach(() => {
  vi.useFakeTimers();
  timedOut = [];
  attempts = new Attempts((late) => timedOut.push(late));
  transport = new SimulatedTransport('websocket', session);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the attempts', () => {
  it('know each transport by itself, by its name and by its number', () => {
    const attempt = attempts.add(transport, 3);
    expect(attempt).toMatchObject({ attach: 3, proven: false, startedAt: performance.now() });
    expect(attempts.get(transport)).toBe(attempt);
    expect(attempts.transports).toEqual([transport]);
    expect([attempts.has('websocket'), attempts.has('iframe')]).toEqual([true, false]);
    expect([attempts.has('websocket', 3), attempts.has('websocket', 2)]).toEqual([true, false]);
    expect([attempts.awaits(3), attempts.awaits(2)]).toEqual([true, false]);
  });

  it('tell of one that is not answered in ten seconds', () => {
    attempts.add(transport, 1);
    vi.advanceTimersByTime(9999);
    expect(timedOut).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(timedOut).toEqual([transport]);
  });

  it('give one that attaches anew five seconds from then', () => {
    const attempt = attempts.add(transport, 1);
    vi.advanceTimersByTime(9000);
    attempts.renew(transport, attempt, 4);
    expect(attempt).toMatchObject({ attach: 4, proven: true });
    vi.advanceTimersByTime(4999);
    expect(timedOut).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(timedOut).toEqual([transport]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are as old as what they stated last', () => {
    const attempt = attempts.add(transport, 1);
    const other = new SimulatedTransport('iframe', session);
    vi.advanceTimersByTime(100);
    attempts.add(other, 1);
    expect(attempts.olderThan(performance.now())).toEqual([transport]);
    attempts.renew(transport, attempt, 2);
    expect(attempts.olderThan(performance.now())).toEqual([]);
  });

  it('forget one that is removed, and its timer', () => {
    attempts.add(transport, 1);
    attempts.remove(transport);
    expect(attempts.size).toBe(0);
    expect(attempts.get(transport)).toBeUndefined();
    expect(transport.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('abort one that is to be given up', () => {
    attempts.add(transport, 1);
    attempts.abort(transport);
    expect(attempts.size).toBe(0);
    expect(transport.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
