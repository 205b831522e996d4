/** The strategy of sessions that have fallbacks (connector.ts), and native WebSocket as one of the transports to choose from. */
import { Connector } from './connector.ts';
import { endpoint, recall, remember } from './memory.ts';
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

export const hedged: Strategy = {
  find: (session, host, fallbacks, names) =>
    new Connector(candidatesHere([webSocket, ...fallbacks], names), host, session),
  isOtherServer: (url) => recall(endpoint(url)) === 'plain',
  forgetOtherServer: (url) => remember(endpoint(url), undefined),
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
