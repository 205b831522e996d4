/**
 * Our classes and those of ws, side by side: what is expected of the one is first seen at the other. A test that runs with both
 * says what does not change for who comes from ws.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket as WsClient, WebSocketServer as WsServer } from 'ws';
import { type ServerOptions, WebSocketServer } from '../src/index.ts';
import { WebSocket } from '../src/websocket.ts';

/** ws has the same API, or a test fails: it may pass for ours. */
export const IMPLEMENTATIONS: [name: string, Server: typeof WebSocketServer][] = [
  ['@holdfast/server', WebSocketServer],
  ['ws', WsServer as unknown as typeof WebSocketServer],
];

/** The same for clients. */
export const CLIENTS: [name: string, Client: typeof WebSocket][] = [
  ['@holdfast/server', WebSocket],
  ['ws', WsClient as unknown as typeof WebSocket],
];

export interface Listening {
  readonly server: WebSocketServer;
  readonly port: number;
  /** The next socket that connects. */
  accepted(): Promise<WebSocket>;
}

const running: WebSocketServer[] = [];

export async function listen(
  Server: typeof WebSocketServer = WebSocketServer,
  options: ServerOptions = {},
): Promise<Listening> {
  const server = new Server({ port: 0, host: '127.0.0.1', ...options });
  running.push(server);
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async accepted() {
      const [socket] = (await once(server, 'connection')) as [WebSocket, IncomingMessage];
      return socket;
    },
  };
}

/** For `afterEach`: ends what `listen` started. */
export async function closeAll(): Promise<void> {
  for (const server of running.splice(0)) {
    for (const socket of server.clients ?? []) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
}
