/** What puts a class in the place of `window.WebSocket`, whatever that class is: which URLs it is meant for, and the window's property. */
import { parseUrl } from './url.ts';

/**
 * Whether a URL is served by us: one of the page's own origin, or of those listed.
 *
 * @throws DOMException SyntaxError: one of the origins is none
 */
export function servedBy(origins: readonly string[]): (url: unknown) => boolean {
  // The location's is another one in a sandbox, and no origin of a server in a file; engines of 2016 have no other.
  const { location, origin: own = location ? location.origin : 'null' } = globalThis;
  // A page may have none (a file, a sandbox): `null`.
  const served = new Set((own === 'null' ? origins : [own, ...origins]).map(serverOrigin));
  return (url) => {
    try {
      return served.has(serverOrigin(String(url)));
    } catch {
      return true; // no URL: ours throws what the standard says
    }
  };
}

/** Puts it there. Returns what puts back what was there. */
export function replaceWebSocket(replacement: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  const descriptor = { value: replacement, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(globalThis, 'WebSocket', descriptor);
  return () => {
    if (before === undefined) delete (globalThis as { WebSocket?: unknown }).WebSocket;
    else Object.defineProperty(globalThis, 'WebSocket', before);
  };
}

/** A WebSocket URL and an origin as one thing: scheme ws or wss, host and port. */
function serverOrigin(url: string): string {
  return new URL(parseUrl(url)).origin;
}
