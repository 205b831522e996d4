/**
 * Puts our class in the place of `window.WebSocket`, for the URLs it is meant for: those of the page's own origin, and those
 * listed. Every other URL gets the native class untouched, so that no request of ours ever goes to a stranger's server.
 */
import { WebSocket } from './full.ts';
import { replaceWebSocket, servedBy } from './replacement.ts';
import { NativeWebSocket } from './transports/native-websocket.ts';

export interface InstallOptions {
  /** Further servers to be served: origins (`https://api.example`, `wss://api.example`). Default: none. */
  readonly origins?: readonly string[];
}

/** Replaces `globalThis.WebSocket`. Returns what puts the native class back. */
export function install({ origins = [] }: InstallOptions = {}): () => void {
  const isServed = servedBy(origins);
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
  return replaceWebSocket(replacement);
}
