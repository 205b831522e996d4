/**
 * What can be chosen about an RFC 6455 connection, with its defaults. One object serves all connections of a server.
 */

import type { PerMessageDeflateOptions } from './deflate/options.ts';

/** Options of a `Connection`. */
export interface ConnectionOptions {
  /** Which end this is: a client masks its frames (RFC 6455 §5.1), a server closes TCP first (§7.1.1). */
  readonly role: 'server' | 'client';
  /** The longest message, in bytes. Default 100 MiB; `Infinity` for no limit. */
  readonly maxPayloadBytes?: number | undefined;
  /** The most fragments of one message. Default 131072; `Infinity` for no limit. */
  readonly maxFragments?: number | undefined;
  /** Whether text is checked to be UTF-8. Default true. `false` only where clients are trusted. */
  readonly validateUtf8?: boolean | undefined;
  /** Whether a Ping is answered with a Pong. Default true. */
  readonly autoPong?: boolean | undefined;
  /**
   * Whether several messages may be delivered in one turn of the event loop. Default true. `false` is closer to
   * browsers and slower.
   */
  readonly allowSynchronousEvents?: boolean | undefined;
  /**
   * The most that may wait for a peer that does not read, in bytes, when a published message is added to it. Default 64 MiB. What
   * is sent to one peer alone is not bounded: who sends it sees `bufferedAmount`.
   */
  readonly maxBufferedBytes?: number | undefined;
  /** How long the closing handshake and the end of TCP may take, in ms. Default 30000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Of a client: fills the four bytes of each frame's masking key. Default: random bytes. */
  readonly generateMask?: ((key: Buffer) => void) | undefined;
  /**
   * How messages are compressed where that was negotiated. Connections with the same object share what it takes; without
   * one, the defaults.
   */
  readonly perMessageDeflate?: PerMessageDeflateOptions | undefined;
}

/** As in ws: long enough for a slow network to deliver what was sent before the Close. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 30_000;

/** What a slow reader may be behind, and far below what a stalled one may cost a process. */
export const DEFAULT_MAX_BUFFERED_BYTES: number = 64 * 1024 * 1024;
