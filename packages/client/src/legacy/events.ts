/**
 * The events of a WebSocket, as classes: old engines have them without a constructor, or dispatch only what they have made, and only
 * on what they have made. Ours inherit from theirs for `instanceof`, and hide their accessors behind properties of their own.
 */
import { platform } from './platform.ts';
import { LegacyWeakMap } from './weak-map.ts';

// Event.eventPhase (DOM §2.2).
export const NONE = 0;
export const AT_TARGET = 2;

const COMMON = {
  target: null,
  srcElement: null,
  currentTarget: null,
  eventPhase: NONE,
  bubbles: false,
  cancelable: false,
  composed: false,
  defaultPrevented: false,
  isTrusted: false,
};

/** Those that were told `stopImmediatePropagation`. */
const stopped: WeakMap<Event, boolean> = new LegacyWeakMap();

export const LegacyEvent: typeof Event = eventClass('Event', {});
export const LegacyMessageEvent: typeof MessageEvent = eventClass('MessageEvent', {
  data: null,
  origin: '',
  lastEventId: '',
  source: null,
  ports: [],
});
export const LegacyCloseEvent: typeof CloseEvent = eventClass('CloseEvent', {
  wasClean: false,
  code: 0,
  reason: '',
});
export const LegacyCustomEvent: typeof CustomEvent = eventClass('CustomEvent', { detail: null });

/** Sets fields of an event: also of one of the platform's own, which are only for reading, and in some engines stay what they are. */
export function show(event: Event, fields: object): void {
  for (const name of Object.keys(fields)) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    try {
      Object.defineProperty(event, name, { value, configurable: true, enumerable: true, writable: true });
    } catch {
      // The listener was called for its type, and gets what there is.
    }
  }
}

export function isStopped(event: Event): boolean {
  return stopped.get(event) === true;
}

/** @param defaults the fields that it has beside those of every event */
function eventClass<Class>(
  name: 'Event' | 'MessageEvent' | 'CloseEvent' | 'CustomEvent',
  defaults: object,
): Class {
  const fields: Readonly<Record<string, unknown>> = Object.assign({}, COMMON, defaults);
  function LegacyClass(this: Event, type: string, init: Readonly<Record<string, unknown>> = {}): void {
    show(this, { type: String(type), timeStamp: performance.now() });
    for (const field of Object.keys(fields)) show(this, { [field]: init[field] ?? fields[field] });
  }
  const { prototype } = platform[name] ?? platform.Event ?? Object;
  LegacyClass.prototype = Object.create(prototype, {
    constructor: { value: LegacyClass },
    preventDefault: {
      value(this: Event) {
        if (this.cancelable) show(this, { defaultPrevented: true });
      },
    },
    stopPropagation: { value() {} },
    stopImmediatePropagation: {
      value(this: Event) {
        stopped.set(this, true);
      },
    },
    composedPath: {
      value(this: Event) {
        return this.currentTarget === null ? [] : [this.currentTarget];
      },
    },
  });
  return LegacyClass as unknown as Class;
}
