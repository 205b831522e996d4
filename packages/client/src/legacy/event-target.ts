/**
 * EventTarget as a class that can be extended (DOM §2.7), for engines where only the platform makes any. There is no tree: the target
 * is all of an event's path.
 */
import { AT_TARGET, isStopped, NONE, show } from './events.ts';
import { platform } from './platform.ts';
import { LegacyWeakMap } from './weak-map.ts';

type Listener = EventListenerOrEventListenerObject;

interface Registration {
  readonly type: string;
  readonly listener: Listener;
  readonly capture: boolean;
  readonly once: boolean;
  removed: boolean;
}

/** In the order in which they were added. */
const registrations: WeakMap<object, readonly Registration[]> = new LegacyWeakMap();

/** For `instanceof`. */
function PlatformEventTarget(): void {}
PlatformEventTarget.prototype = platform.EventTarget?.prototype ?? Object.prototype;
const Base: new () => object = PlatformEventTarget as unknown as new () => object;

export class LegacyEventTarget extends Base implements EventTarget {
  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    if (!listener || find(this, type, listener, options) !== undefined) return;
    const once = typeof options === 'object' && options?.once === true;
    const registration = { type: String(type), listener, capture: isCapture(options), once, removed: false };
    // A dispatch that is under way keeps to the list as it was.
    registrations.set(this, listOf(this).concat(registration));
  }

  removeEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | EventListenerOptions,
  ): void {
    const registration = find(this, type, listener, options);
    if (registration !== undefined) remove(this, registration);
  }

  /** DOM §2.9. @returns whether nobody prevented the default */
  dispatchEvent(event: Event): boolean {
    show(event, { target: this, srcElement: this, currentTarget: this, eventPhase: AT_TARGET });
    for (const registration of listOf(this)) {
      if (registration.removed || registration.type !== event.type) continue;
      if (registration.once) remove(this, registration);
      call(this, registration.listener, event);
      if (isStopped(event)) break;
    }
    show(event, { currentTarget: null, eventPhase: NONE });
    return !event.defaultPrevented;
  }
}

function listOf(target: object): readonly Registration[] {
  return registrations.get(target) ?? [];
}

function find(target: object, type: string, listener: unknown, options: unknown): Registration | undefined {
  return listOf(target).filter(
    (each) => each.type === String(type) && each.listener === listener && each.capture === isCapture(options),
  )[0];
}

function remove(target: object, registration: Registration): void {
  registration.removed = true;
  registrations.set(
    target,
    listOf(target).filter((each) => each !== registration),
  );
}

function isCapture(options: unknown): boolean {
  return Boolean(options instanceof Object ? (options as EventListenerOptions).capture : options);
}

/** What a listener throws is reported, and stops nobody (DOM §2.9, inner invoke, step 10). */
function call(target: EventTarget, listener: Listener, event: Event): void {
  try {
    if (typeof listener === 'function') listener.call(target, event);
    else listener.handleEvent(event);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
