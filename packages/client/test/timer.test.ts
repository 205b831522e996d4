import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Timer } from '../src/timer.ts';

let timer: Timer;
let done: string[];

beforeEach(() => {
  vi.useFakeTimers();
  timer = new Timer();
  done = [];
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a timer', () => {
  it('does once what it was told, when it was told to', () => {
    timer.schedule(100, () => done.push('act'));
    vi.advanceTimersByTime(99);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(['act']);
  });

  it('does the last thing that it was told, and nothing that came before', () => {
    timer.schedule(100, () => done.push('first'));
    timer.schedule(200, () => done.push('second'));
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(['second']);
  });

  it('does nothing any more once it is stopped', () => {
    timer.schedule(100, () => done.push('act'));
    timer.stop();
    vi.advanceTimersByTime(1000);
    expect(done).toEqual([]);
  });

  it('runs until it does what it was told, and can be set by that', () => {
    expect(timer.isRunning).toBe(false);
    timer.schedule(100, () => {
      done.push(`${timer.isRunning}`);
      timer.schedule(100, () => done.push('again'));
    });
    expect(timer.isRunning).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(['false', 'again']);
    expect(timer.isRunning).toBe(false);
  });
});
