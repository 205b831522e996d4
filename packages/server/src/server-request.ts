/**
 * A request and its response as the rest of the server sees them, over HTTP/1.1 and HTTP/2 alike. The two differ in where some
 * facts stand; that is known here, and by the files that answer on an HTTP/2 stream.
 */
import type { Server as HttpServer, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Http2SecureServer, Http2Server, Http2ServerRequest } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';

/** A request, or an opening handshake. */
export type ServerRequest = IncomingMessage | Http2ServerRequest;

/** A server that speaks HTTP/1.1 alone. */
export type Http1Server<RequestClass extends typeof IncomingMessage = typeof IncomingMessage> =
  | HttpServer<RequestClass>
  | HttpsServer<RequestClass>;

/** Where requests come from. */
export type AnyServer = Http1Server | Http2Server | Http2SecureServer;

/** What a server's requests are. One that speaks TLS may take HTTP/1.1 beside HTTP/2 (`allowHTTP1`). */
export type RequestOf<Server extends AnyServer> = Server extends Http2SecureServer
  ? IncomingMessage | Http2ServerRequest
  : Server extends Http2Server
    ? Http2ServerRequest
    : Server extends HttpServer<infer RequestClass>
      ? InstanceType<RequestClass>
      : IncomingMessage;

/** As much of `http.ServerResponse` as there is of `http2.Http2ServerResponse` too. */
export interface HttpResponse {
  readonly headersSent: boolean;
  readonly writableLength: number;
  setHeader(name: string, value: string): unknown;
  writeHead(status: number, headers?: OutgoingHttpHeaders): unknown;
  write(chunk: string | Uint8Array): boolean;
  write(chunk: string, encoding: BufferEncoding): boolean;
  end(chunk?: string | Uint8Array): unknown;
  end(chunk: string, encoding: BufferEncoding): unknown;
  destroy(): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
}

export function isHttp2(request: ServerRequest): request is Http2ServerRequest {
  return 'stream' in request;
}

/** The host and port that the request was sent to: ":authority", where Host is not sent (RFC 9113 §8.3.1). */
export function hostOf({ headers }: ServerRequest): string | undefined {
  return (headers[':authority'] as string | undefined) ?? headers.host;
}

/** Whether the request came over TLS, as far as this process can see: a proxy may have taken it off. */
export function isEncrypted({ socket }: ServerRequest): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
