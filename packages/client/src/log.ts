/** What a socket tells about its transports: the entries of its log, and the sums of them. */
import type { TransportName } from './transports/client-transport.ts';

/** The `detail` of a `holdfast` event. */
export interface LogEntry {
  /**
   * `attempt`: a transport is tried. `attached`: it carries the session now. `failed`: it did not attach. `dropped`: it was not waited
   * for, since another one attached, or the session or its page ended. `detached`: it carried the session and has ended. `gone`: the
   * server knows no such session.
   */
  readonly type: 'attempt' | 'attached' | 'failed' | 'dropped' | 'detached' | 'gone';
  readonly transport: TransportName;
  /** The attach number stated last; 0 where only the path was tried. */
  readonly attach: number;
  /** Why, for `failed`, `dropped` and `detached`. */
  readonly reason: string | undefined;
  /** Since the attempt began, or the transport attached, in ms. */
  readonly durationMs: number;
  /** When, in ms since the epoch. */
  readonly at: number;
}

/** One transport that was tried. */
export interface AttemptRecord {
  readonly transport: TransportName;
  readonly outcome: 'pending' | 'attached' | 'failed' | 'dropped' | 'gone';
  readonly reason?: string | undefined;
  readonly durationMs?: number;
}

export interface Stats {
  /** The transport in use; null while there is none. */
  readonly transport: string | null;
  /** The last 100. */
  readonly attempts: readonly AttemptRecord[];
  /** How often the session went from one transport to another, a new one of the same kind included. */
  readonly migrations: number;
  /** Fragments that were sent more than once. */
  readonly resent: number;
  readonly sent: { readonly messages: number; readonly bytes: number };
  readonly received: { readonly messages: number; readonly bytes: number };
  /** How long the transport in use took to attach, in ms; null before. */
  readonly attachMs: number | null;
  /** To the server and back, in ms, as it was measured last; until then as the page's own requests suggest. Null without a session. */
  readonly roundTripMs: number | null;
}

/** @param since when the attempt began, or the transport attached, in ms on the page's clock */
export function logEntry(
  type: LogEntry['type'],
  transport: TransportName,
  attach: number,
  since: number,
  reason?: string,
): LogEntry {
  const durationMs = Math.round(performance.now() - since);
  return { type, transport, attach, reason: reason || undefined, durationMs, at: Date.now() };
}
