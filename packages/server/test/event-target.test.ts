import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addEventListener,
  attributeListener,
  type EventType,
  removeEventListener,
  setAttributeListener,
} from '../src/event-target.ts';
import type { SocketEvents } from '../src/socket-link.ts';

let emitter: EventEmitter<SocketEvents>;

beforeEach(() => {
  emitter = new EventEmitter();
});

describe('addEventListener', () => {
  it('gives each listener the event object of its type', () => {
    const seen: unknown[] = [];
    for (const type of ['open', 'message', 'error', 'close'] as const) {
      addEventListener(emitter, type, (event) => seen.push(event));
    }
    const error = new Error('broken');
    emitter.emit('open');
    emitter.emit('message', Buffer.from('é'), false);
    emitter.emit('message', Buffer.from('b'), true);
    emitter.emit('error', error);
    emitter.emit('close', 3000, Buffer.from('bye'));
    emitter.emit('close', 1006, Buffer.alloc(0));
    expect(seen).toEqual([
      { type: 'open', target: emitter },
      { type: 'message', target: emitter, data: 'é' },
      { type: 'message', target: emitter, data: Buffer.from('b') },
      { type: 'error', target: emitter, error, message: 'broken' },
      { type: 'close', target: emitter, code: 3000, reason: 'bye', wasClean: true },
      { type: 'close', target: emitter, code: 1006, reason: '', wasClean: false },
    ]);
  });

  it('calls a function with the socket as this, and an object by handleEvent', () => {
    const listener = vi.fn();
    const object = { handleEvent: vi.fn() };
    addEventListener(emitter, 'open', listener);
    addEventListener(emitter, 'open', object);
    emitter.emit('open');
    expect(listener.mock.contexts).toEqual([emitter]);
    expect(object.handleEvent.mock.contexts).toEqual([object]);
  });

  it('adds a listener once', () => {
    const listener = vi.fn();
    addEventListener(emitter, 'open', listener);
    addEventListener(emitter, 'open', listener);
    emitter.emit('open');
    expect(listener).toHaveBeenCalledOnce();
  });

  it('removes a listener after its first event with once', () => {
    const listener = vi.fn();
    addEventListener(emitter, 'open', listener, { once: true });
    emitter.emit('open');
    emitter.emit('open');
    expect(listener).toHaveBeenCalledOnce();
  });

  it.each(['ping', 'upgrade', 'toString', '__proto__'])('does nothing for the type %j', (type) => {
    addEventListener(emitter, type as EventType, () => {});
    expect(emitter.eventNames()).toEqual([]);
  });
});

describe('removeEventListener', () => {
  it('removes what addEventListener added, with once too', () => {
    const listener = vi.fn();
    addEventListener(emitter, 'open', listener);
    removeEventListener(emitter, 'open', listener);
    addEventListener(emitter, 'open', listener, { once: true });
    removeEventListener(emitter, 'open', listener);
    emitter.emit('open');
    expect(listener).not.toHaveBeenCalled();
  });

  it('leaves the listeners of others alone', () => {
    const listener = vi.fn();
    emitter.on('open', listener);
    setAttributeListener(emitter, 'open', listener);
    removeEventListener(emitter, 'open', listener);
    emitter.emit('open');
    expect(listener).toHaveBeenCalledTimes(2);
  });
});

describe('a listener set as an attribute', () => {
  it('is there to be read, and is one of its kind', () => {
    const [first, second] = [vi.fn(), vi.fn()];
    expect(attributeListener(emitter, 'open')).toBeNull();
    setAttributeListener(emitter, 'open', first);
    setAttributeListener(emitter, 'open', second);
    expect(attributeListener(emitter, 'open')).toBe(second);
    emitter.emit('open');
    expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
  });

  it.each([null, undefined, 'text', {}])('is removed by %j', (value) => {
    const listener = vi.fn();
    setAttributeListener(emitter, 'message', listener);
    setAttributeListener(emitter, 'message', value);
    emitter.emit('message', Buffer.alloc(0), true);
    expect(attributeListener(emitter, 'message')).toBeNull();
    expect(listener).not.toHaveBeenCalled();
  });

  it('stands beside the same listener added otherwise', () => {
    const listener = vi.fn();
    addEventListener(emitter, 'open', listener);
    setAttributeListener(emitter, 'open', listener);
    emitter.emit('open');
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
