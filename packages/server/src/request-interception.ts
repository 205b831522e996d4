/**
 * Takes some requests of an HTTP server before its own listeners see them, whenever these were or will be added; all
 * others pass untouched. Listeners cannot do that: each sees every request, and express answers 404 to what it does not know.
 */
import type { EventEmitter } from 'node:events';

/** Says whether it has taken what the event tells of. */
export type EventHandler<Args extends unknown[]> = (...args: Args) => boolean;

/** By the event's name. */
// biome-ignore lint/suspicious/noExplicitAny: each event has arguments of its own.
export type EventHandlers = ReadonlyMap<unknown, EventHandler<any[]>>;

/** Returns what ends it. */
export function interceptRequests(server: EventEmitter, handlers: EventHandlers): () => void {
  const { emit } = server;
  const intercepting = function (this: typeof server, ...event: unknown[]): boolean {
    const handle = isActive ? handlers.get(event[0]) : undefined;
    if (handle?.(...event.slice(1)) === true) return true;
    return Reflect.apply(emit, this, event) as boolean;
  };
  let isActive = true;
  server.emit = intercepting;
  return () => {
    isActive = false;
    // Somebody else may have wrapped it since; then ours stays, and lets everything pass.
    if (server.emit === intercepting) server.emit = emit;
  };
}
