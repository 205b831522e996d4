/** The part of a socket that listens as browsers do, for the events that browsers have; how, is event-target.ts. */
import * as events from './event-target.ts';
import type { SocketEvents } from './socket-link.ts';
import { TypedEmitter } from './typed-emitter.ts';

/** A listener set as `on…`. */
type Attribute<Type extends events.EventType> = ((event: events.EventObjects[Type]) => void) | null;

export class BrowserListeners extends TypedEmitter<SocketEvents> {
  /** For `open`, `message`, `error` and `close`; does nothing for other types. */
  addEventListener<Type extends events.EventType>(
    type: Type,
    listener: events.EventListener<events.EventObjects[Type]>,
    options?: events.EventListenerOptions,
  ): void {
    events.addEventListener(this, type, listener, options);
  }

  removeEventListener<Type extends events.EventType>(
    type: Type,
    listener: events.EventListener<events.EventObjects[Type]>,
  ): void {
    events.removeEventListener(this, type, listener);
  }

  get onopen(): Attribute<'open'> {
    return events.attributeListener(this, 'open') as Attribute<'open'>;
  }

  set onopen(listener: Attribute<'open'>) {
    events.setAttributeListener(this, 'open', listener);
  }

  get onmessage(): Attribute<'message'> {
    return events.attributeListener(this, 'message') as Attribute<'message'>;
  }

  set onmessage(listener: Attribute<'message'>) {
    events.setAttributeListener(this, 'message', listener);
  }

  get onerror(): Attribute<'error'> {
    return events.attributeListener(this, 'error') as Attribute<'error'>;
  }

  set onerror(listener: Attribute<'error'>) {
    events.setAttributeListener(this, 'error', listener);
  }

  get onclose(): Attribute<'close'> {
    return events.attributeListener(this, 'close') as Attribute<'close'>;
  }

  set onclose(listener: Attribute<'close'>) {
    events.setAttributeListener(this, 'close', listener);
  }
}
