/**
 * The options of a WebSocketServer: those of ws, and ours. Words and numbers only; what they do stands in the files
 * that use them.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { ConnectionOptions } from './connection-options.ts';
import { checkDeflateOptions, type PerMessageDeflateOptions, toDeflateOptions } from './deflate/options.ts';
import { checkDuration, checkLimit, checkWhole } from './number-options.ts';
import type { Origins } from './origins.ts';
import type { AnyServer, Http1Server, RequestOf, ServerRequest } from './server-request.ts';
import type { WebSocket } from './websocket.ts';

/** What `verifyClient` is told about a handshake. */
export interface VerifyClientInfo<Request extends ServerRequest = IncomingMessage> {
  /**
   * The Origin header. Requests that are not from a browser have none: it is undefined then, though the type is that of
   * @types/ws.
   */
  readonly origin: string;
  /** Whether the request came over TLS, as far as this process can see. */
  readonly secure: boolean;
  readonly req: Request;
}

/**
 * The answer of a {@link VerifyClient} that takes it as its second parameter. With `false`: the HTTP status (default 401), the
 * body of the response (default the status's own phrase) and further header fields.
 */
export type VerifyClientCallback = (
  result: boolean,
  code?: number,
  message?: string,
  headers?: OutgoingHttpHeaders,
) => void;

/**
 * With one parameter it answers by its value, or by a Promise of it (which ws would take for a yes); with two, by the
 * callback.
 */
export type VerifyClient<Request extends ServerRequest = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
  callback: VerifyClientCallback,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that answers by its callback returns nothing.
) => boolean | Promise<boolean> | void;

/** A {@link VerifyClient} with one parameter, under its name in @types/ws. */
export type VerifyClientCallbackSync<Request extends ServerRequest = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
) => boolean;

/** A {@link VerifyClient} with two parameters, under its name in @types/ws. */
export type VerifyClientCallbackAsync<Request extends ServerRequest = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
  callback: VerifyClientCallback,
) => void;

/**
 * @typeParam SocketClass of the sockets
 * @typeParam RequestClass of the requests of an HTTP/1.1 server, where it is the application's own
 * @typeParam Server what `server` is; it says what the requests are that functions among the options get
 */
export interface ServerOptions<
  SocketClass extends typeof WebSocket = typeof WebSocket,
  RequestClass extends typeof IncomingMessage = typeof IncomingMessage,
  Server extends AnyServer = Http1Server<RequestClass>,
> {
  // Where requests come from: exactly one of the three.
  /** Listen on this TCP port, with an HTTP server of its own; 0 for any that is free. */
  readonly port?: number | undefined;
  /**
   * Take handshakes from this server, of `node:http`, `node:https` or `node:http2`. Its other listeners are left alone; it is not
   * closed by `close`. Sessions that HTTP/2 clients have opened before are not told that it takes WebSockets.
   */
  readonly server?: Server | undefined;
  /** Take what is given to `handleUpgrade`. */
  readonly noServer?: boolean | undefined;

  // Of a server of its own.
  /** The address to listen on. Default: all. */
  readonly host?: string | undefined;
  /** How many connections may wait to be accepted. Default: 511, Node's. */
  readonly backlog?: number | undefined;

  // Which requests are accepted.
  /** Only requests for this path, without the query; others are answered 404. Default: every path. */
  readonly path?: string | undefined;
  /**
   * Origins of pages that may connect, beside those of the request's own host; see {@link Origins}.
   * Default: none. Unlike ws, which lets every page of the web connect, with its visitor's cookies.
   */
  readonly origins?: Origins<RequestOf<Server>> | undefined;
  /** The last word of the application. The `upgrade` event of the HTTP server is the better place. */
  readonly verifyClient?: VerifyClient<RequestOf<Server>> | undefined;
  /** Chooses from the subprotocols offered; `false` or '' for none. Default: the first. */
  readonly handleProtocols?: (protocols: Set<string>, request: RequestOf<Server>) => string | false;
  /**
   * How long a request may take to send its head, and the application to answer `verifyClient`, in ms. Afterwards it is
   * refused (408, 503). The former holds for a server of its own; another's has `headersTimeout`. Default 10000.
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Whether clients of 2010 are served, which speak hixie-75 or hixie-76. Default false: these drafts do not mask what clients send,
   * so that a page can make a proxy take it for requests and keep wrong answers (RFC 6455 §10.3), and hixie-75 does not even prove
   * that the server knows the protocol. Such a socket carries text alone; see the README.
   */
  readonly legacyHandshakes?: boolean | undefined;

  // Of each connection.
  /** The longest message, in bytes. Longer ones close the connection with 1009. 0 for no limit. Default 104857600. */
  readonly maxPayload?: number | undefined;
  /** The most fragments of one message; beyond it is 1008. 0 for no limit. Default 131072. */
  readonly maxFragments?: number | undefined;
  /** Taken and ignored: chunks are put together as they come, and never kept apart. */
  readonly maxBufferedChunks?: number | undefined;
  /** Whether text may be other than UTF-8. Default false. `true` only where clients are trusted. */
  readonly skipUTF8Validation?: boolean | undefined;
  /** Whether Pings are answered without the application. Default true. */
  readonly autoPong?: boolean | undefined;
  /** Whether several events of a connection may come in one turn of the event loop. Default true. */
  readonly allowSynchronousEvents?: boolean | undefined;
  /** How long the closing handshake may take before the connection is cut, in ms. Default 30000. */
  readonly closeTimeout?: number | undefined;
  /**
   * Whether messages are compressed with clients that offer it (permessage-deflate, RFC 7692), and how: see
   * {@link PerMessageDeflateOptions}. Fallbacks then answer with gzip. `true` for all its defaults. Default false: it takes CPU and
   * memory.
   */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;

  // Of sessions and their fallbacks.
  /** Whether Holdfast sessions and HTTP fallbacks are served. Default true; `false`: RFC 6455 alone. */
  readonly fallbacks?: boolean | undefined;
  /** Whether the client scripts are served at `<path>/holdfast.js` and `<path>/holdfast.legacy.js`. Default true. */
  readonly serveClient?: boolean | undefined;
  /** How long a session lives without a transport, in ms. Default 30000. */
  readonly sessionExpiryMs?: number | undefined;
  /** After how much silence a connection is pinged, in ms; given up after half as much again. Default 25000. */
  readonly keepaliveMs?: number | undefined;
  /** Sessions at once; beyond it new ones are refused (503, 1013). Default 50000. */
  readonly maxSessions?: number | undefined;
  /**
   * The largest body of a fallback request, in bytes; beyond it is 413. Default 524288. At least 131072: clients may send any
   * fragment in one body.
   */
  readonly maxBodyBytes?: number | undefined;
  /** How long such a body may take to arrive, in ms; then 408. Default 15000. */
  readonly bodyTimeoutMs?: number | undefined;
  /**
   * What may wait for one client's acknowledgement, and what may come for a socket that is paused, in bytes; beyond it the session
   * is ended with an `error` whose code is `HOLDFAST_ERR_BUFFER_OVERFLOW`, and both ends see `close` 1008. So is a client without a
   * session, if what is published finds more waiting; its connection is cut, which is a `close` 1006. Default 67108864.
   */
  readonly maxBufferedBytes?: number | undefined;

  // Of topics.
  /** The most topics one socket may be subscribed to; `subscribe` returns false beyond it. 0 for no limit. Default 1024. */
  readonly maxTopicsPerSocket?: number | undefined;

  // Of the API.
  /** Whether `clients` is kept. Default true. */
  readonly clientTracking?: boolean | undefined;
  /** The class of sockets; it must extend WebSocket. */
  readonly WebSocket?: SocketClass | undefined;
}

/** Whatever its sockets, requests and server are. */
export type AnyServerOptions = ServerOptions<typeof WebSocket, typeof IncomingMessage, AnyServer>;

/** More than an application's page shows at once; few enough that a client which may name topics fills no memory. */
export const DEFAULT_MAX_TOPICS_PER_SOCKET = 1024;

/** Clients need far less; a peer that just holds a connection open is gone soon. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

/** A fragment of 32 KiB of text takes up to three bytes for each of its code units, and has a frame and a count (PROTOCOL.md §5). */
const LEAST_MAX_BODY_BYTES = 128 * 1024;

/**
 * @throws TypeError not exactly one of `port`, `server` and `noServer`; a number that is none
 * @throws RangeError a number that cannot be meant: negative, NaN, a time that no timer takes, too small a body
 */
export function checkServerOptions(options: AnyServerOptions): void {
  const { port, server, noServer, perMessageDeflate } = options;
  checkDeflateOptions(toDeflateOptions(perMessageDeflate) ?? {});
  const given = Number(port != null) + Number(server != null) + Number(noServer === true);
  if (given !== 1) {
    throw new TypeError('One and only one of the "port", "server", or "noServer" options must be specified');
  }
  checkLimit('maxPayload', options.maxPayload);
  checkLimit('maxFragments', options.maxFragments);
  checkLimit('maxSessions', options.maxSessions);
  checkLimit('maxTopicsPerSocket', options.maxTopicsPerSocket);
  checkLimit('maxBufferedBytes', options.maxBufferedBytes, 1);
  checkLimit('maxBodyBytes', options.maxBodyBytes, LEAST_MAX_BODY_BYTES);
  checkDuration('closeTimeout', options.closeTimeout, 0);
  checkDuration('handshakeTimeoutMs', options.handshakeTimeoutMs);
  checkDuration('bodyTimeoutMs', options.bodyTimeoutMs);
  checkDuration('sessionExpiryMs', options.sessionExpiryMs);
  checkDuration('keepaliveMs', options.keepaliveMs);
  for (const name of ['maxBodyBytes', 'sessionExpiryMs', 'keepaliveMs'] as const)
    checkWhole(name, options[name]);
}

/** Those that a client has, too. */
type MessageOptions = Pick<
  AnyServerOptions,
  | 'maxPayload'
  | 'maxFragments'
  | 'skipUTF8Validation'
  | 'autoPong'
  | 'allowSynchronousEvents'
  | 'closeTimeout'
  | 'maxBufferedBytes'
  | 'perMessageDeflate'
>;

export function toConnectionOptions(options: MessageOptions): ConnectionOptions {
  return {
    role: 'server',
    maxPayloadBytes: zeroIsUnlimited(options.maxPayload),
    maxFragments: zeroIsUnlimited(options.maxFragments),
    validateUtf8: options.skipUTF8Validation !== true,
    autoPong: options.autoPong,
    allowSynchronousEvents: options.allowSynchronousEvents,
    closeTimeoutMs: options.closeTimeout,
    maxBufferedBytes: options.maxBufferedBytes,
    perMessageDeflate: toDeflateOptions(options.perMessageDeflate),
  };
}

/**
 * For a connection that carries a session: its messages are fragments and controls, which have a size of their own. The
 * limits of the application hold for what they are put together to.
 */
export function toWireOptions(options: ConnectionOptions): ConnectionOptions {
  return { ...options, maxPayloadBytes: Math.max(options.maxPayloadBytes ?? 0, MAX_WIRE_MESSAGE_BYTES) };
}

/** A fragment of text takes up to three bytes for each of its code units. */
const MAX_WIRE_MESSAGE_BYTES = 128 * 1024;

/** As in ws. */
export function zeroIsUnlimited(limit: number | undefined): number | undefined {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}
