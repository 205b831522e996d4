/**
 * Opens a connection from the client's end: an address → HTTP requests, as many as there are redirects, until one is answered by
 * a 101 that is right, or nothing more can come of it. What a request says, and what its answer means, is
 * client-handshake.ts; what becomes of the connection, websocket.ts.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestHttp,
} from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { connect as connectTcp, isIP, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { type ClientAddress, parseAddress } from './client-address.ts';
import {
  type AcceptedHandshake,
  acceptAnswer,
  handshakeHeaders,
  type OfferedHandshake,
  OpeningHandshakeError,
  offerHandshake,
} from './client-handshake.ts';
import {
  type ClientOptions,
  DEFAULT_MAX_REDIRECTS,
  DEFAULT_PROTOCOL_VERSION,
  offeredDeflate,
} from './client-options.ts';

/** Who is told. The first three may end the opening from within the call. */
export interface OpeningHandler {
  /** A redirect is about to be followed. */
  onRedirect(href: string, request: ClientRequest): void;
  /** The answer is 101, and has not been looked at. */
  onUpgrade(response: IncomingMessage): void;
  /** The answer is another. Returns whether someone takes care of it. */
  onUnexpectedResponse(request: ClientRequest, response: IncomingMessage): boolean;
  /** Whether someone looks at the headers of redirects before they are sent. */
  reviewsRedirects(): boolean;
  /** Sends the request, once its header is complete. */
  finishRequest(request: ClientRequest): void;
  /** There is a connection: the last call. */
  onOpen(socket: Duplex, head: Buffer, accepted: AcceptedHandshake): void;
  /** There will be none: the last call but for `onFailed`, which follows in a tick of its own. */
  onFailing(): void;
  onFailed(error: Error): void;
}

/** Fields that are for one server alone, in lower case. */
const CREDENTIALS = ['authorization', 'cookie'];

/** Call order: `start`; then `abort`, if it is to end before it is at its end. */
export class Opening {
  private readonly protocols: ReadonlySet<string>;
  private readonly options: ClientOptions;
  private readonly handler: OpeningHandler;
  /** Where it began: what is secret goes there and nowhere else. */
  private readonly first: ClientAddress;

  // For one request.
  private address: ClientAddress;
  /** Undefined before the first and after the last. */
  private request: ClientRequest | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;

  private redirects = 0;
  /** User and password. Of those that redirects bring, the first, if there were none before. */
  private credentials: string | undefined;

  constructor(
    address: ClientAddress,
    protocols: ReadonlySet<string>,
    options: ClientOptions,
    handler: OpeningHandler,
  ) {
    this.address = address;
    this.first = address;
    this.protocols = protocols;
    this.options = options;
    this.handler = handler;
    this.credentials = address.credentials ?? options.auth ?? undefined;
  }

  /** @throws whatever `http.request` does about the options, and the application's own function */
  start(): void {
    const request = this.createRequest(this.requestHeaders(), this.credentials);
    this.handler.finishRequest(request);
  }

  /** Ends it, if it is not at its end. */
  abort(error: Error): void {
    const { request } = this;
    if (request === undefined) return;
    this.over();
    request.destroy();
    // Behind a response that is complete, or a 101, the request does not know its socket any more.
    request.socket?.destroy();
    this.fail(error);
  }

  private createRequest(headers: OutgoingHttpHeaders, auth: string | undefined): ClientRequest {
    const { options, address } = this;
    const offered = offerHandshake(this.protocols, offeredDeflate(options));
    const ask = address.isSecure ? requestHttps : requestHttp;
    const version = options.protocolVersion ?? DEFAULT_PROTOCOL_VERSION;
    const request = ask({
      ...toRequestOptions(options, address),
      auth: auth ?? null,
      headers: { ...headers, ...handshakeHeaders(offered, version) },
    });
    this.request = request;
    this.listen(request, offered);
    this.limitTime(request);
    return request;
  }

  private requestHeaders(): OutgoingHttpHeaders {
    const { headers, origin, protocolVersion = DEFAULT_PROTOCOL_VERSION } = this.options;
    // Node's types allow an array of names and values, too; as objects those mean nothing, in ws as here.
    const fields = { ...(headers as OutgoingHttpHeaders | undefined) };
    if (origin) fields[protocolVersion < 13 ? 'Sec-WebSocket-Origin' : 'Origin'] = origin;
    return fields;
  }

  private listen(request: ClientRequest, offered: OfferedHandshake): void {
    // What comes of a request that was given up is nobody's concern any more.
    const isCurrent = (): boolean => this.request === request;
    request.on('error', (error) => {
      if (!isCurrent()) return;
      this.over();
      this.fail(error);
    });
    request.on('response', (response) => {
      if (isCurrent()) this.onResponse(request, response);
      else response.destroy();
    });
    request.on('upgrade', (response, socket, head) => {
      if (!isCurrent()) {
        socket.destroy();
        return;
      }
      this.handler.onUpgrade(response);
      if (isCurrent()) this.onUpgrade(offered, response, socket, head);
    });
  }

  private onUpgrade(
    offered: OfferedHandshake,
    response: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    let accepted: AcceptedHandshake;
    try {
      accepted = acceptAnswer(offered, response);
    } catch (error) {
      this.abort(error as Error);
      return;
    }
    this.over();
    this.handler.onOpen(socket, head, accepted);
  }

  private onResponse(request: ClientRequest, response: IncomingMessage): void {
    const { statusCode = 0, headers } = response;
    const isRedirect = statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
    if (isRedirect && this.options.followRedirects) {
      this.follow(request, headers.location as string);
    } else if (statusCode === 101) {
      // Node emits `upgrade` only where both fields say so.
      this.abort(new OpeningHandshakeError(missingUpgrade(response)));
    } else if (this.handler.onUnexpectedResponse(request, response)) {
      // Whoever reads it now may take as long as something comes.
      clearTimeout(this.timer);
      const { handshakeTimeout } = this.options;
      if (handshakeTimeout) request.setTimeout(handshakeTimeout, () => this.onTimeout(request));
    } else {
      this.abort(new OpeningHandshakeError(`Unexpected server response: ${statusCode}`));
    }
  }

  private follow(request: ClientRequest, location: string): void {
    if (++this.redirects > (this.options.maxRedirects ?? DEFAULT_MAX_REDIRECTS)) {
      this.abort(new OpeningHandshakeError('Maximum redirects exceeded'));
      return;
    }
    this.over();
    request.destroy();
    let redirected: ClientRequest;
    try {
      this.address = this.parseRedirect(location);
      redirected = this.createRedirected();
    } catch (error) {
      // Not thrown: the application is not on the stack.
      this.fail(error as Error);
      return;
    }
    this.handler.onRedirect(this.address.href, redirected);
    this.handler.finishRequest(redirected);
  }

  private parseRedirect(location: string): ClientAddress {
    const address = parseAddress(location, this.address.href);
    if (address.socketPath !== undefined && this.address.socketPath === undefined) {
      throw new OpeningHandshakeError('A redirect must not lead from the network to IPC');
    }
    return address;
  }

  /** Leaves out what is not for this server, as curl does since 7.77.0; unless the application sees to that. */
  private createRedirected(): ClientRequest {
    const { first, address, handler } = this;
    const headers = this.requestHeaders();
    const leavesHost = address.authority !== first.authority;
    const leavesTls = first.isSecure && !address.isSecure;
    if (!handler.reviewsRedirects() && (leavesHost || leavesTls)) {
      return this.createRequest(
        without(headers, leavesHost ? [...CREDENTIALS, 'host'] : CREDENTIALS),
        undefined,
      );
    }
    this.credentials ??= address.credentials;
    return this.createRequest(headers, this.credentials);
  }

  private limitTime(request: ClientRequest): void {
    const { handshakeTimeout } = this.options;
    if (handshakeTimeout) this.timer = setTimeout(() => this.onTimeout(request), handshakeTimeout);
  }

  private onTimeout(request: ClientRequest): void {
    if (this.request === request) this.abort(new OpeningHandshakeError('Opening handshake has timed out'));
  }

  /** No request is under way any more. */
  private over(): void {
    this.request = undefined;
    clearTimeout(this.timer);
  }

  private fail(error: Error): void {
    this.handler.onFailing();
    process.nextTick(() => this.handler.onFailed(error));
  }
}

/** What `http.request` and `https.request` are given, but for the header. */
function toRequestOptions(options: ClientOptions, address: ClientAddress): RequestOptions {
  const { host, port, resource, socketPath, isSecure } = address;
  const own = options.createConnection as RequestOptions['createConnection'];
  return {
    ...(options as RequestOptions),
    createConnection: own ?? (isSecure ? connectSecure : connectPlain),
    defaultPort: options.defaultPort ?? (isSecure ? 443 : 80),
    method: 'GET',
    protocol: undefined,
    host,
    hostname: undefined,
    port: port ?? null,
    socketPath,
    path: resource,
    timeout: undefined,
  };
}

/** Of a request's options, `path` is the resource; of a connection's, the path of a socket. */
function connectPlain(options: RequestOptions): Duplex {
  return connectTcp({ ...options, path: options.socketPath } as TcpNetConnectOpts);
}

/** Unlike an agent of Node's, it asks for the certificate of the address, whatever the Host field says; as in ws. */
function connectSecure(options: RequestOptions): Duplex {
  const host = options.host ?? '';
  const servername = options.servername ?? (isIP(host) > 0 ? '' : host);
  return connectTls({ ...options, path: options.socketPath, servername } as TlsOptions);
}

function without(headers: OutgoingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}

function missingUpgrade({ headers }: IncomingMessage): string {
  const isMissing = headers.upgrade === undefined ? 'Upgrade' : 'Connection';
  return `Invalid ${isMissing} header`;
}
