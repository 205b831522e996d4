/**
 * What opened last time, per origin, for a bounded time: so that the next page need not find out again. Only kept where the
 * browser lets us; nothing depends on it.
 */
import type { TransportName } from './transports/client-transport.ts';

/** `plain`: the server is not Holdfast, and is spoken to natively. */
export type Remembered = TransportName | 'plain';

/** After this the network has probably changed; a wrong memory costs one request, not correctness. */
const KEEP_MS = 10 * 60_000;

export function recall(origin: string): Remembered | undefined {
  try {
    const [what, until] = localStorage.getItem(key(origin))?.split(' ') ?? [];
    return Number(until) > Date.now() ? (what as Remembered) : undefined;
  } catch {
    return undefined; // no storage here (Node, a worker, a sandboxed page)
  }
}

/** @param what undefined: forget */
export function remember(origin: string, what: Remembered | undefined): void {
  try {
    if (what === undefined) localStorage.removeItem(key(origin));
    else localStorage.setItem(key(origin), `${what} ${Date.now() + KEEP_MS}`);
  } catch {
    // as above
  }
}

function key(origin: string): string {
  return `holdfast ${origin}`;
}
