import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOldWindow } from './old-window.ts';

/** With the classes of the platform, which is what `instanceof` asks, and without. */
const WINDOWS = [
  ['with event classes', { EventTarget, Event, MessageEvent }],
  ['without event classes', {}],
] as const;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe.each(WINDOWS)('an event target of an engine %s', (_, globals) => {
  let target: EventTarget;
  let events: typeof import('../../src/legacy/events.ts');

  beforeEach(async () => {
    vi.useFakeTimers();
    openOldWindow(globals);
    const { LegacyEventTarget } = await import('../../src/legacy/event-target.ts');
    events = await import('../../src/legacy/events.ts');
    target = new LegacyEventTarget();
  });

  const event = (type = 'open', init: EventInit = {}): Event => new events.LegacyEvent(type, init);

  it('is one for the page, where the page knows any', () => {
    if ('EventTarget' in globals) {
      expect(target).toBeInstanceOf(EventTarget);
      expect(event()).toBeInstanceOf(Event);
      expect(new events.LegacyMessageEvent('message')).toBeInstanceOf(MessageEvent);
    }
    expect(Object.keys(target)).toEqual([]);
  });

  it('calls listeners in their order, each once, with itself as `this` and target', () => {
    const calls: unknown[] = [];
    const first = function (this: unknown, { type, target, currentTarget, eventPhase }: Event): void {
      calls.push([this, type, target, currentTarget, eventPhase]);
    };
    const second = { handleEvent: vi.fn(() => calls.push('second')) };
    target.addEventListener('open', first);
    target.addEventListener('open', second);
    target.addEventListener('open', first);
    target.addEventListener('close', () => calls.push('never'));
    const open = event();
    expect(target.dispatchEvent(open)).toBe(true);
    expect(calls).toEqual([[target, 'open', target, target, 2], 'second']);
    expect(second.handleEvent.mock.contexts).toEqual([second]);
    expect([open.currentTarget, open.eventPhase]).toEqual([null, 0]);
  });

  it('tells a capturing listener from another', () => {
    const listener = vi.fn();
    target.addEventListener('open', listener, true);
    target.addEventListener('open', listener, { capture: false });
    target.removeEventListener('open', listener, { capture: true });
    target.dispatchEvent(event());
    expect(listener).toHaveBeenCalledOnce();
  });

  it('calls those no more that are removed meanwhile, and those not yet that are added', () => {
    const late = vi.fn();
    target.addEventListener('open', () => {
      target.removeEventListener('open', removed);
      target.addEventListener('open', late);
    });
    const removed = vi.fn();
    target.addEventListener('open', removed);
    target.dispatchEvent(event());
    expect([removed.mock.calls.length, late.mock.calls.length]).toEqual([0, 0]);
    target.dispatchEvent(event());
    expect(late).toHaveBeenCalledOnce();
  });

  it('calls a listener once that wants to be', () => {
    const listener = vi.fn();
    target.addEventListener('open', listener, { once: true });
    target.dispatchEvent(event());
    target.dispatchEvent(event());
    expect(listener).toHaveBeenCalledOnce();
  });

  it('reports what a listener throws, and calls the next', () => {
    const next = vi.fn();
    target.addEventListener('open', () => {
      throw new Error('of the page');
    });
    target.addEventListener('open', next);
    target.dispatchEvent(event());
    expect(next).toHaveBeenCalledOnce();
    expect(() => vi.runAllTimers()).toThrow('of the page');
  });

  it('stops where a listener says so, and says whether the default was prevented', () => {
    const next = vi.fn();
    target.addEventListener('open', (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
    });
    target.addEventListener('open', next);
    expect(target.dispatchEvent(event('open', { cancelable: true }))).toBe(false);
    expect(target.dispatchEvent(event('open'))).toBe(true);
    expect(next).not.toHaveBeenCalled();
  });

  it('ignores that there is no listener', () => {
    target.addEventListener('open', null);
    target.removeEventListener('open', null);
    expect(target.dispatchEvent(event())).toBe(true);
  });

  it('has events with the fields of their classes, and their defaults', () => {
    const { LegacyCloseEvent, LegacyCustomEvent, LegacyMessageEvent } = events;
    expect(new LegacyMessageEvent('message', { data: 'x', origin: 'ws://a' })).toMatchObject({
      type: 'message',
      data: 'x',
      origin: 'ws://a',
      lastEventId: '',
      bubbles: false,
    });
    expect(new LegacyCloseEvent('close', { code: 1000, reason: 'r', wasClean: true })).toMatchObject({
      code: 1000,
      reason: 'r',
      wasClean: true,
    });
    expect(new LegacyCloseEvent('close')).toMatchObject({ code: 0, reason: '', wasClean: false });
    expect(new LegacyCustomEvent('holdfast', { detail: [1] }).detail).toEqual([1]);
    expect(new LegacyCustomEvent('holdfast').detail).toBeNull();
  });
});
