/** The strategy of sessions that have fallbacks (connector.ts), and native WebSocket as one of the transports to choose from. */
import { Connector } from './connector.ts';
import type { Candidate, Strategy } from './strategy.ts';
import type { TransportName } from './transports/client-transport.ts';
import { NativeWebSocket } from './transports/native-websocket.ts';
import { WebSocketTransport } from './transports/websocket.ts';

export const webSocket: Candidate = {
  name: 'websocket',
  allowanceMs: 250, // an application may look up who comes, a packet be late
  roundTrips: 2, // TCP, HTTP
  isHttp: false,
  isHere: () => typeof NativeWebSocket === 'function',
  create: (session) => new WebSocketTransport(session),
};

export const hedged: Strategy = (session, fallbacks, names) =>
  new Connector(candidatesHere([webSocket, ...fallbacks], names), session);

/**
 * @param known in order of preference
 * @param names those an application wants, in its order; default: all
 */
export function candidatesHere(
  known: readonly Candidate[],
  names: readonly TransportName[] = known.map(({ name }) => name),
): Candidate[] {
  return known
    .filter(({ name, isHere }) => names.includes(name) && isHere())
    .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
