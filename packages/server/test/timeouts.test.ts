import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Timeouts, type Waiting } from '../src/timeouts.ts';

let timeouts: Timeouts;
let over: string[];

beforeEach(() => {
  vi.useFakeTimers();
  timeouts = new Timeouts();
  over = [];
});

afterEach(() => {
  vi.useRealTimers();
});

function waiting(name: string, onTimeout = () => {}): Waiting {
  return {
    onTimeout() {
      over.push(name);
      onTimeout();
    },
  };
}

describe('timeouts', () => {
  it('are over after their time, in the order in which they were started', () => {
    timeouts.start(waiting('a'), 100);
    vi.advanceTimersByTime(60);
    timeouts.start(waiting('b'), 100);
    vi.advanceTimersByTime(39);
    expect(over).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(over).toEqual(['a']);
    vi.advanceTimersByTime(59);
    expect(over).toEqual(['a']);
    vi.advanceTimersByTime(1);
    expect(over).toEqual(['a', 'b']);
  });

  it('of different lengths do not wait for each other', () => {
    timeouts.start(waiting('long'), 1000);
    timeouts.start(waiting('short'), 10);
    timeouts.start(waiting('at once'), 0);
    vi.advanceTimersByTime(1);
    expect(over).toEqual(['at once']);
    vi.advanceTimersByTime(999);
    expect(over).toEqual(['at once', 'short', 'long']);
  });

  it('are never over too early, where the clock has parts of milliseconds', () => {
    vi.advanceTimersByTime(0.7);
    timeouts.start(waiting('a'), 10.2);
    vi.advanceTimersByTime(10.1);
    expect(over).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(over).toEqual(['a']);
  });

  it('may be stopped, and started again', () => {
    const a = waiting('a');
    const list = timeouts.start(a, 100);
    timeouts.start(waiting('b'), 100);
    list.delete(a);
    list.delete(a);
    vi.advanceTimersByTime(100);
    expect(over).toEqual(['b']);
    timeouts.start(a, 100);
    vi.advanceTimersByTime(100);
    expect(over).toEqual(['b', 'a']);
  });

  it('may be started and stopped while others are over', () => {
    const last = waiting('last');
    const list = timeouts.start(
      waiting('first', () => {
        list.delete(last);
        timeouts.start(waiting('again'), 100);
      }),
      100,
    );
    timeouts.start(last, 100);
    vi.advanceTimersByTime(100);
    expect(over).toEqual(['first']);
    vi.advanceTimersByTime(100);
    expect(over).toEqual(['first', 'again']);
  });

  it('are over for all others where one throws', () => {
    timeouts.start(
      waiting('loud', () => {
        throw new Error('from the timeout');
      }),
      100,
    );
    timeouts.start(waiting('other'), 100);
    expect(() => vi.advanceTimersByTime(100)).toThrow('from the timeout');
    vi.advanceTimersByTime(1);
    expect(over).toEqual(['loud', 'other']);
  });

  it('have one timer for all of a length, and none once there has been nothing for that long', () => {
    for (let i = 0; i < 100; i++) {
      const each = waiting('never');
      timeouts.start(each, 100).delete(each);
    }
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(100);
    expect([vi.getTimerCount(), over]).toEqual([0, []]);
    timeouts.start(waiting('a'), 100);
    vi.advanceTimersByTime(100);
    expect(over).toEqual(['a']);
  });
});
