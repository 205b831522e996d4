/**
 * The options of a client: those of ws, and of Node's own requests. Words and numbers, and what each is when it is not given;
 * what they do stands in the files that use them.
 */
import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { createConnection } from 'node:net';
import type { ConnectionOptions } from './connection-options.ts';
import { checkDeflateOptions, type PerMessageDeflateOptions, toDeflateOptions } from './deflate/options.ts';
import { checkDuration, checkLimit } from './number-options.ts';
import { toConnectionOptions } from './server-options.ts';
import type { WebSocket } from './websocket.ts';

/** Certificates and keys, as TLS takes them. */
export type CertMeta = string | string[] | Buffer | Buffer[];

/** Completes the header of a request of the opening handshake; it has to call `request.end()` then. */
export type FinishRequestCallback = (request: ClientRequest, socket: WebSocket) => void;

/** What the address says, and a handshake fixes: taken, as Node's types have them, and ignored. */
type FixedByAddress =
  | 'protocol'
  | 'host'
  | 'hostname'
  | 'port'
  | 'path'
  | 'socketPath'
  | 'method'
  | 'timeout';

/**
 * Every option of `http.request` and `https.request` (`headers`, `agent`, `auth`, `createConnection`, `ca`, `cert`, `key`,
 * `rejectUnauthorized`, `servername`...) is passed on, except those that the address decides.
 */
export interface ClientOptions
  extends Omit<RequestOptions, FixedByAddress | 'createConnection' | 'checkServerIdentity'>,
    Partial<Record<FixedByAddress, unknown>> {
  // Of requests, with the types of @types/ws beside Node's.
  /** Opens the socket of each request. */
  readonly createConnection?: RequestOptions['createConnection'] | typeof createConnection | undefined;
  /** Checks the name in the server's certificate; whatever it returns that is not falsy is the error. */
  // biome-ignore lint/suspicious/noExplicitAny: a PeerCertificate; @types/ws has another type, which is not its own.
  checkServerIdentity?(servername: string, certificate: any): Error | boolean | undefined;

  // The opening handshake.
  /** Subprotocols, where the constructor's second parameter does not say. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** The Origin header; with `protocolVersion` 8 it is Sec-WebSocket-Origin. Default: none. */
  readonly origin?: string | undefined;
  /** Sec-WebSocket-Version: 13, or 8 for servers of 2010 and 2011, whose frames are the same. Default 13. */
  readonly protocolVersion?: number | undefined;
  /** How long each request of the handshake may take to be answered, in ms; then it fails. Default, and 0: no limit. */
  readonly handshakeTimeout?: number | undefined;
  /**
   * Whether redirects are followed. Default false. On the way to another host, or from TLS to none, the fields Authorization,
   * Cookie and Host are left out, unless someone listens to `redirect`; from the network to IPC none is followed.
   */
  readonly followRedirects?: boolean | undefined;
  /** How many redirects are followed; one more fails. Default 10. */
  readonly maxRedirects?: number | undefined;
  /** Called with each request before it is sent, to change its header; it then has to call `request.end()`. */
  readonly finishRequest?: FinishRequestCallback | undefined;

  // The connection.
  /** The longest message, in bytes. Longer ones close the connection with 1009. 0 for no limit. Default 104857600. */
  readonly maxPayload?: number | undefined;
  /** The most fragments of one message; beyond it is 1008. 0 for no limit. Default 131072. */
  readonly maxFragments?: number | undefined;
  /** Taken and ignored: chunks are put together as they come, and never kept apart. */
  readonly maxBufferedChunks?: number | undefined;
  /** Taken and ignored: of Pings that come faster than they can be answered, the latest is. */
  readonly maxPendingAutoPongs?: number | undefined;
  /** Whether text may be other than UTF-8. Default false. `true` only where the server is trusted. */
  readonly skipUTF8Validation?: boolean | undefined;
  /** Whether Pings are answered without the application. Default true. */
  readonly autoPong?: boolean | undefined;
  /** Whether several events may come in one turn of the event loop. Default true. */
  readonly allowSynchronousEvents?: boolean | undefined;
  /** How long the closing handshake may take before the connection is cut, in ms. Default 30000. */
  readonly closeTimeout?: number | undefined;
  /**
   * Fills the four bytes of each frame's masking key. Default: random bytes, unpredictable as RFC 6455 §5.3 wants them. Others
   * are for tests, and for servers that are known to be reached without intermediaries.
   */
  readonly generateMask?: ((key: Buffer) => void) | undefined;
  /**
   * Whether the server is offered to compress messages (permessage-deflate, RFC 7692), and how: see
   * {@link PerMessageDeflateOptions}. Default true, which is all its defaults.
   */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
}

/** As in ws: nobody's site is deeper. */
export const DEFAULT_MAX_REDIRECTS = 10;
export const DEFAULT_PROTOCOL_VERSION = 13;

/** Draft 8 of hybi differs in the name of one field; that is `origin`, above. */
const PROTOCOL_VERSIONS: readonly number[] = [8, DEFAULT_PROTOCOL_VERSION];

/**
 * @throws TypeError a number that is none
 * @throws RangeError a number that cannot be meant; another protocol version; a parameter of `perMessageDeflate` out of range
 */
export function checkClientOptions(options: ClientOptions): void {
  const { protocolVersion = DEFAULT_PROTOCOL_VERSION } = options;
  if (!PROTOCOL_VERSIONS.includes(protocolVersion)) {
    const supported = PROTOCOL_VERSIONS.join(', ');
    throw new RangeError(
      `Unsupported protocol version: ${protocolVersion} (supported versions: ${supported})`,
    );
  }
  checkDuration('handshakeTimeout', options.handshakeTimeout, 0);
  checkDuration('closeTimeout', options.closeTimeout, 0);
  checkLimit('maxRedirects', options.maxRedirects);
  checkLimit('maxPayload', options.maxPayload);
  checkLimit('maxFragments', options.maxFragments);
  checkDeflateOptions(offeredDeflate(options) ?? {});
}

export function toClientConnectionOptions(options: ClientOptions): ConnectionOptions {
  return {
    ...toConnectionOptions(options),
    role: 'client',
    generateMask: options.generateMask,
    perMessageDeflate: offeredDeflate(options),
  };
}

/** What is offered of compression; undefined: nothing. */
export function offeredDeflate({
  perMessageDeflate = true,
}: ClientOptions): PerMessageDeflateOptions | undefined {
  return toDeflateOptions(perMessageDeflate);
}
