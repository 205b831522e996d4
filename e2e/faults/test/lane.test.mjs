import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lane } from '../src/lane.mjs';
import { Link } from '../src/link.mjs';

const SPEC = { upMs: 0, downMs: 0, jitterMs: 0, upKibps: 0, downKibps: 0, connectMs: 0, seed: 1 };

/** @type {string[]} */
let done = [];
/** @param {string} name */
const step = (name) => () => void done.push(name);

beforeEach(() => {
  done = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a lane', () => {
  it('lets a step happen at once where nothing delays it', () => {
    const lane = new Lane('up');
    lane.push(step('a'), 10);
    expect(done).toEqual(['a']);
    expect(lane.queuedBytes).toBe(0);
  });

  it('lets a step happen when the link has carried it', () => {
    const lane = new Lane('up');
    lane.link = new Link({ ...SPEC, upMs: 50 });
    lane.push(step('a'), 10);
    expect(lane.queuedBytes).toBe(10);
    vi.advanceTimersByTime(49);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(done).toEqual(['a']);
    expect(lane.queuedBytes).toBe(0);
  });

  it('keeps the order under jitter and when the link gets faster', () => {
    const lane = new Lane('up');
    lane.link = new Link({ ...SPEC, jitterMs: 100 });
    const names = Array.from({ length: 50 }, (_, index) => String(index));
    for (const name of names) lane.push(step(name), 1);
    lane.link = undefined;
    lane.push(step('last'), 1);
    expect(done).not.toContain('last');
    vi.advanceTimersByTime(100);
    expect(done).toEqual([...names, 'last']);
  });

  it('adds what a step alone has to wait', () => {
    const lane = new Lane('down');
    lane.push(step('a'), 0, 30);
    lane.push(step('b'));
    vi.advanceTimersByTime(29);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(done).toEqual(['a', 'b']);
  });

  it('waits for a step that takes its time', async () => {
    const lane = new Lane('up');
    /** @type {() => void} */
    let finish = () => {};
    lane.push(
      () =>
        new Promise((resolve) => {
          finish = () => resolve(undefined);
        }),
      5,
    );
    lane.push(step('b'), 5);
    expect(done).toEqual([]);
    expect(lane.queuedBytes).toBe(10);
    finish();
    await vi.waitFor(() => expect(done).toEqual(['b']));
    expect(lane.queuedBytes).toBe(0);
  });

  it('takes steps that a step pushes, after those that were there', () => {
    const lane = new Lane('up');
    lane.stall();
    lane.push(() => lane.push(step('c')));
    lane.push(step('b'));
    lane.release();
    expect(done).toEqual(['b', 'c']);
  });

  it('stands still while stalled, and goes on with everything that waited', () => {
    const lane = new Lane('up');
    lane.stall();
    lane.push(step('a'), 1);
    vi.advanceTimersByTime(10_000);
    expect(done).toEqual([]);
    lane.release();
    expect(done).toEqual(['a']);
  });

  it('forgets what waits when it is cleared', () => {
    const lane = new Lane('up');
    lane.link = new Link({ ...SPEC, upMs: 50 });
    lane.push(step('a'), 10);
    lane.clear();
    vi.advanceTimersByTime(1000);
    expect(done).toEqual([]);
    expect(lane.queuedBytes).toBe(0);
  });

  it('tells when bytes have left it', () => {
    const lane = new Lane('up');
    lane.onProgress = vi.fn();
    lane.link = new Link({ ...SPEC, upMs: 5 });
    lane.push(step('a'), 10);
    expect(lane.onProgress).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5);
    expect(lane.onProgress).toHaveBeenCalledTimes(1);
  });
});
