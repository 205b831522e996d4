/**
 * What TypeScript programs do with ws and its types, all in one. It is compiled twice: with ws and @types/ws, and with
 * `ws` standing for @holdfast/server (as-ws/tsconfig.json). It is never run.
 */
import { once } from 'node:events';
import { Agent, type ClientRequest, createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import WebSocket, {
  createWebSocketStream,
  type Data,
  WebSocket as Named,
  type RawData,
  type Server,
  type ServerOptions,
  WebSocketServer,
} from 'ws';

function report(error: Error): void {
  process.emitWarning(error);
}

// A server, and what it is given.

const options: WebSocket.ServerOptions = {
  port: 8080,
  host: '127.0.0.1',
  backlog: 10,
  path: '/chat',
  clientTracking: true,
  maxPayload: 1024,
  perMessageDeflate: {
    zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3 },
    zlibInflateOptions: { chunkSize: 10 * 1024 },
    clientNoContextTakeover: true,
    serverNoContextTakeover: true,
    serverMaxWindowBits: 10,
    concurrencyLimit: 10,
    threshold: 1024,
  },
  handleProtocols: (protocols: Set<string>, request: IncomingMessage) =>
    request.url === '/' && protocols.has('v1') ? 'v1' : false,
  skipUTF8Validation: false,
  allowSynchronousEvents: true,
  autoPong: true,
};
const sameOptions: ServerOptions = options;

export const wss: WebSocketServer = new WebSocketServer(sameOptions, () => {});
export const alias: Server = wss;
export const other: Server = new WebSocketServer({ noServer: true });

interface VerifyInfo {
  origin: string;
  secure: boolean;
  req: IncomingMessage;
}
const allowed = new Set(['https://example.com']);
export const verifying = [
  new WebSocketServer({
    port: 0,
    verifyClient: (info: VerifyInfo) => info.secure && allowed.has(info.origin),
  }),
  new WebSocketServer({
    port: 0,
    verifyClient: ({ origin, req }, callback) => {
      if (req.headers.authorization === undefined) callback(false, 401, 'Unauthorized', { 'X-A': 'b' });
      else callback(origin.startsWith('https:'));
    },
  }),
];
export const sync: WebSocket.VerifyClientCallbackSync = (info: {
  origin: string;
  secure: boolean;
  req: IncomingMessage;
}) => info.req.url !== undefined;
export const async: WebSocket.VerifyClientCallbackAsync = (_info, callback) => callback(true);

interface Client extends WebSocket {
  isAlive?: boolean;
  user?: { id: number };
}

wss.on('connection', function connection(this: WebSocketServer, ws: WebSocket, request: IncomingMessage) {
  const client = ws as Client;
  client.isAlive = true;
  const ip: string | undefined = request.socket.remoteAddress;
  ws.on('error', report);
  ws.on('pong', function heartbeat(this: WebSocket) {
    (this as Client).isAlive = true;
  });
  ws.on('message', function message(data, isBinary) {
    for (const each of wss.clients) {
      if (each !== ws && each.readyState === WebSocket.OPEN) each.send(data, { binary: isBinary });
    }
    this.send(`${ip}: ${data.toString()}`);
  });
  ws.on('close', (code: number, reason: Buffer) => [code + 1, reason.toString('utf8')]);
});
wss.on('connection', (ws, request: IncomingMessage) => ws.close(1000, request.url));
wss.on('headers', (headers: string[], _request: IncomingMessage) => headers.push('X-A: b'));
wss.on('wsClientError', (error: Error, socket: Duplex, _request: IncomingMessage) =>
  socket.end(error.message),
);
wss.on('error', (error) => error.message);
wss.on('listening', () => {}).once('close', () => {});
wss.off('error', report);
wss.addListener('custom', (a: number, b: string) => [a, b]);
wss.emit('custom', 1, 'b');

setInterval(() => {
  for (const ws of wss.clients) {
    const client: Client = ws;
    if (client.isAlive === false) ws.terminate();
    client.isAlive = false;
    ws.ping();
  }
}, 30_000);

const address = wss.address();
export const port = typeof address === 'string' ? address : address?.port;
wss.close((error) => error?.message);
wss.close();

// With an HTTP server.

const http = createServer();
export const attached = [
  new WebSocketServer({ server: http }),
  new WebSocketServer({ server: createHttpsServer() }),
];
http.on('upgrade', (request, socket, head) => {
  other.handleUpgrade(request, socket, head, (ws: WebSocket, upgraded: IncomingMessage) => {
    other.emit('connection', ws, upgraded, { name: 'user' });
  });
});
other.on('connection', (ws: WebSocket, _request: IncomingMessage, user: { name: string }) =>
  ws.send(user.name),
);
class Routed extends WebSocketServer {
  override shouldHandle(request: IncomingMessage): boolean {
    return request.url === '/';
  }
}
export const routed: WebSocketServer = new Routed({ noServer: true });

// Sockets of one's own class, requests of one's own.

class Member extends WebSocket {
  rooms = new Set<string>();
  join(room: string): void {
    this.rooms.add(room);
    this.send(JSON.stringify({ room }));
  }
}
const memberServer = new WebSocketServer({ port: 0, WebSocket: Member });
memberServer.on('connection', (member) => member.join('lobby'));
for (const member of memberServer.clients) member.rooms.clear();
export const typed: Server<typeof Member, typeof IncomingMessage> = memberServer;

// A client.

const clientOptions: WebSocket.ClientOptions = {
  headers: { authorization: 'Bearer x' },
  handshakeTimeout: 1000,
  followRedirects: true,
  maxRedirects: 3,
  origin: 'https://example.com',
  protocolVersion: 13,
  perMessageDeflate: false,
  rejectUnauthorized: false,
  ca: ['a'],
  cert: Buffer.alloc(1),
  key: 'key',
  agent: new Agent({ keepAlive: true }),
  family: 4,
  localAddress: '127.0.0.1',
  maxPayload: 1,
  skipUTF8Validation: true,
  autoPong: false,
  generateMask: (mask) => {
    mask.fill(1);
  },
  finishRequest: (request: ClientRequest, socket: WebSocket) => {
    request.setHeader('X-URL', socket.url);
    request.end();
  },
};
export const clients: WebSocket[] = [
  new WebSocket('ws://example.com'),
  new WebSocket(new URL('ws://example.com'), 'v1'),
  new WebSocket('ws://example.com', ['v1', 'v2'], clientOptions),
  new WebSocket('ws://example.com', { headers: { a: 'b' } }),
  new WebSocket('ws://example.com', undefined, { auth: 'user:pass', timeout: 1, path: '/' }),
  new WebSocket(null),
  new Named('ws://example.com'),
];

const ws = new WebSocket('ws://example.com');
ws.on('open', function open() {
  this.send('text');
});
ws.on('upgrade', (response: IncomingMessage) => response.headers['set-cookie']);
ws.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
  request.destroy();
  response.resume();
});
ws.on('redirect', (url: string, request: ClientRequest) => request.setHeader('x', url));
ws.once('ping', (data: Buffer) => ws.pong(data));
ws.on('custom', (...values: unknown[]) => values.length);
ws.emit('custom', 1);
ws.removeListener('error', report).removeAllListeners('message');
ws.prependListener('open', () => {});

ws.send('text');
ws.send(Buffer.from('b'), (error?: Error) => error?.message);
ws.send(new Uint8Array(1), { binary: true, compress: false, fin: true, mask: true }, (error) => error?.stack);
ws.send(new ArrayBuffer(1));
ws.send(new DataView(new ArrayBuffer(1)));
ws.send([1, 2, 3]);
ws.send(1);
ws.send(new Blob(['a']));
ws.ping('p', true, (error: Error) => error?.message);
ws.pong(Buffer.alloc(1), false);
ws.ping();
ws.close(1000, Buffer.from('bye'));
ws.close();
ws.pause();
ws.resume();
ws.binaryType = 'arraybuffer';
ws.binaryType = 'fragments';

export const state: 0 | 1 | 2 | 3 = ws.readyState;
export const states: number[] = [
  ws.OPEN,
  WebSocket.CONNECTING,
  WebSocket.OPEN,
  WebSocket.CLOSING,
  WebSocket.CLOSED,
];
export const properties: [number, string, boolean, string, string] = [
  ws.bufferedAmount,
  ws.extensions,
  ws.isPaused,
  ws.protocol,
  ws.url,
];
switch (ws.readyState) {
  case WebSocket.CONNECTING:
  case WebSocket.OPEN:
    break;
  case WebSocket.CLOSING:
  case WebSocket.CLOSED:
    break;
  default: {
    const none: never = ws.readyState;
    throw none;
  }
}

// The data of a message.

function toBuffer(data: WebSocket.RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.from(data);
}
function toText(data: Data): string {
  return typeof data === 'string' ? data : toBuffer(data).toString();
}
ws.on('message', (data: RawData, isBinary: boolean) =>
  isBinary ? toBuffer(data) : JSON.parse(data.toString()),
);
ws.on('message', (data) => JSON.parse(data.toString()));

// As in a browser.

ws.onopen = (event) => event.target.send('x');
ws.onmessage = (event: WebSocket.MessageEvent) => toText(event.data);
ws.onmessage = ({ data }) => JSON.parse(data as string);
ws.onclose = (event: WebSocket.CloseEvent) => [event.code, event.reason, event.wasClean];
ws.onerror = (event: WebSocket.ErrorEvent) => [event.message, event.error.code, event.type];
ws.onerror = null;
const listener = (event: WebSocket.MessageEvent): unknown => event.data;
ws.addEventListener('message', listener, { once: true });
ws.addEventListener('open', ({ target }) => target.close());
ws.addEventListener('close', { handleEvent: (event) => event.code });
ws.removeEventListener('message', listener);
export const map: WebSocket.WebSocketEventMap['close']['code'] = 1000;
export const event: WebSocket.Event = { type: 'open', target: ws };
export const listenerOptions: WebSocket.EventListenerOptions = { once: true };

// As a stream, and with what Node has for emitters.

export const duplex: Duplex = createWebSocketStream(ws, { encoding: 'utf8', decodeStrings: false });
export const opened: Promise<unknown[]> = once(ws, 'open');
export async function first(server: WebSocketServer): Promise<WebSocket> {
  const [socket] = (await once(server, 'connection')) as [WebSocket, IncomingMessage];
  return socket;
}
export function is(value: unknown): value is WebSocket {
  return value instanceof WebSocket;
}
export type AnySocket = InstanceType<typeof WebSocket> | Socket;
export const address2: WebSocket.AddressInfo = { address: '', family: 'IPv4', port: 1 };
export const meta: WebSocket.CertMeta = ['a'];
export const finish: WebSocket.FinishRequestCallback = (request) => {
  request.end();
};
export const deflate: WebSocket.PerMessageDeflateOptions = { serverNoContextTakeover: true };
