/** What can be chosen about permessage-deflate (RFC 7692): the options of ws, and ours. */
import { constants, createDeflateRaw } from 'node:zlib';
import { checkLimit } from '../number-options.ts';

/** Those options of zlib that can be chosen. All others are taken and ignored. */
export interface ZlibDeflateOptions {
  /** From 0, as it is, over 1, fastest, to 9, smallest. Default -1, which is 6. */
  readonly level?: number | undefined;
  /** From 1, slow and small, to 9: 2^(this + 9) bytes of memory for each context. Default 8. */
  readonly memLevel?: number | undefined;
  /** One of zlib's constants. Default `Z_DEFAULT_STRATEGY`. */
  readonly strategy?: number | undefined;
  readonly [ignored: string]: unknown;
}

/**
 * Options of permessage-deflate. The parameters of its negotiation mean the same at both ends: `server…` is about what the server
 * compresses, `client…` about what the client does.
 */
export interface PerMessageDeflateOptions {
  // What is negotiated.
  /**
   * Whether the server compresses each message by itself, which saves the client the memory of a window (RFC 7692 §7.1.1.1).
   * A client asks for it, a server does it. Default: as the client asks. `false` on a server: offers that ask for it are
   * declined.
   */
  readonly serverNoContextTakeover?: boolean | undefined;
  /**
   * Whether the client compresses each message by itself, which saves the server the memory of a window: up to 32 KiB a
   * connection (§7.1.1.2). A client offers it, a server asks for it. Default: not, unless offered. `false` on a client: a
   * server that asks for it is refused.
   */
  readonly clientNoContextTakeover?: boolean | undefined;
  /**
   * The server's window, as a power of two: 8 to 15 (§7.1.2.1). A client asks for no more, a server uses no more. Default 15.
   * `false` on a server: offers that ask for a window are declined. `true` is the default.
   */
  readonly serverMaxWindowBits?: number | boolean | undefined;
  /**
   * The client's window, as a power of two: 8 to 15 (§7.1.2.2). On a server: the client is to use no more; offers of
   * clients that cannot be told are declined. On a client: it uses no more, and says so. Default: 15 on a server, whatever
   * the server asks for on a client (which is `true`). `false` on a client: a server that asks for a window is refused.
   */
  readonly clientMaxWindowBits?: number | boolean | undefined;

  // What is compressed, and how.
  /**
   * Messages shorter than this are sent as they are, in bytes; of a message in fragments, the first one counts. Default 1024. (In ws
   * it holds only for an end without context takeover: 0 does the same here.)
   */
  readonly threshold?: number | undefined;
  /** How zlib compresses. */
  readonly zlibDeflateOptions?: ZlibDeflateOptions | undefined;
  /** Taken and ignored: nothing about inflating is to be chosen. */
  readonly zlibInflateOptions?: object | undefined;

  // What it may cost.
  /**
   * How many long messages are compressed or inflated at once, in threads; further ones wait. (Short ones are compressed and
   * inflated in the turn in which they come.) 0 for no limit. Default 10.
   */
  readonly concurrencyLimit?: number | undefined;
  /**
   * How much memory contexts for compressing may take, in bytes, all connections together. zlib wants 256 KiB for each with its default
   * options. Beyond it, the connection that has not sent for the longest time gives its context up, and its next message is
   * compressed without reference to those before. One unused for a minute is freed. Default 67108864.
   */
  readonly maxContextBytes?: number | undefined;
}

/** The name under which the extension is offered (§7). */
export const EXTENSION_NAME = 'permessage-deflate';

/** A window of 256 bytes (§7.1.2). */
export const MIN_WINDOW_BITS = 8;

/** A window of 32768 bytes: what an end has that nobody asked for less. */
export const MAX_WINDOW_BITS = 15;

/** As in ws. What is shorter fits one TCP segment anyway. */
export const DEFAULT_THRESHOLD_BYTES = 1024;

/** As in ws. Node's own pool has 4 threads. */
export const DEFAULT_CONCURRENCY_LIMIT = 10;

/** 256 contexts as zlib makes them by default. */
export const DEFAULT_MAX_CONTEXT_BYTES: number = 64 * 1024 * 1024;

/** What zlib is told about compressing. */
export interface DeflateParameters {
  readonly level: number;
  readonly memLevel: number;
  readonly strategy: number;
}

export function toDeflateParameters({
  level = constants.Z_DEFAULT_COMPRESSION,
  memLevel = constants.Z_DEFAULT_MEMLEVEL,
  strategy = constants.Z_DEFAULT_STRATEGY,
}: ZlibDeflateOptions = {}): DeflateParameters {
  return { level, memLevel, strategy };
}

const ALL_DEFAULTS: PerMessageDeflateOptions = {};

/** From what the API of ws takes. Undefined: nothing is compressed. All who leave everything to us get the same object. */
export function toDeflateOptions(
  given: boolean | PerMessageDeflateOptions | null | undefined,
): PerMessageDeflateOptions | undefined {
  if (given === true) return ALL_DEFAULTS;
  return given || undefined;
}

/**
 * Finds out now what zlib or a peer would object to later.
 *
 * @throws RangeError a window that is not 8 to 15 bits (nor a boolean), a parameter out of zlib's range, a negative limit
 * @throws TypeError a parameter that is no number
 */
export function checkDeflateOptions(options: PerMessageDeflateOptions): void {
  for (const name of ['threshold', 'concurrencyLimit', 'maxContextBytes'] as const) {
    checkLimit(`perMessageDeflate.${name}`, options[name]);
  }
  for (const name of ['serverMaxWindowBits', 'clientMaxWindowBits'] as const) {
    const bits = options[name];
    if (bits === undefined || bits === null || typeof bits === 'boolean') continue;
    if (!Number.isInteger(bits) || bits < MIN_WINDOW_BITS || bits > MAX_WINDOW_BITS) {
      throw new RangeError(
        `perMessageDeflate.${name} is ${MIN_WINDOW_BITS} to ${MAX_WINDOW_BITS}, not ${bits}`,
      );
    }
  }
  if (options.zlibDeflateOptions != null) {
    createDeflateRaw(toDeflateParameters(options.zlibDeflateOptions)).close();
  }
}
