/**
 * The browser's way to listen (`onmessage`, `addEventListener`), on top of an EventEmitter and with the event objects of
 * ws: the four events that browsers have, and no DOM event's other members. A listener of this kind is wrapped into one of the
 * emitter's; the wrapper knows whom it stands for.
 */
import { CLOSE_ABNORMAL } from '@holdfast/protocol';
import type { SendCallback, SendOptions } from './channel.ts';
import type { Data, RawData, SendData } from './message-data.ts';
import type { SocketEvents } from './socket-link.ts';
import type { TypedEmitter } from './typed-emitter.ts';
import type { WebSocket } from './websocket.ts';

/**
 * A socket as its events know it: the API of ws but for its emitter. A listener may then be one for a socket of @types/ws, and the
 * socket pass for one.
 */
export interface EventSocket {
  binaryType: WebSocket['binaryType'];
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly isPaused: boolean;
  readonly protocol: string;
  readonly readyState: 0 | 1 | 2 | 3;
  readonly url: string;
  send(data: SendData, callback?: SendCallback): void;
  send(data: SendData, options: SendOptions, callback?: SendCallback): void;
  ping(data?: SendData, mask?: boolean, callback?: SendCallback): void;
  pong(data?: SendData, mask?: boolean, callback?: SendCallback): void;
  close(code?: number, reason?: string | Buffer): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** What listeners of `open` get. */
export interface SocketEvent<Target = EventSocket> {
  readonly type: string;
  readonly target: Target;
}

/** What listeners of `message` get. Text is a string, binary data are as `binaryType` says. */
export interface MessageEvent<Target = EventSocket> extends SocketEvent<Target> {
  readonly data: Data;
}

/** What listeners of `error` get. */
export interface ErrorEvent<Target = EventSocket> extends SocketEvent<Target> {
  // biome-ignore lint/suspicious/noExplicitAny: as in the DOM and @types/ws, so that `code` can be asked for.
  readonly error: any;
  readonly message: string;
}

/** What listeners of `close` get. */
export interface CloseEvent<Target = EventSocket> extends SocketEvent<Target> {
  readonly code: number;
  readonly reason: string;
  /** Whether the closing handshake was completed (RFC 6455 §7.1.4). */
  readonly wasClean: boolean;
}

/** The event object for each type of event. */
export interface EventObjects<Target = EventSocket> {
  open: SocketEvent<Target>;
  message: MessageEvent<Target>;
  error: ErrorEvent<Target>;
  close: CloseEvent<Target>;
}

export type EventType = keyof EventObjects;

/** A listener as browsers take it: a function, or an object with the method `handleEvent`. */
export type EventListener<Event> = ((event: Event) => void) | { handleEvent(event: Event): void };

/** Options of `addEventListener`. */
export interface EventListenerOptions {
  /** Whether the listener is removed when it is called. Default false. */
  readonly once?: boolean | undefined;
}

type Emitter = TypedEmitter<SocketEvents>;
type AnyListener = EventListener<never>;

/** Whom a wrapper stands for. A symbol, since emitters give a property `listener` a meaning of their own. */
const original: unique symbol = Symbol('holdfast.original');

/** A listener of the emitter that stands for one of the browser's kind. */
interface Wrapper {
  // biome-ignore lint/suspicious/noExplicitAny: the values of an event; which ones depends on its type.
  (...values: any[]): void;
  /** Undefined for the emitter's own kind. */
  readonly [original]?: {
    readonly listener: AnyListener;
    /** Whether it was set as `on…`, of which there is one, and not by `addEventListener`. */
    readonly isAttribute: boolean;
  };
}

/** Does nothing for other types of event and for listeners that are there already. */
export function addEventListener(
  emitter: Emitter,
  type: EventType,
  listener: AnyListener,
  options: EventListenerOptions = {},
): void {
  const toEvent = toEventOf(type);
  if (toEvent === undefined || findWrapper(emitter, type, listener) !== undefined) return;
  const wrapper = wrap(emitter, toEvent, listener, false);
  if (options.once === true) emitter.once(type, wrapper);
  else emitter.on(type, wrapper);
}

export function removeEventListener(emitter: Emitter, type: EventType, listener: AnyListener): void {
  const wrapper = findWrapper(emitter, type, listener);
  if (wrapper !== undefined) emitter.removeListener(type, wrapper);
}

/** The value of `on…`. */
export function attributeListener(emitter: Emitter, type: EventType): AnyListener | null {
  return findAttribute(emitter, type)?.[original]?.listener ?? null;
}

/** Sets `on…`; whatever is no function only removes what was set before. */
export function setAttributeListener(emitter: Emitter, type: EventType, listener: unknown): void {
  const before = findAttribute(emitter, type);
  if (before !== undefined) emitter.removeListener(type, before);
  const toEvent = toEventOf(type);
  if (typeof listener !== 'function' || toEvent === undefined) return;
  emitter.on(type, wrap(emitter, toEvent, listener as (event: never) => void, true));
}

/** The values of an emitter's event → the event object. */
type ToEvent = (target: Emitter, ...values: never[]) => SocketEvent<Emitter>;

const TO_EVENT: Readonly<Record<EventType, ToEvent>> = {
  open: (target): SocketEvent<Emitter> => ({ type: 'open', target }),
  message: (target, data: RawData, isBinary: boolean): MessageEvent<Emitter> => ({
    type: 'message',
    target,
    data: isBinary ? data : data.toString(),
  }),
  error: (target, error: Error): ErrorEvent<Emitter> => ({
    type: 'error',
    target,
    error,
    message: error.message,
  }),
  close: (target, code: number, reason: Buffer): CloseEvent<Emitter> => ({
    type: 'close',
    target,
    code,
    reason: reason.toString(),
    wasClean: code !== CLOSE_ABNORMAL,
  }),
};

function toEventOf(type: string): ToEvent | undefined {
  return Object.hasOwn(TO_EVENT, type) ? TO_EVENT[type as EventType] : undefined;
}

function wrap(target: Emitter, toEvent: ToEvent, listener: AnyListener, isAttribute: boolean): Wrapper {
  const wrapper = (...values: unknown[]): void => {
    const event = toEvent(target, ...(values as never[])) as never;
    if (typeof listener === 'function') listener.call(target as never, event);
    else listener.handleEvent(event);
  };
  return Object.assign(wrapper, { [original]: { listener, isAttribute } });
}

function findWrapper(emitter: Emitter, type: EventType, listener: AnyListener): Wrapper | undefined {
  return wrappers(emitter, type).find((wrapper) => {
    const found = wrapper[original];
    return found?.listener === listener && !found.isAttribute;
  });
}

function findAttribute(emitter: Emitter, type: EventType): Wrapper | undefined {
  return wrappers(emitter, type).find((wrapper) => wrapper[original]?.isAttribute);
}

function wrappers(emitter: Emitter, type: EventType): Wrapper[] {
  return emitter.listeners(type) as Wrapper[];
}
