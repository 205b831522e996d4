/**
 * Finds what is for a WebSocketServer among the streams of an HTTP/2 server: extended CONNECTs, before any listener of the
 * application takes them for requests; and, where the application listens to streams and Node therefore makes no requests, those
 * of fallbacks. How they are answered is not known here.
 */
import {
  type Http2SecureServer,
  type Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { SESSION_PARAMETER } from '@holdfast/protocol';
import { isExtendedConnect, isWebSocketConnect } from './extended-connect.ts';
import { refusal } from './handshake.ts';
import { refuse } from './refuse.ts';
import type { EventHandler } from './request-interception.ts';
import type { AnyServer } from './server-request.ts';

/** Each says whether it has taken the request. */
export interface Http2Handlers {
  handleConnect(request: Http2ServerRequest): boolean;
  handleRequest(request: Http2ServerRequest, response: Http2ServerResponse): boolean;
}

export function isHttp2Server(server: AnyServer): server is Http2Server | Http2SecureServer {
  return 'updateSettings' in server;
}

/** From now on, clients are told that they may send extended CONNECTs: SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3). */
export function announceExtendedConnect(server: Http2Server | Http2SecureServer): void {
  server.updateSettings({ enableConnectProtocol: true });
}

/** What to do with the server's `stream` event. */
export function streamHandler(
  server: Http2Server | Http2SecureServer,
  { handleConnect, handleRequest }: Http2Handlers,
): EventHandler<[ServerHttp2Stream, IncomingHttpHeaders, number, string[]]> {
  return (stream, headers, _flags, rawHeaders) => {
    if (isExtendedConnect(headers)) {
      const isWebSocket = isWebSocketConnect(headers);
      if (isWebSocket && handleConnect(new Http2ServerRequest(stream, headers, {}, rawHeaders))) return true;
      if (hasOtherListeners(server)) return false;
      refuse(stream, isWebSocket ? NOT_SERVING : UNKNOWN_PROTOCOL);
      return true;
    }
    // Node makes a request and a response of the stream, which come with an event of their own.
    if (server.listenerCount('request') > 0) return false;
    // All that is ours has this word in its path.
    if (headers[':path']?.includes(SESSION_PARAMETER) !== true) return false;
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
    return handleRequest(request, new Http2ServerResponse(stream));
  };
}

const NOT_SERVING = refusal(503, 'The server is closing');
/** As for the same over HTTP/3 (RFC 9220 §3). */
const UNKNOWN_PROTOCOL = refusal(501, 'The one :protocol known here is "websocket"');

/** Whether the application might answer a CONNECT. One listener is Node's own, which makes requests for those of `request`. */
function hasOtherListeners(server: Http2Server | Http2SecureServer): boolean {
  const nodesOwn = server.listenerCount('request') > 0 ? 1 : 0;
  return server.listenerCount('connect') > 0 || server.listenerCount('stream') > nodesOwn;
}
