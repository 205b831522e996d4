/** Native WebSocket as one of the transports to choose from, and which of them a place has. The others are in fallbacks.ts. */
import type { Candidate } from './connector.ts';
import type { TransportName } from './transports/client-transport.ts';
import { NativeWebSocket, WebSocketTransport } from './transports/websocket.ts';

export const webSocket: Candidate = {
  name: 'websocket',
  allowanceMs: 250, // an application may look up who comes, a packet be late
  roundTrips: 2, // TCP, HTTP
  isHttp: false,
  isHere: () => typeof NativeWebSocket === 'function',
  create: (session) => new WebSocketTransport(session),
};

/**
 * @param known in order of preference
 * @param names those an application wants, in its order; default: all
 */
export function candidatesHere(known: readonly Candidate[], names?: readonly TransportName[]): Candidate[] {
  const wanted =
    names === undefined
      ? known
      : [...new Set(names)].reduce<Candidate[]>(
          (all, name) => all.concat(known.filter((candidate) => candidate.name === name)),
          [],
        );
  return wanted.filter(({ isHere }) => isHere());
}
