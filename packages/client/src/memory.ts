/**
 * What was found out last time, for a bounded time, so that the next page need not do so again: which transport opened and what its path allows,
 * per origin, since the network decides that; that a server is not Holdfast, per URL, since an origin may have several. Only kept where the browser lets
 * us; nothing depends on it.
 */
/** After this the network has probably changed; a wrong memory costs one request, not correctness. */
const KEEP_MS = 10 * 60_000;

/** @param place an origin, one and what of it, or an {@link endpoint} */
export function recall(place: string): string | undefined {
  try {
    const [what, until] = (localStorage.getItem(key(place)) || '').split(' ');
    return Number(until) > Date.now() ? what : undefined;
  } catch {
    return undefined; // no storage here (Node, a worker, a sandboxed page)
  }
}

/** @param what one word (`plain`: the server is not Holdfast, and is spoken to natively); undefined: forget */
export function remember(place: string, what: string | undefined): void {
  try {
    if (what === undefined) localStorage.removeItem(key(place));
    else localStorage.setItem(key(place), `${what} ${Date.now() + KEEP_MS}`);
  } catch {
    // as above
  }
}

/** The place of one server: its URL without the query, which may hold a secret. */
export function endpoint(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function key(place: string): string {
  return `holdfast ${place}`;
}
