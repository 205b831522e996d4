/**
 * How a session comes to its transports, as a piece that can be exchanged: native WebSocket alone (websocket-connector.ts), or the best of
 * several (connector.ts). A bundle holds the second only with a fallback, which brings it along.
 */
import type { Attached } from '@holdfast/protocol';
import type { AttemptRecord, LogEntry } from './log.ts';
import type { Session, WireMessage } from './session.ts';
import type { ClientTransport, TransportName } from './transports/client-transport.ts';

/** Each transport is tried this often before an application hears that there is no way. */
export const OPENING_TRIES = 2;

// Between two tries: doubled each time, up to the longest, and up to half as much again at random.
export const FIRST_RETRY_MS = 100;
export const LONGEST_RETRY_MS = 5000;

/** A transport that lived this long, or moved anything, is replaced at once; else each attach would fail the same way, in a circle. */
export const STEADY_AFTER_MS = 1000;

/** What was asked this long before the page woke up, in ms, may have been asked on another network: it is asked again. */
export const STALE_AFTER_MS = 1000;

/** One transport that this place has. */
export interface Candidate {
  readonly name: TransportName;
  /** In how many round trips (one more with TLS) it should have attached, and in which time of the two ends. */
  readonly roundTrips: number;
  readonly allowanceMs: number;
  /** Whether it is requests. These have one attach number while it is open which of them gets through: none overtakes the other. */
  readonly isHttp: boolean;
  /** Whether this place has what it takes. */
  isHere(): boolean;
  create(session: Session): ClientTransport;
}

/** One that is tried where native WebSocket does not get through, and how to choose then. */
export interface FallbackCandidate extends Candidate {
  readonly strategy: Strategy;
}

/**
 * @param fallbacks those that there are, in order of preference
 * @param names those an application wants, in its order; default: all
 */
export type Strategy = (
  session: HostedSession,
  fallbacks: readonly Candidate[],
  names?: readonly TransportName[],
) => TransportFinder;

/** Finds transports for a session, one after the other while it lives. */
export interface TransportFinder {
  /** Begins, unless there is a transport. */
  connect(): void;
  /** Something has changed (online, back from sleep): asks now what it would find out, and tries what it would try, later. */
  wake(): void;
  /** The page is put away, and may come back: nothing runs until `wake`. */
  rest(): void;
  /** Ends every attempt. */
  stop(): void;
}

/** A session, as it is told what comes of looking for transports. */
export interface HostedSession extends Session {
  /** Attached for the first time. */
  onOpened(attached: Attached): void;
  /** The server is not Holdfast: this native socket is open, and has said this. */
  onForeign(socket: globalThis.WebSocket, said: WireMessage | undefined): void;
  /** @param since when the attempt began, or the transport attached, in ms on the page's clock */
  onLog(record: AttemptRecord, type: LogEntry['type'], attach: number, since: number, reason?: string): void;
}
