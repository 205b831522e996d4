/**
 * What install.ts does, without a Proxy: a function in the place of `window.WebSocket` that makes one of ours, or a native one for the
 * URLs of others.
 */
import type { InstallOptions } from '../install.ts';
import { replaceWebSocket, servedBy } from '../replacement.ts';
import { NativeWebSocket } from '../transports/native-websocket.ts';
import { WebSocket as Ours } from './full.ts';
import { platform } from './platform.ts';

/** As many as there are: none is an error, and not the same as `undefined`. */
type Arguments = [url?: unknown, protocols?: unknown, options?: unknown];

/** Replaces `window.WebSocket`. Returns what puts the native class back. */
export function install({ origins = [] }: InstallOptions = {}): () => void {
  const isServed = servedBy(origins);
  // One parameter, for its `length`.
  function WebSocket(this: object, ..._: Arguments): object {
    // biome-ignore lint/complexity/noArguments: how many there are matters
    const args = arguments as unknown as Arguments;
    // Of a subclass: what it has made takes its methods.
    const prototype = Object.getPrototypeOf(this);
    const isSubclass = prototype !== Ours.prototype;
    const isNative = NativeWebSocket !== undefined && !isServed(args[0]);
    const socket = isNative && !isSubclass ? native(args) : ours(args, isNative);
    return isSubclass ? Object.setPrototypeOf(socket, prototype) : socket;
  }
  WebSocket.prototype = Ours.prototype;
  for (const name of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const)
    Object.defineProperty(WebSocket, name, { value: Ours[name], enumerable: true });
  const hasInstance = platform.Symbol?.hasInstance;
  if (hasInstance !== undefined)
    Object.defineProperty(WebSocket, hasInstance, {
      value(this: unknown, value: unknown) {
        if (this !== WebSocket) return Function.prototype[hasInstance].call(this as () => void, value);
        return value instanceof Ours || (NativeWebSocket !== undefined && value instanceof NativeWebSocket);
      },
    });
  return replaceWebSocket(WebSocket);
}

function native([url, protocols]: Arguments): object {
  const Native = NativeWebSocket as unknown as new (...args: Arguments) => object;
  return protocols === undefined ? new Native(url) : new Native(url, protocols);
}

/** @param isPlain one that has nothing but a native socket */
function ours(args: Arguments, isPlain: boolean): object {
  const Class = Ours as unknown as new (...args: Arguments) => object;
  if (args.length === 0) return new Class(); // it throws what the standard says
  return new Class(args[0], args[1], isPlain ? { transports: [] } : args[2]);
}
