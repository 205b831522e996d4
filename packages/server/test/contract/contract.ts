/**
 * The contract with those who come from ws. A case is one behaviour that ws's documentation names, as something that can be
 * observed; what is expected is what ws does. Every case is run with ws, which proves the case, and with this package, which
 * must do the same, or differ as `differences.ts` declares.
 */
import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex, DuplexOptions } from 'node:stream';
import { type Frame, OPCODE_CLOSE } from '@holdfast/protocol';
import {
  createWebSocketStream as createWsStream,
  WebSocket as WsWebSocket,
  WebSocketServer as WsWebSocketServer,
} from 'ws';
import {
  type ClientOptions,
  createWebSocketStream,
  type ServerOptions,
  WebSocket,
  WebSocketServer,
} from '../../src/index.ts';
import { type Answer, type AnsweringServer, answer, type Listening } from '../answering-server.ts';
import { RawClient, upgradeRequest } from '../raw-client.ts';

/** What a package gives. */
export interface Side {
  readonly WebSocket: typeof WebSocket;
  readonly WebSocketServer: typeof WebSocketServer;
  readonly createWebSocketStream: (socket: WebSocket, options?: DuplexOptions) => Duplex;
}

export interface Case {
  /** What of the documentation it is about, one of `DOCUMENTED`. */
  readonly of: string;
  /** A sentence of behaviour. */
  readonly name: string;
  /** Returns what is observed: plain data. */
  readonly run: (world: World) => unknown;
  /** What ws does. */
  readonly expected: unknown;
}

export const WS: Side = {
  WebSocket: WsWebSocket,
  WebSocketServer: WsWebSocketServer,
  createWebSocketStream: createWsStream,
} as unknown as Side;

export const HOLDFAST: Side = { WebSocket, WebSocketServer, createWebSocketStream };

/** A server, and its own end of a connection from `client`. */
export interface Pair {
  readonly server: WebSocketServer;
  readonly socket: WebSocket;
  readonly client: WebSocket;
  readonly request: IncomingMessage;
}

/** What a case makes is ended with it. */
export class World {
  readonly side: Side;
  private readonly servers: WebSocketServer[] = [];
  private readonly httpServers: HttpServer[] = [];
  private readonly clients: WebSocket[] = [];
  private readonly raws: RawClient[] = [];

  constructor(side: Side) {
    this.side = side;
  }

  /** A server of the side, on a port of its own. */
  async listen(options: ServerOptions = {}): Promise<{ server: WebSocketServer; port: number; url: string }> {
    const server = new this.side.WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
    this.servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { server, port, url: `ws://127.0.0.1:${port}/` };
  }

  /** An HTTP server, and where it listens. */
  async http(): Promise<{ http: HttpServer; port: number; url: string }> {
    const http = createServer();
    this.httpServers.push(http);
    await once(http.listen(0, '127.0.0.1'), 'listening');
    const { port } = http.address() as AddressInfo;
    return { http, port, url: `ws://127.0.0.1:${port}/` };
  }

  /** A client of the side. */
  connect(url: string, protocols?: string | string[], options?: ClientOptions): WebSocket {
    const client = new this.side.WebSocket(url, protocols, options);
    this.clients.push(client);
    return client;
  }

  /** Both ends of a connection, open. */
  async pair(serverOptions: ServerOptions = {}, clientOptions: ClientOptions = {}): Promise<Pair> {
    const { server, url } = await this.listen(serverOptions);
    const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
    const client = this.connect(url, [], { perMessageDeflate: false, ...clientOptions });
    const [[socket, request]] = await Promise.all([connected, once(client, 'open')]);
    return { server, socket, client, request };
  }

  /** A client of the side, open, and the server's end of it in the test's hands. */
  async clientOf(
    give: Answer,
    options: ClientOptions = {},
  ): Promise<AnsweringServer & { client: WebSocket }> {
    const answering = await this.answer(give);
    const client = this.connect(`ws://127.0.0.1:${answering.port}`, [], {
      perMessageDeflate: false,
      ...options,
    });
    await once(client, 'open');
    return { ...answering, client };
  }

  /** A server's end of the side, and its client in the test's hands. */
  async rawPair(
    options: ServerOptions = {},
  ): Promise<{ raw: RawClient; socket: WebSocket; server: WebSocketServer }> {
    const { server, port } = await this.listen(options);
    const connected = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
    const raw = await this.raw(port);
    raw.write(upgradeRequest());
    const [[socket]] = await Promise.all([connected, raw.readHead()]);
    return { raw, socket, server };
  }

  async raw(port: number): Promise<RawClient> {
    const raw = await RawClient.connect(port);
    this.raws.push(raw);
    return raw;
  }

  answer(give: Answer, listening?: Listening): Promise<AnsweringServer> {
    return answer(give, listening);
  }

  async end(): Promise<void> {
    for (const client of this.clients) {
      client.on('error', () => {}); // of those that were still CONNECTING
      client.terminate();
    }
    for (const raw of this.raws) raw.socket.destroy();
    for (const server of this.servers) {
      for (const socket of server.clients ?? []) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    }
    for (const http of this.httpServers) {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    }
  }
}

/** How a socket closes. */
export function closed(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason}`.trim()));
  });
}

/** The next frame a raw client sees, in words. */
export async function frameOf(raw: RawClient): Promise<string> {
  const frame = await raw.readFrame();
  if (frame === 'end') return 'end';
  return `${frame.opcode} ${Buffer.from(frame.payload).toString('latin1')}${frame.fin ? '' : ' …'}`;
}

/** The code of a Close; undefined for any other frame. */
export function codeOf(frame: Frame | 'end'): number | undefined {
  if (frame === 'end' || frame.opcode !== OPCODE_CLOSE) return undefined;
  return frame.payload.length < 2 ? 1005 : Buffer.from(frame.payload).readUInt16BE();
}

/** The status of the answer to a request. */
export async function statusOf(port: number, head: string): Promise<string> {
  const raw = await RawClient.connect(port);
  raw.write(head);
  const answer = await raw.readHead();
  raw.socket.destroy();
  return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 101'.length);
}

/** What a function throws, in words; undefined where it does not. */
export function thrown(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
}
