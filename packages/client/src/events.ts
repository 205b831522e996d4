/** The events of a WebSocket: their types by name, and their classes from the platform where it has them. */
import type { LogEntry } from './log.ts';

/** The standard's, and `holdfast`: what is tried, and why something was given up. */
export interface EventMap extends WebSocketEventMap {
  holdfast: CustomEvent<LogEntry>;
}

/** An EventTarget that knows which event has which type. */
export interface WebSocketEventTarget extends EventTarget {
  addEventListener<K extends keyof EventMap>(
    type: K,
    listener: (this: WebSocket, event: EventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof EventMap>(
    type: K,
    listener: (this: WebSocket, event: EventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

export const WebSocketEventTarget: new () => WebSocketEventTarget = EventTarget;

export function closeEvent(init: Required<Pick<CloseEventInit, 'wasClean' | 'code' | 'reason'>>): Event {
  // Node has no CloseEvent before version 23.
  if (typeof CloseEvent === 'function') return new CloseEvent('close', init);
  return Object.assign(new Event('close'), init);
}
