import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endpoint, recall, remember } from '../src/memory.ts';
import { SimulatedStorage } from './simulated-storage.ts';

const ORIGIN = 'wss://example.com';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('memory, where there is storage', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('localStorage', new SimulatedStorage());
  });

  it('recalls what was remembered of a place, and nothing of another', () => {
    remember(ORIGIN, 'long-polling');
    expect(recall(ORIGIN)).toBe('long-polling');
    expect(recall('wss://example.org')).toBeUndefined();
  });

  it('forgets', () => {
    remember(ORIGIN, 'iframe');
    remember(ORIGIN, undefined);
    expect(recall(ORIGIN)).toBeUndefined();
  });

  it('holds for ten minutes', () => {
    remember(ORIGIN, 'plain');
    vi.advanceTimersByTime(10 * 60_000 - 1);
    expect(recall(ORIGIN)).toBe('plain');
    vi.advanceTimersByTime(1);
    expect(recall(ORIGIN)).toBeUndefined();
  });

  it('recalls nothing from an entry that is not its own', () => {
    localStorage.setItem(`holdfast ${ORIGIN}`, 'nonsense');
    expect(recall(ORIGIN)).toBeUndefined();
  });
});

describe('memory, where there is no storage', () => {
  it('recalls nothing', () => {
    vi.stubGlobal('localStorage', undefined);
    remember(ORIGIN, 'iframe');
    expect(recall(ORIGIN)).toBeUndefined();
  });

  it('survives a storage that refuses', () => {
    const refuse = (): never => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
    remember(ORIGIN, 'iframe');
    remember(ORIGIN, undefined);
    expect(recall(ORIGIN)).toBeUndefined();
  });
});

describe('the place of one server', () => {
  it('is its URL without the query', () => {
    expect(endpoint('wss://example.com/chat?token=secret')).toBe('wss://example.com/chat');
  });

  it('is never an origin', () => {
    expect(endpoint('wss://example.com')).not.toBe(ORIGIN);
  });
});
