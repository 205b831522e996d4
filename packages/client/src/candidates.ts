/** Which transports this place has, in order of preference. */
import type { Candidate } from './connector.ts';
import type { TransportName } from './transports/client-transport.ts';
import { HttpTransport } from './transports/http.ts';
import { iframe } from './transports/iframe.ts';
import { longPolling } from './transports/long-polling.ts';
import { NativeWebSocket, WebSocketTransport } from './transports/websocket.ts';

const ALL: readonly (Candidate & { readonly isHere: () => boolean })[] = [
  {
    name: 'websocket',
    allowanceMs: 300, // an application may look up who comes
    roundTrips: 3, // TCP, HTTP, and one more as its share of bad luck
    isHttp: false,
    isHere: () => typeof NativeWebSocket === 'function',
    create: (context) => new WebSocketTransport(context),
  },
  {
    name: 'long-polling',
    allowanceMs: 50,
    roundTrips: 1, // the page has a connection
    isHttp: true,
    isHere: () => typeof fetch === 'function',
    create: (context) => new HttpTransport(context, longPolling),
  },
  {
    name: 'iframe',
    allowanceMs: 50,
    roundTrips: 1, // the page has a connection
    isHttp: true,
    isHere: () => typeof document === 'object',
    create: (context) => new HttpTransport(context, iframe),
  },
];

/** @param names those an application wants, in its order; default: all */
export function candidatesHere(names?: readonly TransportName[]): Candidate[] {
  const wanted =
    names === undefined
      ? ALL
      : [...new Set(names)].flatMap((name) => ALL.filter((candidate) => candidate.name === name));
  return wanted.filter(({ isHere }) => isHere());
}
