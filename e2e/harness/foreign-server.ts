/**
 * A WebSocket server that is not Holdfast (`ws`), with pages that bring our script all the same. It knows nothing of us, and
 * remembers everything that reaches it. It lives in the test's own process.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ServerOptions, WebSocketServer } from 'ws';
import { obey } from '../server/obey.mjs';
import { servePage } from '../server/pages.mjs';

/** As a page of any server may have it beside its own files. */
const CLIENT_SCRIPT = new URL('../../packages/client/dist/holdfast.js', import.meta.url);

/** One request, or one opening handshake. */
export interface SeenRequest {
  readonly kind: 'http' | 'upgrade';
  readonly method: string;
  readonly url: string;
  /** Of a handshake, as they stand in its header. */
  readonly protocols: readonly string[];
}

export class ForeignServer {
  /** Everything that came, in order. */
  readonly seen: SeenRequest[] = [];
  /** With the scheme `http`, which a WebSocket takes too. */
  readonly url: string;
  private readonly close: () => void;

  /** It echoes, but for what it is to obey (server/obey.mjs). @param options of `ws` */
  static async start(
    options: Pick<ServerOptions, 'handleProtocols' | 'verifyClient'> = {},
  ): Promise<ForeignServer> {
    const http = createServer((request, response) => {
      if (request.method === 'GET') serveFile(request, response);
      else response.writeHead(426, { 'Content-Type': 'text/plain' }).end('Upgrade Required');
    });
    const sockets = new WebSocketServer({ server: http, ...options });
    sockets.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => obey(socket, data as Buffer, isBinary));
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const close = (): void => {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
      http.closeAllConnections();
    };
    const { port } = http.address() as AddressInfo;
    const server = new ForeignServer(`http://127.0.0.1:${port}`, close);
    http.prependListener('request', (request) => server.record('http', request));
    http.prependListener('upgrade', (request) => server.record('upgrade', request));
    return server;
  }

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.close = close;
  }

  stop(): void {
    this.close();
  }

  private record(kind: SeenRequest['kind'], { method = '', url = '', headers }: IncomingMessage): void {
    const protocols = headers['sec-websocket-protocol']?.split(', ') ?? [];
    this.seen.push({ kind, method, url, protocols });
  }
}

function serveFile(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/socket/holdfast.js') response.end(readFileSync(CLIENT_SCRIPT));
  else servePage(request, response);
}
