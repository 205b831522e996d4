/**
 * Joins sessions to a server: handshakes that offer an attach, requests of the fallbacks, the client script. It decides nothing
 * about who is welcome (the server does, the same way for all) nor what an attach means (sessions.ts).
 */
import {
  CLOSE_NORMAL,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_TRY_AGAIN_LATER,
  DEFAULT_MAX_MESSAGE_BYTES,
  isProtocolError,
  parseToken,
  TOKEN_PREFIX,
} from '@holdfast/protocol';
import type { ChannelHandler } from './channel.ts';
import { type ScriptName, scriptName, serveClientScript } from './client-script.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_MAX_BUFFERED_BYTES } from './connection-options.ts';
import { compressionFor } from './deflate/compression.ts';
import { toDeflateOptions } from './deflate/options.ts';
import { FallbackRequests, type Gate } from './fallback-requests.ts';
import type { Refusal } from './handshake.ts';
import type { AttachingUpgrade, ConnectionCallback } from './opening-handshakes.ts';
import type { SessionGateway } from './server.ts';
import { type AnyServerOptions, zeroIsUnlimited } from './server-options.ts';
import type { HttpResponse, ServerRequest } from './server-request.ts';
import { sessionParameter } from './session-parameter.ts';
import { type AttachedSession, Sessions, type SessionsOptions } from './sessions.ts';
import { WebSocketTransport } from './transports/websocket.ts';

/** What the gateway asks of its server. */
export interface GatewayHost extends Omit<Gate, 'accept'> {
  /** Whether a request with this URL is for this server; a refusal where it is not. */
  refusePath(request: ServerRequest): Promise<Refusal | undefined> | Refusal | undefined;
  /** A session was created: there is a socket. Without a callback, the server's own. */
  accept(session: AttachedSession, request: ServerRequest, callback?: ConnectionCallback): void;
}

export class Gateway implements SessionGateway {
  private readonly host: GatewayHost;
  private readonly options: AnyServerOptions;
  private readonly sessionsOptions: SessionsOptions;
  private readonly sessions: Sessions;
  private readonly fallbacks: FallbackRequests;

  constructor(options: AnyServerOptions, host: GatewayHost) {
    this.host = host;
    this.options = options;
    this.sessionsOptions = toSessionsOptions(options);
    this.sessions = new Sessions(this.sessionsOptions);
    const deflateOptions = toDeflateOptions(options.perMessageDeflate);
    this.fallbacks = new FallbackRequests(this.sessions, host, {
      maxBodyBytes: this.sessionsOptions.maxBodyBytes,
      bodyTimeoutMs: options.bodyTimeoutMs ?? DEFAULT_BODY_TIMEOUT_MS,
      maxHoldMs: MAX_HOLD_MS,
      compression: deflateOptions && compressionFor(deflateOptions),
    });
  }

  handleRequest(request: ServerRequest, response: HttpResponse): boolean {
    if (FallbackRequests.recognizes(request)) {
      const verdict = this.host.refusePath(request);
      // Who promises an answer has taken the request: nobody else can be asked afterwards.
      if (verdict === undefined || verdict instanceof Promise) {
        this.fallbacks.handle(request, response, verdict);
        return true;
      }
    }
    const script = this.options.serveClient === false ? undefined : this.scriptOf(request);
    if (script === undefined) return false;
    serveClientScript(script, request, response);
    return true;
  }

  isOfLiveSession(request: ServerRequest): boolean {
    const offered = request.headers['sec-websocket-protocol']?.split(/\s*,\s*/) ?? [];
    const [token] = offered.filter((protocol) => protocol.startsWith(TOKEN_PREFIX));
    const id = token?.slice(TOKEN_PREFIX.length).split('.', 1)[0] ?? sessionParameter(request);
    return id != null && this.sessions.has(id);
  }

  attachUpgrade({ token, protocols, request, connection, callback }: AttachingUpgrade): ChannelHandler {
    try {
      const statement = parseToken(token);
      const found = this.sessions.find(statement);
      if (found === 'gone') {
        connection.send(this.sessions.gone(statement.session), false, {});
        connection.close(CLOSE_NORMAL, NO_REASON);
        return DEAF;
      }
      if (found === 'new' && this.sessions.isFull) {
        connection.close(CLOSE_TRY_AGAIN_LATER, Buffer.from('Too many sessions'));
        return DEAF;
      }
      const session =
        found === 'new'
          ? this.sessions.create(statement, this.host.chooseProtocol(protocols, request))
          : found;
      if (found === 'new') this.host.accept(session, request, callback);
      const transport = new WebSocketTransport(connection, session, this.sessionsOptions.keepaliveMs);
      transport.attach(statement);
      return transport;
    } catch (error) {
      if (!isProtocolError(error)) throw error;
      connection.close(CLOSE_PROTOCOL_ERROR, Buffer.from(error.message));
      return DEAF;
    }
  }

  /** The client's script that is asked for. */
  private scriptOf(request: ServerRequest): ScriptName | undefined {
    const [pathname = ''] = (request.url ?? '').split('?');
    const base = `${(this.options.path ?? '').replace(/\/$/, '')}/`;
    if (!pathname.startsWith(base) || (request.method !== 'GET' && request.method !== 'HEAD'))
      return undefined;
    return scriptName(pathname.slice(base.length));
  }
}

/** As in nginx by default, halved: a proxy that allows a body of 1 MiB counts what stands around it. */
const DEFAULT_MAX_BODY_BYTES = 512 * 1024;
const DEFAULT_BODY_TIMEOUT_MS = 15_000;
const DEFAULT_EXPIRY_MS = 30_000;
/** Below the 30 s after which many a proxy cuts what is silent. */
const DEFAULT_KEEPALIVE_MS = 25_000;
const DEFAULT_MAX_SESSIONS = 50_000;
/** A client says how long it lets a request hang; none needs more. */
const MAX_HOLD_MS = 60_000;

const NO_REASON = new Uint8Array(0);

function toSessionsOptions(options: AnyServerOptions): SessionsOptions {
  return {
    maxMessageBytes: zeroIsUnlimited(options.maxPayload) ?? DEFAULT_MAX_MESSAGE_BYTES,
    maxBufferedBytes: options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
    expiryMs: options.sessionExpiryMs ?? DEFAULT_EXPIRY_MS,
    closeTimeoutMs: options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT_MS,
    autoPong: options.autoPong ?? true,
    maxSessions: options.maxSessions ?? DEFAULT_MAX_SESSIONS,
    keepaliveMs: options.keepaliveMs ?? DEFAULT_KEEPALIVE_MS,
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
  };
}

/** Of a connection that was refused: it only has to end. */
const DEAF: ChannelHandler = {
  onMessage() {},
  onPing() {},
  onPong() {},
  onClosing() {},
  onClosed() {},
  onError() {},
};
