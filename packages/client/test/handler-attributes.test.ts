import { beforeEach, describe, expect, it } from 'vitest';
import { HandlerAttributes } from '../src/handler-attributes.ts';

let target: EventTarget;
let handlers: HandlerAttributes;
let calls: string[];

beforeEach(() => {
  target = new EventTarget();
  handlers = new HandlerAttributes(target);
  calls = [];
});

const noting = (name: string) => (): void => {
  calls.push(name);
};

function fire(): Event {
  const event = new Event('open', { cancelable: true });
  target.dispatchEvent(event);
  return event;
}

describe('a handler attribute', () => {
  it('is null until it is set, and then what it was set to', () => {
    expect(handlers.get('open')).toBeNull();
    const handler = noting('a');
    handlers.set('open', handler);
    expect(handlers.get('open')).toBe(handler);
    expect(handlers.get('close')).toBeNull();
  });

  it('is called with the target as `this` and the event', () => {
    let seen: unknown[] = [];
    handlers.set('open', function (this: unknown, event: Event) {
      seen = [this, event];
    });
    const event = fire();
    expect(seen).toEqual([target, event]);
    expect(seen[0]).toBe(target);
  });

  it('keeps its place among the listeners when another function takes over', () => {
    handlers.set('open', noting('old'));
    target.addEventListener('open', noting('listener'));
    handlers.set('open', noting('new'));
    fire();
    expect(calls).toEqual(['new', 'listener']);
  });

  it('gives its place up for null, and comes last when it is set again', () => {
    handlers.set('open', noting('first'));
    target.addEventListener('open', noting('listener'));
    handlers.set('open', null);
    expect(handlers.get('open')).toBeNull();
    fire();
    expect(calls).toEqual(['listener']);
    handlers.set('open', noting('again'));
    fire();
    expect(calls).toEqual(['listener', 'listener', 'again']);
  });

  it.each([undefined, 5, 'function'])('takes %j, which is no object, for null', (value) => {
    handlers.set('open', noting('a'));
    handlers.set('open', value);
    expect(handlers.get('open')).toBeNull();
    fire();
    expect(calls).toEqual([]);
  });

  it('keeps an object that is no function, and does not call it', () => {
    const object = { handleEvent: noting('handleEvent') };
    handlers.set('open', object);
    expect(handlers.get('open')).toBe(object);
    fire();
    expect(calls).toEqual([]);
  });

  it('cancels the event where the handler returns false', () => {
    handlers.set('open', () => false);
    expect(fire().defaultPrevented).toBe(true);
    handlers.set('open', () => 0);
    expect(fire().defaultPrevented).toBe(false);
  });
});
