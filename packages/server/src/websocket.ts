/**
 * The class WebSocket: a socket, and how it comes by its channel. A server gives it one; a client opens a connection of its own.
 * For TypeScript it has the names of all types on it, as in @types/ws.
 */
import type { IncomingMessage } from 'node:http';
import { BrowserListeners } from './browser-listeners.ts';
import type { Channel, ChannelHandler, SendCallback, SendOptions } from './channel.ts';
import { type ClientAddress, parseAddress } from './client-address.ts';
import { checkProtocols, OpeningHandshakeError } from './client-handshake.ts';
import { type ClientOptions, checkClientOptions, toClientConnectionOptions } from './client-options.ts';
import { Connection } from './connection.ts';
import type { BinaryType, SendData } from './message-data.ts';
import type {
  AddressInfo,
  AnyServer,
  CertMeta,
  CloseEvent,
  ConnectionCallback,
  createWebSocketStream,
  Data,
  ErrorEvent,
  Event,
  EventListener,
  EventListenerOptions,
  EventSocket,
  FinishRequestCallback,
  Http1Server,
  MessageEvent,
  OriginPredicate,
  Origins,
  PerMessageDeflateOptions,
  PublishOptions,
  RawData,
  RequestOf,
  ServerEvents,
  ServerOptions,
  ServerRequest,
  SocketEvent,
  VerifyClient,
  VerifyClientCallback,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  VerifyClientInfo,
  WebSocketEventMap,
  WebSocketServer,
  ZlibDeflateOptions,
} from './named-exports.ts';
import { Opening } from './opening.ts';
import { Socket } from './socket.ts';
import { CLOSED, CLOSING, CONNECTING, OPEN, type SocketEvents, SocketLink } from './socket-link.ts';
import type { Topics } from './topics.ts';
import { UNOPENED_CHANNEL } from './unopened-channel.ts';

/** Gives a new socket its channel, and says whom the channel is to report to. For servers alone. */
export let openSocket: (
  socket: WebSocket,
  channel: Channel,
  protocol: string,
  topics?: Topics<SocketLink>,
) => ChannelHandler;

export class WebSocket extends Socket {
  declare static readonly CONNECTING: typeof CONNECTING;
  declare static readonly OPEN: typeof OPEN;
  declare static readonly CLOSING: typeof CLOSING;
  declare static readonly CLOSED: typeof CLOSED;
  declare readonly CONNECTING: typeof CONNECTING;
  declare readonly OPEN: typeof OPEN;
  declare readonly CLOSING: typeof CLOSING;
  declare readonly CLOSED: typeof CLOSED;

  /** Of a client that is CONNECTING. */
  private opening: Opening | undefined = undefined;
  /** Of a client. */
  private address: string | undefined = undefined;

  /** A server makes its sockets itself: `address` is null, as with ws. Applications get them in `connection`. */
  constructor(address: null, protocols?: undefined, options?: object);
  /**
   * Connects.
   *
   * @param address of the server: `ws:`, `wss:`, `http:`, `https:`, or `ws+unix:/path/of/socket:/path?query`
   * @throws SyntaxError no such URL
   * @throws TypeError, RangeError an option that cannot be meant
   */
  constructor(address: string | URL, options?: ClientOptions);
  /**
   * The same, and offers subprotocols.
   *
   * @param protocols in the order of preference; the server has to select one of them
   * @throws SyntaxError a subprotocol that is none
   */
  constructor(address: string | URL, protocols?: string | readonly string[], options?: ClientOptions);
  constructor(
    address: string | URL | null,
    protocolsOrOptions?: string | readonly string[] | ClientOptions,
    lastOptions?: ClientOptions,
  ) {
    super();
    if (address === null) return;
    const isShort =
      typeof protocolsOrOptions === 'object' &&
      protocolsOrOptions !== null &&
      !Array.isArray(protocolsOrOptions);
    const options = ((isShort ? protocolsOrOptions : lastOptions) ?? {}) as ClientOptions;
    const given = isShort || protocolsOrOptions === undefined ? options.protocols : protocolsOrOptions;
    const protocols = (Array.isArray(given) ? given : given === undefined ? [] : [given]) as string[];
    checkClientOptions(options);
    const parsed = parseAddress(address);
    this.address = parsed.href;
    this.opening = this.connect(parsed, checkProtocols(protocols), options);
    this.opening.start();
  }

  static {
    openSocket = (socket, channel, protocol, topics): ChannelHandler => {
      socket.link = new SocketLink(socket, channel, protocol, topics);
      return socket.link;
    };
  }

  /** The address, behind the last redirect. Undefined for a server's socket, which has none, as in ws. */
  get url(): string {
    // As @types/ws has it, so that a client need not look twice.
    return this.address as string;
  }

  protected override giveUp(): void {
    this.opening?.abort(
      new OpeningHandshakeError('WebSocket was closed before the connection was established'),
    );
  }

  private connect(address: ClientAddress, protocols: ReadonlySet<string>, options: ClientOptions): Opening {
    return new Opening(address, protocols, options, {
      reviewsRedirects: () => this.listenerCount('redirect') > 0,
      onRedirect: (href, request) => {
        this.address = href;
        this.emit('redirect', href, request);
      },
      onUpgrade: (response) => this.emit('upgrade', response),
      onUnexpectedResponse: (request, response) => this.emit('unexpected-response', request, response),
      finishRequest: (request) => {
        if (options.finishRequest == null) request.end();
        else options.finishRequest(request, this);
      },
      onOpen: (socket, head, { protocol, deflate }) => {
        const connection = new Connection(socket, toClientConnectionOptions(options), deflate);
        this.link = new SocketLink(this, connection, protocol);
        this.opening = undefined;
        connection.start(this.link, head);
        this.emit('open');
      },
      onFailing: () => {
        this.link = new SocketLink(this, UNOPENED_CHANNEL, '');
        this.opening = undefined;
        this.link.readyState = CLOSING;
      },
      onFailed: (error) => this.link?.onOpeningFailed(error),
    });
  }
}

// As WebIDL wants it, and ws has it: constants are on the class and on the prototype, and stay; attributes are on the
// prototype, and can be enumerated.
for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
  for (const place of [WebSocket, WebSocket.prototype]) {
    Object.defineProperty(place, name, { value, enumerable: true });
  }
}
for (const { prototype } of [BrowserListeners, Socket, WebSocket]) {
  for (const [name, attribute] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (attribute.get === undefined) continue;
    Object.defineProperty(WebSocket.prototype, name, { ...attribute, enumerable: true });
  }
}

// Names for what has the same name within the namespace.
type AnySocket = WebSocket;
type SocketClass = typeof WebSocket;
type RequestClass = typeof IncomingMessage;
type ServerClass = typeof WebSocketServer;
type ServerOf<
  Sockets extends SocketClass,
  Requests extends RequestClass,
  Source extends AnyServer,
> = WebSocketServer<Sockets, Requests, Source>;
type StreamFunction = typeof createWebSocketStream;

/** What is on the class as in ws, where default-export.ts puts it; and, as in @types/ws, the names of all types. */
// biome-ignore lint/style/noNamespace: there is no other way to name types by way of a class.
export declare namespace WebSocket {
  export const WebSocket: SocketClass;
  export type WebSocket = AnySocket;
  export const WebSocketServer: ServerClass;
  export type WebSocketServer<
    Sockets extends SocketClass = SocketClass,
    Requests extends RequestClass = RequestClass,
    Source extends AnyServer = Http1Server<Requests>,
  > = ServerOf<Sockets, Requests, Source>;
  export const Server: ServerClass;
  export type Server<
    Sockets extends SocketClass = SocketClass,
    Requests extends RequestClass = RequestClass,
    Source extends AnyServer = Http1Server<Requests>,
  > = ServerOf<Sockets, Requests, Source>;
  export const createWebSocketStream: StreamFunction;

  export type {
    AddressInfo,
    AnyServer,
    BinaryType,
    CertMeta,
    ClientOptions,
    CloseEvent,
    ConnectionCallback,
    Data,
    ErrorEvent,
    Event,
    EventListener,
    EventListenerOptions,
    EventSocket,
    FinishRequestCallback,
    Http1Server,
    MessageEvent,
    OriginPredicate,
    Origins,
    PerMessageDeflateOptions,
    PublishOptions,
    RawData,
    RequestOf,
    SendCallback,
    SendData,
    SendOptions,
    ServerEvents,
    ServerOptions,
    ServerRequest,
    SocketEvent,
    SocketEvents,
    VerifyClient,
    VerifyClientCallback,
    VerifyClientCallbackAsync,
    VerifyClientCallbackSync,
    VerifyClientInfo,
    WebSocketEventMap,
    ZlibDeflateOptions,
  };
}
