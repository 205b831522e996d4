/**
 * What the connector asks of a transport, beyond what the driver does, and what it is told. A transport states the attach over its
 * own path and says what became of it; it does not know the other transports.
 */
import type { Attached, Driver, Transport } from '@holdfast/protocol';
import type { Path } from './path.ts';

/** The three of them, in order of preference. */
export type TransportName = 'websocket' | 'long-polling' | 'iframe';

/** What an attach states, beside the session. */
export interface Statement {
  readonly attach: number;
  /** Items received; null: never attached yet. */
  readonly received: number | null;
}

export interface ClientTransport extends Transport {
  /** States the attach, opening the path first where it is not open. May be called again after `onSuperseded`. */
  attach(statement: Statement): void;
  /** Asks for a sign of life now, and fails soon where none comes. Only while attached. */
  check(): void;
  /** The page goes away: sends what the session has left as well as it can, without waiting for anything. */
  leave(): void;
  /** Ends it, attached or not; it calls nobody any more. */
  abort(): void;
}

/** Why a transport failed. */
export interface Failure {
  /** One line, for the log. */
  readonly reason: string;
  /** Whether an HTTP server answered that does not speak this protocol; or how to find out, where that costs a request. */
  readonly foreign?: boolean | (() => Promise<boolean>);
  /** When it may be tried again, in ms from now, where the path has said that. */
  readonly retryAfterMs?: number | undefined;
  /** Whether a body was, or may have been, larger than the path takes. */
  readonly tooLarge?: boolean;
}

/** The connector, as the transports see it. */
export interface TransportEvents {
  /** The attach holds. */
  onAttached(transport: ClientTransport, attached: Attached): void;
  /** A newer attach holds; the path works. */
  onSuperseded(transport: ClientTransport, newestAttach: number): void;
  /** The server has no such session, or no longer. @param argument why, where it says so @throws ProtocolError it cannot be parsed */
  onGone(transport: ClientTransport, argument: string): void;
  /** The path does not work, or no longer. */
  onFailed(transport: ClientTransport, failure: Failure): void;
  /** A WebSocket server that is not Holdfast answered: go on with this native socket, and what it has said. */
  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: MessageEvent | undefined): void;
}

/** What each transport of a session shares. */
export interface TransportContext {
  readonly driver: Driver;
  readonly events: TransportEvents;
  /** The WebSocket URL. */
  readonly url: string;
  /** Its origin. */
  readonly origin: string;
  /** The same with http(s) and the session's id in the query. */
  readonly httpUrl: string;
  readonly session: string;
  readonly secret: string;
  /** The application's subprotocols. */
  readonly protocols: readonly string[];
  /** After how much silence to ping, in ms; the server says it with the first `attached`. */
  keepaliveMs: number;
  /** The largest request body the server reads, in bytes. */
  maxBodyBytes: number;
  /** How long a session without a transport lives, in ms. */
  expiryMs: number;
  /** To the server and back, in ms, as it was measured last; undefined until somebody asks. */
  roundTripMs: number | undefined;
  /** Undefined until there are requests. */
  path?: Path;
}
