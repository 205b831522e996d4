import { afterEach, describe, expect, it, vi } from 'vitest';
import { hedgeDelayMs, measuredRoundTripMs } from '../src/round-trip.ts';

const SERVER = 'https://example.com';

afterEach(() => vi.restoreAllMocks());

interface Measured {
  readonly name?: string;
  readonly requestStart: number;
  readonly responseStart: number;
  readonly transferSize?: number;
}

function measured({ navigation, resources = [] }: { navigation?: Measured; resources?: Measured[] }): void {
  const entries = resources.map((entry) => ({ entryType: 'resource', ...entry }));
  if (navigation !== undefined) entries.push({ entryType: 'navigation', ...navigation });
  vi.spyOn(performance, 'getEntries').mockReturnValue(
    entries.map((entry) => ({
      name: 'https://elsewhere.example/',
      transferSize: 300,
      ...entry,
    })) as unknown as PerformanceEntryList,
  );
}

describe('the round trip that a page has measured', () => {
  it('is how long the answer to its own request took to begin', () => {
    measured({ navigation: { requestStart: 40, responseStart: 100 } });
    expect(measuredRoundTripMs(SERVER)).toBe(60);
  });

  it('is the shortest of what was asked of the server: a page may take it long to make', () => {
    measured({
      navigation: { requestStart: 40, responseStart: 900 },
      resources: [
        { name: `${SERVER}/slow.js`, requestStart: 1000, responseStart: 1200 },
        { name: `${SERVER}/fast.js`, requestStart: 1000, responseStart: 1055 },
        { name: 'https://elsewhere.example/near.js', requestStart: 1000, responseStart: 1001 },
      ],
    });
    expect(measuredRoundTripMs(SERVER)).toBe(55);
  });

  it('is not what came from a cache, nor what another origin keeps secret', () => {
    measured({
      navigation: { requestStart: 10, responseStart: 11, transferSize: 0 },
      resources: [
        { name: `${SERVER}/secret.js`, requestStart: 0, responseStart: 0 },
        { name: `${SERVER}/cached.js`, requestStart: 5, responseStart: 6, transferSize: 0 },
        { name: `${SERVER}/fetched.js`, requestStart: 10, responseStart: 90 },
      ],
    });
    expect(measuredRoundTripMs(SERVER)).toBe(80);
  });

  it.each([
    ['nothing is measured', {}],
    ['the answer has not begun', { navigation: { requestStart: 10, responseStart: 0 } }],
  ])('is taken for 50 ms where %s', (_, entries) => {
    measured(entries);
    expect(measuredRoundTripMs(SERVER)).toBe(50);
  });
});

describe('the delay before the next transport is tried', () => {
  const due = { roundTrips: 3, allowanceMs: 300 };

  it('is so many round trips and an allowance', () => {
    expect(
      hedgeDelayMs({ url: 'ws://example.com/', httpUrl: 'http://example.com/', roundTripMs: 20 }, due),
    ).toBe(360);
  });

  it('is one round trip more with TLS', () => {
    expect(
      hedgeDelayMs({ url: 'wss://example.com/', httpUrl: 'https://example.com/', roundTripMs: 20 }, due),
    ).toBe(380);
  });

  it('follows what the page has measured until the session has measured it itself', () => {
    measured({ navigation: { requestStart: 40, responseStart: 100 } });
    const context = { url: 'ws://example.com/', httpUrl: 'http://example.com/', roundTripMs: undefined };
    expect(hedgeDelayMs(context, due)).toBe(480);
    expect(context.roundTripMs).toBe(60);
  });

  it('is never more than nine tenths of a second', () => {
    expect(
      hedgeDelayMs({ url: 'ws://example.com/', httpUrl: 'http://example.com/', roundTripMs: 900 }, due),
    ).toBe(900);
  });
});
