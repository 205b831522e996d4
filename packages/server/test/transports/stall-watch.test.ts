import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StallWatch } from '../../src/transports/stall-watch.ts';

const DUE_MS = 1000;

let outgoing: { acknowledged: number; cursor: number; heldBytes: number; unsentBytes: number };
let watch: StallWatch;
/** After how many ms it was noticed. */
let stalledMs: number | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  const beganAt = performance.now();
  stalledMs = undefined;
  outgoing = { acknowledged: 0, cursor: 0, heldBytes: 0, unsentBytes: 0 };
  watch = new StallWatch(outgoing, () => {
    stalledMs ??= performance.now() - beganAt;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Writes one more item. */
function write(): void {
  outgoing.cursor++;
  watch.wrote();
}

describe('a watch for stalled streams', () => {
  it('notices that nothing is acknowledged', () => {
    write();
    vi.advanceTimersByTime(DUE_MS - 1);
    expect(stalledMs).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(stalledMs).toBe(DUE_MS);
  });

  it('notices in the same time that only the last chunk is held back', () => {
    write();
    vi.advanceTimersByTime(300);
    write();
    outgoing.acknowledged = 1;
    vi.advanceTimersByTime(10_000);
    expect(stalledMs).toBe(300 + DUE_MS);
  });

  it('notices it behind many that were acknowledged, no later for what is written since', () => {
    for (let count = 0; count < 500; count++) {
      write();
      vi.advanceTimersByTime(10);
      if (outgoing.cursor <= 300) outgoing.acknowledged = outgoing.cursor;
    }
    expect(stalledMs).toBeGreaterThan(3000 + DUE_MS - 100);
    expect(stalledMs).toBeLessThanOrEqual(3010 + DUE_MS);
  });

  it('is content while everything is acknowledged in time, and then has no timer', () => {
    for (let count = 0; count < 100; count++) {
      write();
      vi.advanceTimersByTime(50);
      outgoing.acknowledged = Math.max(0, outgoing.cursor - 15);
    }
    outgoing.acknowledged = outgoing.cursor;
    vi.advanceTimersByTime(10_000);
    expect(stalledMs).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives much that is on its way the time of a slow line', () => {
    outgoing.heldBytes = 300_000;
    outgoing.unsentBytes = 44_000;
    write();
    vi.advanceTimersByTime(60_000);
    expect(stalledMs).toBe(DUE_MS + 256_000 / 64);
  });

  it('is over once it is stopped', () => {
    write();
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
