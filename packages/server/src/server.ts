/**
 * The server, with the API of ws. It listens, hands opening handshakes and requests of fallbacks to those who know them
 * (opening-handshakes.ts, session-gateway.ts), and makes of each connection or session a socket, which the application gets by the
 * `connection` event.
 */
import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { Admission } from './admission.ts';
import type { ChannelHandler } from './channel.ts';
import { answerClientError } from './client-error.ts';
import { isToken, type Refusal, refusal } from './handshake.ts';
import { announceExtendedConnect, isHttp2Server, streamHandler } from './http2-server.ts';
import type { SendData } from './message-data.ts';
import {
  type AttachingUpgrade,
  type ConnectionCallback,
  type NewConnection,
  OpeningHandshakes,
} from './opening-handshakes.ts';
import { type PublishOptions, publish } from './publish.ts';
import { refusalResponse } from './refuse.ts';
import { type EventHandlers, interceptRequests } from './request-interception.ts';
import {
  type AnyServerOptions,
  checkServerOptions,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  DEFAULT_MAX_TOPICS_PER_SOCKET,
  type ServerOptions,
  toConnectionOptions,
  zeroIsUnlimited,
} from './server-options.ts';
import type { AnyServer, Http1Server, HttpResponse, RequestOf, ServerRequest } from './server-request.ts';
import { Gateway } from './session-gateway.ts';
import type { SocketLink } from './socket-link.ts';
import { Topics } from './topics.ts';
import { TypedEmitter } from './typed-emitter.ts';
import { openSocket, WebSocket } from './websocket.ts';

/** The events of a server, with what their listeners get. */
export interface ServerEvents<
  Socket extends WebSocket = WebSocket,
  Request extends ServerRequest = IncomingMessage,
> {
  /** The server listens. */
  listening: [];
  connection: [socket: Socket, request: Request];
  /**
   * The lines of the answer's head, 101 (200 over HTTP/2), about to be sent: listeners may change and add some. Over HTTP/2 they
   * become header fields, and the first one counts for nothing.
   */
  headers: [lines: string[], request: Request];
  /** From the HTTP server, or from the application's `verifyClient`. */
  error: [error: Error];
  /** The server is closed, and all its sockets are. */
  close: [];
  /** Something that is no opening handshake. With a listener, it is the listener who answers and closes the socket. */
  wsClientError: [error: Error, socket: Duplex, request: Request];
}

/** Holdfast sessions, as a server sees them. */
export interface SessionGateway {
  /** Answers the request if it is one of a fallback; else returns false and leaves it alone. */
  handleRequest(request: ServerRequest, response: HttpResponse): boolean;
  /** Whether the request, or the handshake, is one of a session that exists. */
  isOfLiveSession(request: ServerRequest): boolean;
  /** Attaches, and says whom the connection is to report to. */
  attachUpgrade(upgrade: AttachingUpgrade): ChannelHandler;
}

/** What `options` are for who looks: those of @types/ws, so that a server passes for one of ws. */
interface OptionsInUse<
  SocketClass extends typeof WebSocket,
  RequestClass extends typeof IncomingMessage,
  Server extends AnyServer,
> extends Omit<ServerOptions<SocketClass, RequestClass, Server>, 'perMessageDeflate'> {
  // biome-ignore lint/suspicious/noExplicitAny: ours are more than @types/ws knows.
  readonly perMessageDeflate?: any;
}

/** A server looks for heads that are late once in this part of the time they have. */
const CHECKS_PER_TIMEOUT = 2;

/**
 * @typeParam SocketClass of the sockets
 * @typeParam RequestClass of the requests of an HTTP/1.1 server, where it is the application's own
 * @typeParam Server the kind of server that `options.server` is: it says what kind of requests `connection` tells of
 */
export class WebSocketServer<
  SocketClass extends typeof WebSocket = typeof WebSocket,
  RequestClass extends typeof IncomingMessage = typeof IncomingMessage,
  Server extends AnyServer = Http1Server<RequestClass>,
> extends TypedEmitter<ServerEvents<InstanceType<SocketClass>, RequestOf<Server>>> {
  readonly options: OptionsInUse<SocketClass, RequestClass, Server>;
  /** The sockets that are not closed. Not there with `clientTracking: false`. */
  declare readonly clients: Set<InstanceType<SocketClass>>;

  /** `options`, whatever is among them. */
  private readonly anyOptions: AnyServerOptions;
  private readonly sessions: SessionGateway | undefined;
  private readonly admission: Admission;
  private readonly handshakes: OpeningHandshakes;
  private readonly topics: Topics<SocketLink>;
  /** Undefined with `noServer`, and once the server is closing. */
  private httpServer: NetServer | undefined = undefined;
  /** Takes the listeners off `httpServer`. */
  private stopListening: () => void = () => {};
  private state: 'running' | 'closing' | 'closed' = 'running';
  /** What becomes of a socket that no caller of `handleUpgrade` waits for. */
  private readonly emitConnection: ConnectionCallback = (socket, request) => {
    this.emit('connection', socket, request as RequestOf<Server>);
  };
  /** Listens to the `close` of every socket that is tracked. */
  private readonly forget: (this: WebSocket) => void;

  /**
   * @param callback listens to `listening`, with `port`
   * @throws TypeError not exactly one of `port`, `server` and `noServer`; an entry of `origins` that is none; a number that is none
   * @throws RangeError a number that cannot be meant
   */
  constructor(options: ServerOptions<SocketClass, RequestClass, Server> = {}, callback?: () => void) {
    super();
    this.options = options;
    // Its functions get the requests of that kind of server, and no others.
    this.anyOptions = options as unknown as AnyServerOptions;
    checkServerOptions(this.anyOptions);
    this.admission = new Admission(this.anyOptions, (request) => this.shouldHandle(request));
    this.topics = new Topics(zeroIsUnlimited(options.maxTopicsPerSocket) ?? DEFAULT_MAX_TOPICS_PER_SOCKET);
    this.sessions = options.fallbacks === false ? undefined : this.createGateway();
    this.handshakes = this.createHandshakes(this.sessions);
    if (options.clientTracking !== false) this.clients = new Set();
    const server = this;
    this.forget = function forget(): void {
      server.clients.delete(this as InstanceType<SocketClass>);
      if (server.state === 'closing' && server.clients.size === 0) server.closeWithoutHttpServer();
    };
    if (options.port != null) this.listen(this.anyOptions, callback);
    else if (options.server != null) this.listenTo(options.server);
  }

  /** The option, or ''. Not in ws, but in @types/ws: what wants a server of ws wants it. */
  get path(): string {
    return this.options.path ?? '';
  }

  /** The address it listens on. @throws Error with `noServer` */
  address(): AddressInfo | string | null {
    if (this.options.noServer === true) throw new Error('The server is operating in "noServer" mode');
    return this.httpServer?.address() ?? null;
  }

  /** Whether a request is for this server: by `path`, unless overridden. */
  shouldHandle(request: ServerRequest): boolean | Promise<boolean> {
    const { path } = this.options;
    if (path == null || path === '') return true;
    const url = request.url ?? '';
    const query = url.indexOf('?');
    return path === (query < 0 ? url : url.slice(0, query));
  }

  /**
   * Takes an Upgrade, as it comes with the `upgrade` event of an HTTP server, or an extended CONNECT, as it comes with the `connect`
   * event of an HTTP/2 server: then `socket` is `request.stream`, and `head` is empty. Called by itself unless `noServer`. What is no
   * welcome opening handshake is answered with its HTTP status, and the callback is not called.
   *
   * @throws Error the socket has been taken before
   */
  handleUpgrade<Request extends ServerRequest>(
    request: Request,
    socket: Duplex,
    head: Buffer,
    callback: ConnectionCallback<InstanceType<SocketClass>, Request>,
  ): void {
    // It gets this request, of its type.
    this.handshakes.handle({ request, socket, head, callback: callback as unknown as ConnectionCallback });
  }

  /**
   * Takes an HTTP request if it is one of a fallback, or for the client script. Called by itself unless `noServer`.
   *
   * @returns whether it was taken; else it is left alone
   */
  handleRequest(request: ServerRequest, response: ServerResponse | Http2ServerResponse): boolean {
    return this.isServing(request) && (this.sessions?.handleRequest(request, response) ?? false);
  }

  /**
   * Sends a message to every socket that is subscribed to this topic, on whatever transport. It is encoded once and its memory shared,
   * and it keeps its place among what is sent to each socket by itself. A socket for which more waits than `maxBufferedBytes` is
   * ended instead (`error`, then `close` with 1006), without making the others wait.
   *
   * @param data as in a socket's `send`, but no Blob; it may be filled again at once
   * @returns to how many sockets it goes
   * @throws TypeError data of a kind that has no bytes, or a Blob
   */
  publish(topic: string, data: SendData, options: PublishOptions = {}): number {
    return publish(this.topics.subscribers(topic), data, options);
  }

  /**
   * Takes no new connections, and closes the HTTP server if it is its own. Sockets stay open, and sessions may go on as long as the
   * HTTP server lets them; `close` is emitted when the last of them is closed.
   *
   * @param callback listens to `close`; gets an error if the server is closed already
   */
  close(callback?: (error?: Error) => void): void {
    if (this.state === 'closed') {
      if (callback !== undefined) process.nextTick(callback, new Error('The server is not running'));
      return;
    }
    if (callback !== undefined) this.once('close', callback);
    if (this.state === 'closing') return;
    this.state = 'closing';
    const { httpServer } = this;
    this.httpServer = undefined;
    const isEmpty = !(this.clients?.size > 0);
    if (isEmpty) this.stopListening();
    if (this.options.port != null) httpServer?.close(() => this.emitClose());
    else if (isEmpty) this.closeWithoutHttpServer();
  }

  /** While closing, only what belongs to a session that lives. */
  private isServing(request: ServerRequest): boolean {
    if (this.state !== 'closing') return this.state === 'running';
    return this.sessions?.isOfLiveSession(request) ?? false;
  }

  /** A connection exists: makes its socket and tells the application. */
  private accept({ channel, protocol, request, join, callback }: NewConnection): void {
    const socket = new (this.options.WebSocket ?? WebSocket)(null, undefined, this.options);
    join(openSocket(socket, channel, protocol, this.topics));
    if (this.options.clientTracking !== false) {
      this.clients.add(socket as InstanceType<SocketClass>);
      socket.on('close', this.forget);
    }
    callback(socket, request);
  }

  /** The application's subprotocol, or ''. @throws TypeError `handleProtocols` returned what no header may hold */
  private chooseProtocol(offered: readonly string[], request: ServerRequest): string {
    const { handleProtocols } = this.anyOptions;
    if (handleProtocols == null || offered.length === 0) return offered[0] ?? '';
    const chosen = handleProtocols(new Set(offered), request) || '';
    if (chosen !== '' && !isToken(chosen) && !offered.includes(chosen))
      throw new TypeError(`handleProtocols: ${chosen} is not a token`);
    return chosen;
  }

  private createGateway(): Gateway {
    return new Gateway(this.anyOptions, {
      refusePath: (request) => this.admission.refusePath(request),
      refuseOrigin: (request) => this.admission.refuseOrigin(request),
      authorize: (request) => this.admission.authorize(request),
      chooseProtocol: (offered, request) => this.chooseProtocol(offered, request),
      accept: ({ channel, protocol }, request, callback = this.emitConnection) => {
        const join = (handler: ChannelHandler): void => channel.setHandler(handler);
        this.accept({ channel, protocol, request, join, callback });
      },
    });
  }

  private createHandshakes(sessions: SessionGateway | undefined): OpeningHandshakes {
    return new OpeningHandshakes(this.anyOptions, toConnectionOptions(this.anyOptions), {
      attachUpgrade: sessions && ((upgrade) => sessions.attachUpgrade(upgrade)),
      isServing: (request) => this.isServing(request),
      admit: (request) => this.admission.admit(request),
      chooseProtocol: (offered, request) => this.chooseProtocol(offered, request),
      accept: (connection) => this.accept(connection),
      onHeaders: (lines, request) => this.emit('headers', lines, request as RequestOf<Server>),
      onNoHandshake: (reason, socket, request) =>
        this.emit('wsClientError', new Error(reason), socket, request as RequestOf<Server>),
      onError: (error) => this.emit('error', error),
    });
  }

  private listen(options: AnyServerOptions, callback: (() => void) | undefined): void {
    const headersTimeout = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS;
    const httpServer = createServer({
      headersTimeout,
      connectionsCheckingInterval: headersTimeout / CHECKS_PER_TIMEOUT,
      requestTimeout: Math.max(headersTimeout, REQUEST_TIMEOUT_MS),
    });
    httpServer.on('request', (_request, response) => answerUpgradeRequired(response));
    httpServer.on('clientError', answerClientError);
    this.listenTo(httpServer);
    httpServer.listen(options.port ?? 0, options.host, options.backlog, callback);
  }

  private listenTo(httpServer: AnyServer): void {
    const onListening = (): boolean => this.emit('listening');
    const onError = (error: Error): boolean => this.emit('error', error);
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (this.isServing(request)) this.handleUpgrade(request, socket, head, this.emitConnection);
    };
    const server: NetServer = httpServer;
    server.on('listening', onListening).on('error', onError).on('upgrade', onUpgrade);
    this.httpServer = server;
    const stopIntercepting = interceptRequests(server, this.requestHandlers(httpServer));
    this.stopListening = (): void => {
      stopIntercepting();
      server.off('listening', onListening).off('error', onError).off('upgrade', onUpgrade);
    };
  }

  private requestHandlers(httpServer: AnyServer): EventHandlers {
    const handleRequest: WebSocketServer['handleRequest'] = (request, response) =>
      this.handleRequest(request, response);
    const handlers: EventHandlers = new Map([['request', handleRequest]]);
    if (!isHttp2Server(httpServer)) return handlers;
    announceExtendedConnect(httpServer);
    const handleConnect = (request: Http2ServerRequest): boolean => {
      if (!this.isServing(request)) return false;
      this.handleUpgrade(request, request.stream, NO_HEAD, this.emitConnection);
      return true;
    };
    return new Map([...handlers, ['stream', streamHandler(httpServer, { handleConnect, handleRequest })]]);
  }

  private closeWithoutHttpServer(): void {
    if (this.options.port == null) process.nextTick(() => this.emitClose());
  }

  private emitClose(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.stopListening();
    this.emit('close');
  }
}

/** Of a server of its own, in ms: Node's default. Fallbacks set their own time for bodies, far below. */
const REQUEST_TIMEOUT_MS = 300_000;

/** HTTP/2 has no bytes behind the head of a request: they are the stream's. */
const NO_HEAD: Buffer = Buffer.alloc(0);

const UPGRADE_REQUIRED: Refusal = refusal(426, 'Upgrade Required', { Upgrade: 'websocket' });

/** A server of its own has nothing else to offer. */
function answerUpgradeRequired(response: ServerResponse): void {
  const { headers, body } = refusalResponse(UPGRADE_REQUIRED);
  response.writeHead(UPGRADE_REQUIRED.status, { ...headers, Connection: 'Upgrade' }).end(body);
}
