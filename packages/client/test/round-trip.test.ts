import { afterEach, describe, expect, it, vi } from 'vitest';
import { hedgeDelayMs } from '../src/round-trip.ts';

afterEach(() => vi.restoreAllMocks());

function measured(entry: Partial<PerformanceNavigationTiming>): void {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([entry] as unknown as ReturnType<
    typeof performance.getEntriesByType
  >);
}

const TCP_ONLY = { connectStart: 10, connectEnd: 40, secureConnectionStart: 0, requestStart: 40 };

describe('the delay before the next transport is tried', () => {
  it('is half a second where nothing is measured', () => {
    expect(hedgeDelayMs()).toBe(500);
  });

  it('is half a second while the page’s answer has not begun', () => {
    measured({ ...TCP_ONLY, responseStart: 0 });
    expect(hedgeDelayMs()).toBe(500);
  });

  it('is four round trips of TCP and an allowance', () => {
    measured({ ...TCP_ONLY, responseStart: 500 });
    expect(hedgeDelayMs()).toBe(220);
  });

  it('does not count the TLS handshake as part of the round trip', () => {
    measured({
      connectStart: 10,
      secureConnectionStart: 30,
      connectEnd: 90,
      requestStart: 90,
      responseStart: 500,
    });
    expect(hedgeDelayMs()).toBe(180);
  });

  it('takes the request where the connection was there already', () => {
    measured({
      connectStart: 10,
      connectEnd: 10,
      secureConnectionStart: 0,
      requestStart: 10,
      responseStart: 60,
    });
    expect(hedgeDelayMs()).toBe(300);
  });

  it('is never more than a second', () => {
    measured({ ...TCP_ONLY, connectEnd: 3000, responseStart: 9000 });
    expect(hedgeDelayMs()).toBe(1000);
  });

  it('is half a second where there is no navigation to measure', () => {
    vi.spyOn(performance, 'getEntriesByType').mockReturnValue([]);
    expect(hedgeDelayMs()).toBe(500);
  });
});
