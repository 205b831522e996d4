/** The transports for where native WebSocket does not get through: an application that does not name one does not bundle it. */
import { hedged } from './hedged.ts';
import type { FallbackCandidate } from './strategy.ts';
import { HttpTransport } from './transports/http.ts';
import { iframe as byForms } from './transports/iframe.ts';
import { longPolling as byFetch } from './transports/long-polling.ts';

/** HTTP long polling, by fetch. */
export const longPolling: FallbackCandidate = {
  strategy: hedged,
  name: 'long-polling',
  allowanceMs: 50,
  roundTrips: 1, // the page has a connection
  isHttp: true,
  isHere: () => typeof fetch === 'function',
  create: (session) => new HttpTransport(session, byFetch),
};

/** Forms and scripts in iframes. */
export const iframe: FallbackCandidate = {
  strategy: hedged,
  name: 'iframe',
  allowanceMs: 300, // a document takes a browser that long which is busy
  roundTrips: 2, // no status is seen: what is refused is asked again
  isHttp: true,
  // No document can post to an opaque origin and to nobody else: the server would refuse (PROTOCOL.md §5).
  isHere: () => typeof document === 'object' && globalThis.origin !== 'null',
  create: (session) => new HttpTransport(session, byForms),
};
