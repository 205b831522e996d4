import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchPage } from '../src/page.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('watching a page', () => {
  let page: EventTarget;
  let document: EventTarget & { visibilityState: string };
  let seen: string[];
  let unwatch: () => void;

  const watch = (): void => {
    unwatch = watchPage({
      onWake: () => seen.push('wake'),
      onRest: () => seen.push('rest'),
      onLeaving: () => seen.push('leaving'),
      onLeave: () => seen.push('leave'),
    });
  };

  beforeEach(() => {
    page = new EventTarget();
    document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    vi.stubGlobal('document', document);
    seen = [];
    watch();
  });

  const transition = (type: string, persisted: boolean): void => {
    page.dispatchEvent(Object.assign(new Event(type), { persisted }));
  };

  it('tells that the network is back', () => {
    page.dispatchEvent(new Event('online'));
    expect(seen).toEqual(['wake']);
  });

  it('tells that it is on another network', () => {
    unwatch();
    const connection = new EventTarget();
    vi.stubGlobal('navigator', { connection });
    watch();
    connection.dispatchEvent(new Event('typechange'));
    expect(seen).toEqual(['wake']);
    unwatch();
    connection.dispatchEvent(new Event('typechange'));
    expect(seen).toEqual(['wake']);
  });

  it('tells that the page is seen again, not that it is hidden', () => {
    document.dispatchEvent(new Event('visibilitychange'));
    expect(seen).toEqual([]);
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(seen).toEqual(['wake']);
  });

  it('tells that a page which nobody sees goes away for good', () => {
    transition('pagehide', false);
    expect(seen).toEqual(['leaving', 'leave']);
  });

  it('tells that a page goes away for good once all have heard that it does', () => {
    document.visibilityState = 'visible';
    transition('pagehide', false);
    expect(seen).toEqual(['leaving']);
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(seen).toEqual(['leaving', 'leave']);
  });

  it('tells that the page is frozen no longer, whether or not it is seen', () => {
    document.dispatchEvent(new Event('resume'));
    expect(seen).toEqual(['wake']);
  });

  it('tells that the page goes into the back/forward cache, and when it comes back', () => {
    transition('pagehide', true);
    expect(seen).toEqual(['rest']);
    transition('pageshow', true);
    expect(seen).toEqual(['rest', 'wake']);
  });

  it('keeps silent when the page is shown for the first time', () => {
    transition('pageshow', false);
    expect(seen).toEqual([]);
  });

  it('tells that the page has slept, by a clock that strikes late', () => {
    document.visibilityState = 'visible';
    vi.advanceTimersByTime(60_000);
    expect(seen).toEqual([]);
    vi.setSystemTime(Date.now() + 1999);
    vi.advanceTimersByTime(1000);
    expect(seen).toEqual([]);
    vi.setSystemTime(Date.now() + 2001);
    vi.advanceTimersByTime(1000);
    expect(seen).toEqual(['wake']);
  });

  it('makes nothing of the late clocks of hidden pages', () => {
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(1000);
    expect(seen).toEqual([]);
    document.visibilityState = 'visible';
    vi.advanceTimersByTime(1000);
    expect(seen).toEqual([]);
  });

  it('tells nothing once it is ended', () => {
    unwatch();
    expect(vi.getTimerCount()).toBe(0);
    document.visibilityState = 'visible';
    page.dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    transition('pagehide', false);
    transition('pageshow', true);
    expect(seen).toEqual([]);
  });
});

describe('where there is no page', () => {
  it('listens to a worker’s network', () => {
    const worker = new EventTarget();
    vi.stubGlobal('addEventListener', worker.addEventListener.bind(worker));
    vi.stubGlobal('removeEventListener', worker.removeEventListener.bind(worker));
    const onWake = vi.fn();
    const unwatch = watchPage({ onWake, onRest: () => {}, onLeaving: () => {}, onLeave: () => {} });
    worker.dispatchEvent(new Event('online'));
    expect(onWake).toHaveBeenCalledTimes(1);
    unwatch();
    worker.dispatchEvent(new Event('online'));
    expect(onWake).toHaveBeenCalledTimes(1);
  });

  it('has nothing but the clock in Node', () => {
    const onWake = vi.fn();
    const unwatch = watchPage({ onWake, onRest: () => {}, onLeaving: () => {}, onLeave: () => {} });
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(1000);
    expect(onWake).toHaveBeenCalledTimes(1);
    unwatch();
    expect(vi.getTimerCount()).toBe(0);
  });
});
