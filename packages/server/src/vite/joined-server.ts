/**
 * A WebSocketServer on an HTTP server that belongs to Vite: it takes what comes for its path, and leaves alone all else, Vite's own
 * socket above all. Its end leaves the HTTP server as it was.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ViteDevServer } from 'vite';
import { refusal } from '../handshake.ts';
import { refuse } from '../refuse.ts';
import { WebSocketServer } from '../server.ts';
import type { ServerOptions } from '../server-options.ts';
import { WebSocket } from '../websocket.ts';
import { type AllowedHosts, isAllowedHost } from './allowed-hosts.ts';
import type { Application } from './application.ts';

export type HttpServer = NonNullable<ViteDevServer['httpServer']>;

/** As much of one of Vite's servers as is needed. */
export interface Host {
  readonly httpServer: HttpServer;
  readonly middlewares: ViteDevServer['middlewares'];
  readonly allowedHosts: AllowedHosts;
}

export class JoinedServer {
  private readonly server: WebSocketServer;
  private readonly stopListening: () => void;

  constructor(
    { httpServer, middlewares, allowedHosts }: Host,
    options: ServerOptions,
    application: Application,
  ) {
    const server = new WebSocketServer({
      ...options,
      noServer: true,
      WebSocket: application.guard(options.WebSocket ?? WebSocket),
    });
    this.server = server;
    server.on('connection', (socket, request) => void application.accept(socket, request, server));
    // Vite's own middleware has looked at the host of these.
    middlewares.use((request, response, next) => {
      if (!server.handleRequest(request, response)) next();
    });
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (server.shouldHandle(request) !== true) return;
      if (isAllowedHost(request.headers.host, allowedHosts)) {
        server.handleUpgrade(request, socket, head, (socket, request) =>
          server.emit('connection', socket, request),
        );
      } else {
        refuse(socket, FOREIGN_HOST);
      }
    };
    httpServer.on('upgrade', onUpgrade);
    this.stopListening = () => void httpServer.off('upgrade', onUpgrade);
  }

  closeSockets(code: number, reason: string): void {
    for (const socket of this.server.clients) socket.close(code, reason);
  }

  /** May be called again. */
  close(): void {
    this.stopListening();
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }
}

const FOREIGN_HOST = refusal(403, 'This host is not allowed: list it in the allowedHosts of Vite');
