/** How far away the server is, from what the page has measured already, and how long that makes it wait. Nothing is sent for it. */

import type { Session } from './session.ts';

/** Nothing measured (a worker, Node), in ms: a server on the same continent. */
const UNKNOWN_MS = 50;
/** A person notices more. */
export const LONGEST_DELAY_MS = 900;

/**
 * How long a transport gets before the next one is tried beside it, in ms.
 *
 * @param due in how many round trips (one more with TLS) it should have attached, and in which time of the two ends
 */
export function hedgeDelayMs(
  session: Pick<Session, 'url' | 'httpUrl' | 'roundTripMs'>,
  { roundTrips, allowanceMs }: { readonly roundTrips: number; readonly allowanceMs: number },
): number {
  // Not before the first handshake is under way: looking it up takes a moment.
  session.roundTripMs ||= measuredRoundTripMs(new URL(session.httpUrl).origin);
  const tls = session.url.startsWith('wss') ? 1 : 0;
  return Math.min(allowanceMs + (roundTrips + tls) * session.roundTripMs, LONGEST_DELAY_MS);
}

/**
 * The shortest time, in ms, in which an answer to the page's own requests began: what the network took, and little of what the server
 * did. How long TCP took to connect would say less: a proxy nearby may have answered that.
 *
 * @param httpOrigin of the server; requests to it count beside the page's own
 */
export function measuredRoundTripMs(httpOrigin: string): number {
  const measured = ((performance.getEntries ? performance.getEntries() : []) as PerformanceResourceTiming[])
    .filter(
      ({ entryType, name, requestStart, transferSize }) =>
        (entryType === 'navigation' || name.startsWith(httpOrigin)) &&
        // Zero where it is secret (another origin); and nothing travelled where it came from a cache.
        requestStart > 0 &&
        transferSize !== 0,
    )
    .map(({ requestStart, responseStart }) => responseStart - requestStart)
    .filter((ms) => ms > 0);
  return measured.length === 0 ? UNKNOWN_MS : Math.min(...measured);
}
