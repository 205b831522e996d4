/** What can be chosen about permessage-deflate (RFC 7692): the options of ws, and ours. */
/**
 * Options of permessage-deflate. The parameters have the same meaning at both ends: `server…` is about what the server
 * compresses, `client…` about what the client does.
 */
export interface PerMessageDeflateOptions {
  /**
   * Whether the server compresses each message by itself, which saves the client the memory of a window (RFC 7692 §7.1.1.1).
   * A client asks for it, a server does it. Default: as the client asks. `false` on a server: offers that ask for it are declined.
   */
  readonly serverNoContextTakeover?: boolean | undefined;
  /**
   * Whether the client compresses each message by itself, which saves the server the memory of a window: about 44 KB a
   * connection that has sent something compressed (§7.1.1.2). A client offers it, a server asks for it. Default: not,
   * unless offered. `false` on a client: a server that asks for it is refused.
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
}

/** The name under which the extension is offered (§7). */
export const EXTENSION_NAME = 'permessage-deflate';

/** A window of 256 bytes (§7.1.2). */
export const MIN_WINDOW_BITS = 8;

/** A window of 32768 bytes: what an end has that nobody asked for less. */
export const MAX_WINDOW_BITS = 15;
