/**
 * Puts our class in the place of `window.WebSocket`, for the URLs it is meant for: those of the page's own origin, and those
 * listed. Every other URL gets the native class untouched, so that no request of ours ever goes to a stranger's server.
 */
import { WebSocket } from './full.ts';
import { NativeWebSocket } from './transports/websocket.ts';
import { parseUrl } from './url.ts';

export interface InstallOptions {
  /** Further servers to be served: origins (`https://api.example`, `wss://api.example`). Default: none. */
  readonly origins?: readonly string[];
}

/** Replaces `globalThis.WebSocket`. Returns what puts the native class back. */
export function install({ origins = [] }: InstallOptions = {}): () => void {
  const own = globalThis.location?.origin ?? 'null';
  // A page may have none (a file, a sandbox): `null`.
  const served = new Set((own === 'null' ? origins : [own, ...origins]).map(serverOrigin));
  const isServed = (url: unknown): boolean => {
    try {
      return served.has(serverOrigin(String(url)));
    } catch {
      return true; // no URL: ours throws what the standard says
    }
  };
  const replacement: typeof WebSocket = new Proxy(WebSocket, {
    construct(target, args, newTarget): object {
      if (NativeWebSocket === undefined || isServed(args[0]))
        return Reflect.construct(target, args, newTarget);
      if (newTarget === replacement) return Reflect.construct(NativeWebSocket, args);
      // A subclass inherits our methods, which want an object of ours: one that has nothing but a native socket.
      return Reflect.construct(target, [args[0], args[1], { transports: [] }], newTarget);
    },
    get(target, property, receiver) {
      if (property !== Symbol.hasInstance || receiver !== replacement)
        return Reflect.get(target, property, receiver);
      return (value: unknown) =>
        value instanceof target || (NativeWebSocket !== undefined && value instanceof NativeWebSocket);
    },
  });
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  const descriptor = { value: replacement, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(globalThis, 'WebSocket', descriptor);
  return () => {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
    else Object.defineProperty(globalThis, 'WebSocket', before);
  };
}

/** A WebSocket URL and an origin as one thing: scheme ws or wss, host and port. */
function serverOrigin(url: string): string {
  return new URL(parseUrl(url)).origin;
}
