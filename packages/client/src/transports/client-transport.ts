/**
 * The seam between a session and whatever moves its wire messages, the only place where I/O joins; and what the connector asks of a
 * transport and is told by it. A transport states the attach over its own path and says what became of it; it does not know the others.
 */
import type { Attached } from '@holdfast/protocol';
import type { Incoming, WireMessage } from '../session.ts';

/** The three of them, in order of preference. */
export type TransportName = 'websocket' | 'long-polling' | 'iframe';

/** What an attach states, beside the session. */
export interface Statement {
  readonly attach: number;
  /** Items received; null: never attached yet. */
  readonly received: number | null;
}

export interface ClientTransport {
  readonly name: TransportName;
  /** Whether several messages may come in one task of the platform's. Default: each has its own. */
  readonly sharesTasks?: boolean;

  // From the connector.

  /** States the attach, opening the path first where it is not open. May be called again after `onSuperseded`. */
  attach(statement: Statement): void;
  /** Asks for a sign of life now, and fails soon where none comes. Only while attached. */
  check(): void;
  /** The page goes away: sends what the session has left as well as it can, without waiting for anything. */
  leave(): void;
  /**
   * Ends it, attached or not; it calls nobody any more.
   *
   * @param isOver whether the session has ended in good order: a last `send` is left to arrive. Default: not
   */
  giveUp(isOver?: boolean): void;

  // From the session.

  /** How much may come, weighed in bytes, before it is to be acknowledged; infinite where that costs nothing soon. */
  readonly tellAfterBytes: number;
  /** Bytes taken by `send` and not yet handed to the network, ours among them; infinite where everything is that is not acknowledged. */
  readonly pendingBytes: number;
  /** The longest fragment that gets through, in bytes of payload. Default: all do. */
  readonly maxFragmentBytes?: number;
  /** Payload bytes it would take now. 0: none until it calls the session's `flush`. */
  capacity(): number;
  /** Takes what the session has, so many bytes of it (`Session.take`). */
  send(capacityBytes: number): void;
  /** `~attached` has come. */
  onAttached(attached: Attached, incoming: Incoming): void;
  /** A control has come that is not the session's business. */
  onControl(verb: string): void;
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

/** Why one fails that took too long. */
export const NO_ANSWER: Failure = { reason: 'no answer' };

/** The connector, as the transports see it. */
export interface TransportEvents {
  /** The attach holds. */
  onAttached(transport: ClientTransport, attached: Attached): void;
  /** This attach holds, a newer one mostly; the path works. */
  onSuperseded(transport: ClientTransport, newestAttach: number): void;
  /** The server has no such session, or no longer, and so it ends. @param reason why, where it says so */
  onGone(transport: ClientTransport, reason: string): void;
  /** The path does not work, or no longer. */
  onFailed(transport: ClientTransport, failure: Failure): void;
  /** A WebSocket server that is not Holdfast answered: go on with this native socket, and what it has said. */
  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: WireMessage | undefined): void;
}

/** What an answer of this protocol begins with. */
export const STANDING: RegExp = /^~(attached|superseded|gone)\b/;
