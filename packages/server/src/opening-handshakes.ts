/**
 * The opening handshakes of a server. One comes in, over HTTP/1.1 or HTTP/2, and passes once, top to bottom: is it one, is it welcome,
 * which subprotocol, the answer; then a connection goes out. Those that offer an attach to a Holdfast session go to the sessions.
 * What becomes of a connection, and who asks for it, is not known here.
 */
import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { TOKEN_PREFIX } from '@holdfast/protocol';
import type { Channel, ChannelHandler } from './channel.ts';
import { Connection, hasConnection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { acceptDeflateOffer } from './deflate/negotiation.ts';
import { readExtendedConnect } from './extended-connect.ts';
import {
  isRefusal,
  type OpeningHandshake,
  type Refusal,
  readOpeningHandshake,
  refusal,
  switchingProtocolsLines,
} from './handshake.ts';
import { isHttp2Stream, respond } from './http2-stream.ts';
import {
  isLegacyHandshake,
  type LegacyHandshake,
  legacyResponseLines,
  readLegacyHandshake,
} from './legacy/handshake.ts';
import { hasLegacyConnection, openLegacy } from './legacy/opening.ts';
import { refuse } from './refuse.ts';
import { type AnyServerOptions, DEFAULT_HANDSHAKE_TIMEOUT_MS, toWireOptions } from './server-options.ts';
import { isHttp2, type ServerRequest } from './server-request.ts';
import type { WebSocket } from './websocket.ts';

/** Takes a socket that `handleUpgrade` has made. */
export type ConnectionCallback<
  Socket extends WebSocket = WebSocket,
  Request extends ServerRequest = ServerRequest,
> = (socket: Socket, request: Request) => void;

/** What `handleUpgrade` was given. */
export interface Upgrade {
  readonly request: ServerRequest;
  readonly socket: Duplex;
  /** Bytes that were read behind the head of the request. */
  readonly head: Buffer;
  readonly callback: ConnectionCallback;
}

/** What is needed to make a socket. */
export interface NewConnection {
  readonly channel: Channel;
  /** The subprotocol, or ''. */
  readonly protocol: string;
  readonly request: ServerRequest;
  /** Joins the channel to its handler, before the application learns of the socket. */
  readonly join: (handler: ChannelHandler) => void;
  readonly callback: ConnectionCallback;
}

/** An opening handshake that offers an attach, welcome and answered with 101. */
export interface AttachingUpgrade {
  /** The subprotocol that is the statement. */
  readonly token: string;
  /** The application's subprotocols, in the client's order. */
  readonly protocols: readonly string[];
  readonly request: ServerRequest;
  /** Not started. What is sent on it at once leaves in one write with the 101. */
  readonly connection: Connection;
  readonly callback: ConnectionCallback;
}

/** What handshakes need of their server. */
export interface HandshakeHost {
  /** Attaches, and says whom the connection is to report to. Undefined where there are no sessions. */
  readonly attachUpgrade: ((upgrade: AttachingUpgrade) => ChannelHandler) | undefined;
  /** Whether new connections are taken, or this one at least. */
  isServing(request: ServerRequest): boolean;
  /** Whether the request is welcome. */
  admit(request: ServerRequest): Promise<Refusal | undefined> | Refusal | undefined;
  /** The application's subprotocol, or ''. */
  chooseProtocol(offered: readonly string[], request: ServerRequest): string;
  /** A connection exists. */
  accept(connection: NewConnection): void;
  /** The lines of the answer's head, which may be changed. */
  onHeaders(lines: string[], request: ServerRequest): void;
  /** Something that is no handshake. Returns whether somebody else answers it. */
  onNoHandshake(reason: string, socket: Duplex, request: ServerRequest): boolean;
  /** The application failed to say whether the request is welcome. */
  onError(error: Error): void;
}

export class OpeningHandshakes {
  private readonly host: HandshakeHost;
  private readonly connectionOptions: ConnectionOptions;
  /** Whether those of 2010 are taken. */
  private readonly isLegacyWelcome: boolean;
  private readonly timeoutMs: number;

  constructor(options: AnyServerOptions, connectionOptions: ConnectionOptions, host: HandshakeHost) {
    this.host = host;
    this.connectionOptions = connectionOptions;
    this.isLegacyWelcome = options.legacyHandshakes === true;
    this.timeoutMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS;
  }

  /** @throws Error the socket has been taken before */
  handle(upgrade: Upgrade): void {
    const { host } = this;
    const { request, socket } = upgrade;
    socket.on('error', destroyOnError);
    const handshake = this.read(request);
    if (isRefusal(handshake)) {
      if (!host.onNoHandshake(handshake.reason, socket, request)) refuse(socket, handshake);
      return;
    }
    const proceed = (verdict: Refusal | undefined): void => {
      if (verdict !== undefined) refuse(socket, verdict);
      else this.complete(handshake, upgrade);
    };
    const verdict = orRefuse(socket, () => host.admit(request));
    if (!(verdict instanceof Promise)) {
      proceed(verdict);
      return;
    }
    verdict.then(
      // What listeners throw is to be an uncaught exception here too, not a rejected promise.
      (late) => process.nextTick(proceed, late),
      (error: Error) => {
        refuse(socket, SERVER_FAILED);
        host.onError(error);
      },
    );
  }

  private read(request: ServerRequest): OpeningHandshake | LegacyHandshake | Refusal {
    if (isHttp2(request)) return readExtendedConnect(request.headers);
    if (this.isLegacyWelcome && isLegacyHandshake(request)) return readLegacyHandshake(request);
    return readOpeningHandshake(request);
  }

  private complete(handshake: OpeningHandshake | LegacyHandshake, upgrade: Upgrade): void {
    const { request, socket } = upgrade;
    if (!(socket.readable && socket.writable)) {
      socket.destroy(); // it went away meanwhile
      return;
    }
    if (hasConnection(socket) || hasLegacyConnection(socket)) {
      throw new Error('handleUpgrade was called twice with the same socket, perhaps by two servers');
    }
    if (!this.host.isServing(request)) {
      refuse(socket, SERVER_CLOSING);
      return;
    }
    if ('draft' in handshake) this.completeLegacy(handshake, upgrade);
    else this.completeOpening(handshake, upgrade);
  }

  private completeOpening(handshake: OpeningHandshake, { request, socket, head, callback }: Upgrade): void {
    const { host, connectionOptions } = this;
    const { attachUpgrade } = host;
    const token = attachUpgrade && [...handshake.protocols].find(isAttach);
    const protocols = withoutAttach(handshake.protocols);
    const protocol = token ?? orRefuse(socket, () => host.chooseProtocol(protocols, request));
    const agreement = acceptDeflateOffer(handshake.extensions, connectionOptions.perMessageDeflate);
    const lines = switchingProtocolsLines(handshake, protocol, agreement?.header ?? '');
    host.onHeaders(lines, request);
    if (isHttp2Stream(socket)) orRefuse(socket, () => respond(socket, 200, lines.slice(1)));

    socket.removeListener('error', destroyOnError);
    const options = token === undefined ? connectionOptions : toWireOptions(connectionOptions);
    const connection = new Connection(socket, options, agreement);
    if (!isHttp2Stream(socket)) connection.writeHead(`${lines.join('\r\n')}\r\n\r\n`);
    if (attachUpgrade !== undefined && token !== undefined) {
      const attaching: AttachingUpgrade = { token, protocols, request, connection, callback };
      connection.start(
        orTerminate(connection, () => attachUpgrade(attaching)),
        head,
      );
    } else {
      const join = (handler: ChannelHandler): void => connection.start(handler, head);
      host.accept({ channel: connection, protocol, request, join, callback });
    }
  }

  private completeLegacy(handshake: LegacyHandshake, { request, socket, head, callback }: Upgrade): void {
    const { host, connectionOptions: options, timeoutMs } = this;
    const protocols = withoutAttach(handshake.protocols);
    const protocol = orRefuse(socket, () => host.chooseProtocol(protocols, request));
    const lines = legacyResponseLines(handshake, protocol);
    host.onHeaders(lines, request);
    openLegacy({ handshake, lines, socket, head, options, timeoutMs }, (channel, rest) => {
      if (!host.isServing(request)) {
        socket.destroy();
        return;
      }
      socket.removeListener('error', destroyOnError);
      const join = (handler: ChannelHandler): void => channel.start(handler, rest);
      host.accept({ channel, protocol, request, join, callback });
    });
  }
}

const SERVER_CLOSING: Refusal = refusal(503, 'The server is closing');
const SERVER_FAILED: Refusal = refusal(500, 'The server failed to decide about the request');

function isAttach(protocol: string): boolean {
  return protocol.startsWith(TOKEN_PREFIX);
}

/** The application's own. */
function withoutAttach(protocols: ReadonlySet<string>): string[] {
  return [...protocols].filter((protocol) => !isAttach(protocol));
}

/** Functions of the application may throw; that is as loud as elsewhere, but leaves no connection hanging. */
function orRefuse<Result>(socket: Duplex, ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    refuse(socket, SERVER_FAILED);
    throw error;
  }
}

/** The same, once the answer is 101. */
function orTerminate<Result>(connection: Connection, attach: () => Result): Result {
  try {
    return attach();
  } catch (error) {
    connection.terminate();
    throw error;
  }
}

function destroyOnError(this: Duplex): void {
  this.destroy();
}
