/**
 * What a WebSocket of ours talks through: a session (session-link.ts), or a native socket where the server is not Holdfast
 * (native-link.ts). The class in websocket.ts knows the WHATWG standard and this; it never learns which of the two it has.
 */
import type { LogEntry, Stats } from './log.ts';
import type { WireMessage } from './session.ts';

/** What a link tells of itself. The messages are counted by whoever sends and gets them. */
export type LinkStats = Omit<Stats, 'sent' | 'received'>;

export interface Link {
  /** Bytes taken by `send` and not yet handed to the network. */
  readonly bufferedAmount: number;
  readonly transport: string | null;
  /** Whether several of its events may come in one task of the platform's. */
  readonly sharesTasks: boolean;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Sends a control to the server's session, where there is one. It may be lost. */
  say?(text: string): void;
  /** Starts the closing handshake. Before `onOpen`, `onClose` follows without one. */
  close(code: number | undefined, reason: string): void;
  /** Ends it at once with 1006, in a call of `onClose`; the peer is told goodbye where that is possible. */
  abandon(): void;
  stats(): LinkStats;
}

/** Always called from a task of its own, never from within a call of the application's. */
export interface LinkEvents {
  onOpen(protocol: string, extensions: string): void;
  onMessage(data: string | Uint8Array<ArrayBuffer>): void;
  /** The last call. */
  onClose(code: number, reason: string, wasClean: boolean): void;
  onLog(entry: LogEntry): void;
  /** Go on natively with this socket; the link has ended. */
  onForeign(socket: globalThis.WebSocket, said: WireMessage | undefined): void;
}
