/** How far away the server may be, from what the page has measured already. Nothing is sent for it. */

/** Nothing measured (a worker, Node): neither hasty nor slow. */
const UNKNOWN_DELAY_MS = 500;
/** A WebSocket needs a TCP, a TLS and an HTTP round trip; one more is its share of bad luck. */
const ROUND_TRIPS = 4;
/** The server's own time, and the page's that is still loading. */
const ALLOWANCE_MS = 100;
const LONGEST_DELAY_MS = 1000;

/** How long a transport gets before the next one is tried beside it, in ms. */
export function hedgeDelayMs(): number {
  const roundTripMs = measuredRoundTripMs();
  if (roundTripMs === undefined) return UNKNOWN_DELAY_MS;
  return Math.min(ALLOWANCE_MS + ROUND_TRIPS * roundTripMs, LONGEST_DELAY_MS);
}

/** The page's own: the time its TCP connection took, or where that was there already, its request. */
function measuredRoundTripMs(): number | undefined {
  const [entry] = (globalThis.performance?.getEntriesByType?.('navigation') ??
    []) as PerformanceNavigationTiming[];
  if (entry === undefined || entry.responseStart === 0) return undefined;
  const connectMs = (entry.secureConnectionStart || entry.connectEnd) - entry.connectStart;
  return connectMs > 0 ? connectMs : entry.responseStart - entry.requestStart;
}
