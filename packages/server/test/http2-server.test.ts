import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  Http2ServerRequest,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { control, formatToken, OPCODE_BINARY, OPCODE_CLOSE, OPCODE_TEXT } from '@holdfast/protocol';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type ClientOptions, WebSocket as WsClient } from 'ws';
import { WebSocketServer } from '../src/server.ts';
import type { ServerOptions } from '../src/server-options.ts';
import type { WebSocket } from '../src/websocket.ts';
import { body, readWire, SECRET, SESSION, statement } from './holdfast-requests.ts';
import { Http2Client, type Tunnel } from './http2-client.ts';
import { clientFrame } from './raw-client.ts';

/** RFC 9113 §7. */
const NO_ERROR = 0;
const CANCEL = 8;

type Http2Options = ServerOptions<typeof WebSocket, typeof IncomingMessage, Http2Server>;

const running: { http: Http2Server | Http2SecureServer; sessions: Set<ServerHttp2Session> }[] = [];
const clients: Http2Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const { http, sessions } of running.splice(0)) {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => http.close(resolve));
  }
});

/** @returns the port it listens on */
async function run(http: Http2Server | Http2SecureServer): Promise<number> {
  const sessions = new Set<ServerHttp2Session>();
  http.on('session', (session) => sessions.add(session));
  running.push({ http, sessions });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return (http.address() as AddressInfo).port;
}

/** An echo beside an application that answers requests, over HTTP/2 without TLS. */
async function start(options: Http2Options = {}) {
  const http = createServer((request, response) => response.end(`the application: ${request.url}`));
  const server = new WebSocketServer({ server: http, ...options });
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  const port = await run(http);
  return { http, server, sockets, port };
}

async function connect(port: number): Promise<Http2Client> {
  const client = await Http2Client.connect(`http://127.0.0.1:${port}`);
  clients.push(client);
  return client;
}

/** The server's options, and a client that is connected. */
async function startAndConnect(options: Http2Options = {}) {
  const started = await start(options);
  return { ...started, client: await connect(started.port) };
}

/** Reads the next frame; long payloads are compared as a whole. */
async function expectFrame(peer: Tunnel['peer'], opcode: number, payload: string | Uint8Array) {
  const frame = await peer.readFrame();
  if (frame === 'end') throw new Error('The stream ended where a frame was due');
  expect([frame.opcode, frame.payload.length]).toEqual([opcode, payload.length]);
  expect(Buffer.from(payload).equals(frame.payload)).toBe(true);
}

describe('a server on HTTP/2', () => {
  it('says in its SETTINGS that it takes extended CONNECTs', async () => {
    const { client } = await startAndConnect();
    expect(client.session.remoteSettings).toMatchObject({ enableConnectProtocol: true });
  });

  it('keeps what the application has set', async () => {
    const http = createServer({ settings: { maxConcurrentStreams: 7, enableConnectProtocol: false } });
    new WebSocketServer({ server: http });
    const client = await connect(await run(http));
    expect(client.session.remoteSettings).toMatchObject({
      enableConnectProtocol: true,
      maxConcurrentStreams: 7,
    });
  });

  it('answers 200, without a Sec-WebSocket-Accept, and speaks frames', async () => {
    const { client } = await startAndConnect();
    const { status, headers, peer } = await client.open();
    expect(status).toBe(200);
    expect(Object.keys(headers)).toEqual([':status', 'date']);
    for (const size of [0, 125, 126, 65_535, 65_536, 1_000_000]) {
      for (const opcode of [OPCODE_TEXT, OPCODE_BINARY]) {
        const payload = Buffer.alloc(size, 'x');
        peer.write(clientFrame(opcode, payload));
        await expectFrame(peer, opcode, payload);
      }
    }
  });

  it('emits connection with the request as Node has it for HTTP/2', async () => {
    const { client, server } = await startAndConnect({ path: '/chat' });
    const connection = once(server, 'connection');
    await client.open({ ':path': '/chat?a=b', cookie: 'c=d' });
    const [, request] = (await connection) as [WebSocket, Http2ServerRequest];
    expect(request).toBeInstanceOf(Http2ServerRequest);
    expect(request).toMatchObject({ url: '/chat?a=b', method: 'CONNECT', httpVersionMajor: 2 });
    expect(request.headers.cookie).toBe('c=d');
    expect(request.socket.remoteAddress).toBe('127.0.0.1');
  });

  it('has many sockets on one connection, which do not wait for each other', async () => {
    const { client, sockets, http } = await startAndConnect();
    const onSession = vi.fn();
    http.on('session', onSession);
    const tunnels = await Promise.all(Array.from({ length: 50 }, () => client.open()));
    expect(sockets).toHaveLength(50);
    tunnels[0]?.stream.pause();
    sockets[0]?.send(Buffer.alloc(1_000_000));
    for (const [index, { peer }] of tunnels.entries()) {
      if (index === 0) continue;
      peer.write(clientFrame(OPCODE_TEXT, `${index}`));
      await expectFrame(peer, OPCODE_TEXT, `${index}`);
    }
    expect(onSession).not.toHaveBeenCalled();
  });

  it('chooses a subprotocol', async () => {
    const handleProtocols = vi.fn((offered: Set<string>) => (offered.has('b') ? 'b' : false));
    const { client, sockets } = await startAndConnect({ handleProtocols });
    const { headers } = await client.open({ 'sec-websocket-protocol': 'a, b' });
    expect(headers['sec-websocket-protocol']).toBe('b');
    expect(sockets[0]?.protocol).toBe('b');
    expect((await client.open({ 'sec-websocket-protocol': 'c' })).headers).not.toHaveProperty(
      'sec-websocket-protocol',
    );
  });

  it('emits headers, whose added lines become header fields, without those of HTTP/1.1 alone', async () => {
    const { client, server } = await startAndConnect();
    server.on('headers', (lines, request) => {
      expect(lines[0]).toBe('HTTP/2 200');
      lines.push(`X-Path: ${request.url}`, 'Set-Cookie: a=b', 'set-cookie: c=d:e', 'Connection: Upgrade');
    });
    const { headers } = await client.open({ ':path': '/a' });
    expect(headers).toMatchObject({ 'x-path': '/a', 'set-cookie': ['a=b', 'c=d:e'] });
    expect(headers).not.toHaveProperty('connection');
  });

  it('answers 500 where a listener of headers adds what HTTP/2 forbids, as loud as from any other event', async () => {
    const { http, server, port } = await start();
    server.on('headers', (lines) => lines.push('ETag: "a"', 'ETag: "b"'));
    const thrown = new Promise<Error>((resolve) => {
      const { emit } = http;
      http.emit = function (this: typeof http, ...args: [string]) {
        try {
          return Reflect.apply(emit, this, args);
        } catch (error) {
          resolve(error as Error);
          return true;
        }
      };
    });
    const client = await connect(port);
    expect((await client.open()).status).toBe(500);
    await expect(thrown).resolves.toHaveProperty('code', 'ERR_HTTP2_HEADER_SINGLE_VALUE');
  });

  it.each<[what: string, changes: OutgoingHttpHeaders, options: Http2Options, status: number]>([
    ['another path', { ':path': '/elsewhere' }, { path: '/chat' }, 404],
    ['a page of another origin', { origin: 'http://other.example' }, {}, 403],
    ['another version', { 'sec-websocket-version': '8' }, {}, 400],
    ['whom verifyClient refuses', {}, { verifyClient: () => false }, 401],
  ])(
    'refuses %s with a status and a reason, and serves the connection on',
    async (_, changes, options, status) => {
      const { client, sockets } = await startAndConnect(options);
      const refused = await client.open(changes);
      const reset = once(refused.stream, 'close');
      expect(refused.status).toBe(status);
      expect(await refused.peer.readToEnd()).toMatch(/^\w.+\n$/);
      await reset;
      expect(refused.stream.rstCode).toBe(NO_ERROR);
      expect(sockets).toEqual([]);
      expect((await client.ask({ ':path': '/page' })).body.toString()).toBe('the application: /page');
    },
  );

  it('says with its refusal of a version which one it knows', async () => {
    const { client } = await startAndConnect();
    const { headers } = await client.open({ 'sec-websocket-version': undefined });
    expect(headers['sec-websocket-version']).toBe('13');
    expect(headers).not.toHaveProperty('upgrade');
  });

  it('cuts a client that does not take its refusal', async () => {
    const { port } = await start({ path: '/chat' });
    const client = await Http2Client.connect(`http://127.0.0.1:${port}`, {
      settings: { initialWindowSize: 0 },
    });
    clients.push(client);
    const { status, stream } = await client.open();
    expect(status).toBe(404);
    await once(stream, 'close');
    expect(stream.rstCode).toBe(CANCEL);
  });

  it('lets pages of its own :authority in', async () => {
    const { client, port } = await startAndConnect();
    expect((await client.open({ origin: `http://127.0.0.1:${port}` })).status).toBe(200);
    expect((await client.open({ ':authority': 'a.example', origin: 'http://a.example' })).status).toBe(200);
    expect((await client.open({ ':authority': 'a.example', origin: 'http://b.example' })).status).toBe(403);
  });

  it('waits for a verifyClient that answers later', async () => {
    const { client } = await startAndConnect({
      verifyClient: async ({ req, secure }) => !secure && req.headers[':path'] === '/yes',
    });
    expect((await client.open({ ':path': '/yes' })).status).toBe(200);
    expect((await client.open({ ':path': '/no' })).status).toBe(401);
  });

  it('emits wsClientError for what is no handshake, and leaves the answer to its listener', async () => {
    const { client, server } = await startAndConnect();
    server.on('wsClientError', ({ message }, stream, request) => {
      expect(message).toContain('Sec-WebSocket-Version');
      expect(stream).toBe(request.stream);
      request.stream.respond({ ':status': 418 });
      stream.end();
    });
    expect((await client.open({ 'sec-websocket-version': '8' })).status).toBe(418);
  });

  it('negotiates permessage-deflate', async () => {
    const { client, sockets } = await startAndConnect({ perMessageDeflate: { threshold: 0 } });
    const { headers, peer } = await client.open({ 'sec-websocket-extensions': 'permessage-deflate' });
    expect(headers['sec-websocket-extensions']).toBe('permessage-deflate');
    expect(sockets[0]?.extensions).toBe('permessage-deflate');
    sockets[0]?.send('x'.repeat(1000));
    const frame = await peer.readFrame();
    expect(frame !== 'end' && frame.rsv1 && frame.payload.length < 100).toBe(true);
  });

  it('serves sessions as over HTTP/1.1', async () => {
    const { client, sockets } = await startAndConnect();
    const token = formatToken({ session: SESSION, secret: SECRET, attach: 1, received: null });
    const { headers, peer } = await client.open({ 'sec-websocket-protocol': `chat, ${token}` });
    expect(headers['sec-websocket-protocol']).toBe(token);
    const attached = await peer.readFrame();
    expect(String(attached !== 'end' && attached.payload)).toMatch(/^~attached .*"protocol":"chat"/);
    expect(sockets.map(({ transport }) => transport)).toEqual(['websocket']);
    // The same session goes on over HTTP.
    const path = `/?holdfast=${SESSION}`;
    const next = body(statement({ attach: 2, received: 0 }), control('from', 0), 'hello');
    const answer = await client.ask({ ':path': path, ':method': 'POST' }, next);
    expect(readWire(answer.body)).toEqual(['attached {"attach":2,"received":1}', '0:hello']);
    expect(sockets).toHaveLength(1);
  });

  it('does not send the request of an application another way', async () => {
    const { client } = await startAndConnect();
    expect(await client.ask({ ':path': '/a' })).toMatchObject({
      status: 200,
      body: Buffer.from('the application: /a'),
    });
  });
});

describe('the end of a socket on HTTP/2', () => {
  it('is the closing handshake, then END_STREAM from both', async () => {
    const { client, sockets } = await startAndConnect();
    const { peer, stream } = await client.open();
    const closed = once(sockets[0] as WebSocket, 'close');
    peer.write(clientFrame(OPCODE_CLOSE, Buffer.from([0x0b, 0xb8])));
    expect(await peer.readFrame()).toMatchObject({
      opcode: OPCODE_CLOSE,
      payload: Buffer.from([0x0b, 0xb8]),
    });
    await once(stream, 'end');
    stream.end();
    expect(await closed).toEqual([3000, Buffer.alloc(0)]);
    expect(stream.rstCode).toBe(NO_ERROR);
  });

  it('is ours to begin, too', async () => {
    const { client, sockets } = await startAndConnect();
    const { peer, stream } = await client.open();
    const closed = once(sockets[0] as WebSocket, 'close');
    sockets[0]?.close(1001, 'bye');
    expect(await peer.readFrame()).toMatchObject({ opcode: OPCODE_CLOSE });
    peer.write(clientFrame(OPCODE_CLOSE, Buffer.from('\x03\xe9bye', 'latin1')));
    expect(await peer.readFrame()).toBe('end');
    stream.end();
    expect(await closed).toEqual([1001, Buffer.from('bye')]);
  });

  it('is 1006 where the client ends its stream without a Close, and ours ends too', async () => {
    const { client, sockets } = await startAndConnect();
    const { peer, stream } = await client.open();
    const closed = once(sockets[0] as WebSocket, 'close');
    stream.end();
    expect(await peer.readFrame()).toBe('end');
    expect(await closed).toEqual([1006, Buffer.alloc(0)]);
  });

  it.each([
    ['CANCEL', CANCEL],
    ['NO_ERROR', NO_ERROR],
    ['INTERNAL_ERROR', 2],
  ])('is 1006 where the client resets its stream with %s, without an error', async (_name, code) => {
    const { client, sockets } = await startAndConnect();
    const onError = vi.fn();
    const { stream } = await client.open();
    const [socket] = sockets as [WebSocket];
    socket.on('error', onError);
    const closed = once(socket, 'close');
    stream.close(code);
    expect(await closed).toEqual([1006, Buffer.alloc(0)]);
    expect(onError).not.toHaveBeenCalled();
    expect((await client.open()).status).toBe(200);
  });

  it('comes to a paused socket whose client resets its stream', async () => {
    const { client, sockets } = await startAndConnect();
    const { stream, peer } = await client.open();
    const [socket] = sockets as [WebSocket];
    socket.pause();
    peer.write(clientFrame(OPCODE_TEXT, 'x'.repeat(1000)));
    const closed = once(socket, 'close');
    stream.close(CANCEL);
    expect(await closed).toEqual([1006, Buffer.alloc(0)]);
  });

  it('is RST_STREAM with CANCEL after terminate', async () => {
    const { client, sockets } = await startAndConnect();
    const { stream } = await client.open();
    const closed = once(sockets[0] as WebSocket, 'close');
    sockets[0]?.terminate();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(CANCEL);
    expect(await closed).toEqual([1006, Buffer.alloc(0)]);
  });

  it('is RST_STREAM with CANCEL where the client does not answer our Close in time', async () => {
    const { client, sockets } = await startAndConnect({ closeTimeout: 20 });
    const { stream } = await client.open();
    sockets[0]?.close();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(CANCEL);
  });

  it('comes to all at once where the connection breaks', async () => {
    const { client, sockets } = await startAndConnect();
    await Promise.all([client.open(), client.open(), client.open()]);
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
    client.destroy();
    expect(await closed).toEqual(Array(3).fill([1006, Buffer.alloc(0)]));
  });

  it('is not yet there after GOAWAY: streams that are open go on', async () => {
    const { client, sockets, http } = await startAndConnect();
    const { peer } = await client.open();
    const closed = once(client.session, 'goaway');
    for (const { http: each, sessions } of running) {
      if (each === http) for (const session of sessions) session.goaway(NO_ERROR);
    }
    await closed;
    peer.write(clientFrame(OPCODE_TEXT, 'still here'));
    await expectFrame(peer, OPCODE_TEXT, 'still here');
    const ended = once(sockets[0] as WebSocket, 'close');
    client.destroy();
    expect((await ended)[0]).toBe(1006);
  });
});

describe('flow control on HTTP/2', () => {
  it('leaves in bufferedAmount what the client does not take, and calls back once it does', async () => {
    const { client, sockets } = await startAndConnect();
    const { stream, peer } = await client.open();
    const [socket] = sockets as [WebSocket];
    const callback = vi.fn();
    stream.pause();
    const size = 1_000_000;
    socket.send(Buffer.alloc(size, 5), callback);
    // Behind it on the same connection: what could be sent before has been.
    await client.ask({ ':path': '/' });
    expect(socket.bufferedAmount).toBeGreaterThan(size / 2);
    expect(callback).not.toHaveBeenCalled();
    stream.resume();
    await expectFrame(peer, OPCODE_BINARY, Buffer.alloc(size, 5));
    await vi.waitFor(() => expect(callback).toHaveBeenCalled());
    expect(callback.mock.calls).toEqual([[undefined]]);
    expect(socket.bufferedAmount).toBe(0);
  });

  it('tells a callback when its data never left', async () => {
    const { client, sockets } = await startAndConnect();
    const { stream } = await client.open();
    stream.pause();
    const sent = new Promise((resolve) => sockets[0]?.send(Buffer.alloc(1_000_000), resolve));
    await client.ask({ ':path': '/' });
    stream.close(CANCEL);
    expect(await sent).toBeInstanceOf(Error);
  });

  it('slows down a client whose socket is paused, and it alone', async () => {
    const { client, sockets } = await startAndConnect();
    const { stream, peer } = await client.open();
    const [socket] = sockets as [WebSocket];
    socket.pause();
    const onMessage = vi.fn();
    socket.on('message', onMessage);
    const frame = clientFrame(OPCODE_BINARY, Buffer.alloc(100_000, 1));
    for (let sent = 0; sent < 20; sent++) stream.write(frame);
    const other = await client.open();
    other.peer.write(clientFrame(OPCODE_TEXT, 'fast'));
    await expectFrame(other.peer, OPCODE_TEXT, 'fast');
    expect(onMessage).not.toHaveBeenCalled();
    // No more than the windows of stream and socket has left.
    expect(stream.writableLength).toBeGreaterThan(1_000_000);
    socket.resume();
    for (let received = 0; received < 20; received++) {
      await expectFrame(peer, OPCODE_BINARY, Buffer.alloc(100_000, 1));
    }
  });

  it('keeps small messages as they are, however long they wait', async () => {
    const { client, sockets } = await startAndConnect();
    const { stream, peer } = await client.open();
    const [socket] = sockets as [WebSocket];
    stream.pause();
    const count = 2000;
    for (let number = 0; number < count; number++) {
      socket.send(`${number}:${'x'.repeat(100)}`);
      // Each in a turn of its own, so that the memory of one could be taken for the next.
      if (number % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    stream.resume();
    for (let number = 0; number < count; number++) {
      await expectFrame(peer, OPCODE_TEXT, `${number}:${'x'.repeat(100)}`);
    }
  });
});

describe('a CONNECT that is none of a WebSocket', () => {
  const OTHER = { ':method': 'CONNECT', ':protocol': 'connect-udp', ':path': '/' };
  const PLAIN = { ':method': 'CONNECT', ':authority': 'other.example:443' };

  it('is answered 501 where its :protocol is unknown, and 405 by Node where it has none', async () => {
    const { client } = await startAndConnect();
    expect((await client.ask(OTHER)).status).toBe(501);
    expect((await client.ask(PLAIN)).status).toBe(405);
  });

  it('is left to who listens to connect', async () => {
    const { client, http } = await startAndConnect();
    http.on('connect', (_request, response) => response.end('mine'));
    expect((await client.ask(OTHER)).body.toString()).toBe('mine');
    expect((await client.ask(PLAIN)).body.toString()).toBe('mine');
    expect((await client.open()).status).toBe(200);
  });
});

describe('a server whose application listens to streams', () => {
  async function startOnStreams(options: Http2Options = {}) {
    const http = createServer();
    const server = new WebSocketServer({ server: http, path: '/chat', ...options });
    http.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(`a stream: ${headers[':method']} ${headers[':path'] ?? ''}`);
    });
    return { http, server, client: await connect(await run(http)) };
  }

  it('takes WebSockets, requests of fallbacks and the client script alone', async () => {
    const { client, server } = await startOnStreams();
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const { status, peer } = await client.open({ ':path': '/chat' });
    expect(status).toBe(200);
    const answer = await client.ask(
      { ':method': 'POST', ':path': `/chat?holdfast=${SESSION}` },
      body(statement()),
    );
    expect(readWire(answer.body)[0]).toMatch(/^attached /);
    expect(onConnection.mock.calls.map(([, request]) => request.url)).toEqual([
      '/chat',
      `/chat?holdfast=${SESSION}`,
    ]);
    const script = await client.ask({ ':path': '/chat/holdfast.js' });
    expect(script.body.toString()).toBe('holdfast: no client script here\n');
    for (const path of ['/page', '/holdfast', '/chat/holdfast.css', '/other?holdfast=abc']) {
      expect((await client.ask({ ':path': path })).body.toString()).toBe(`a stream: GET ${path}`);
    }
    const other = await client.ask({ ':method': 'CONNECT', ':protocol': 'connect-udp', ':path': '/' });
    expect(other.body.toString()).toBe('a stream: CONNECT /');
    peer.write(clientFrame(OPCODE_CLOSE));
    expect(await peer.readFrame()).toMatchObject({ opcode: OPCODE_CLOSE });
  });

  it('leaves the handshakes of new sockets to it while it is closing', async () => {
    const { client, server } = await startOnStreams();
    await client.open({ ':path': '/chat' });
    server.close();
    const late = await client.open({ ':path': '/chat' });
    expect(await late.peer.readToEnd()).toBe('a stream: CONNECT /chat');
  });
});

describe('a server on HTTP/2 that is closing', () => {
  it('refuses handshakes where nobody else listens, lets its sockets go on, and closes with the last', async () => {
    const { client, server, http, sockets } = await startAndConnect();
    const { peer } = await client.open();
    const closed = once(server, 'close');
    server.close();
    expect((await client.open()).status).toBe(503);
    peer.write(clientFrame(OPCODE_TEXT, 'on'));
    await expectFrame(peer, OPCODE_TEXT, 'on');
    sockets[0]?.terminate();
    await closed;
    expect(http.listening).toBe(true);
    expect((await client.ask({ ':path': '/' })).status).toBe(200);
    // Its listeners are gone: Node answers for itself.
    expect((await client.open()).status).toBe(405);
  });
});

describe('handleUpgrade with a request of HTTP/2', () => {
  async function startByHand() {
    const http = createServer({ settings: { enableConnectProtocol: true } }, (_request, response) =>
      response.end(),
    );
    const server = new WebSocketServer<typeof WebSocket, typeof IncomingMessage, Http2Server>({
      noServer: true,
    });
    const port = await run(http);
    return { http, server, client: await connect(port) };
  }

  it('takes it with its stream', async () => {
    const { http, server, client } = await startByHand();
    http.on('connect', (request: Http2ServerRequest) => {
      server.handleUpgrade(request, request.stream, Buffer.alloc(0), (socket, handed) => {
        expect(handed).toBe(request);
        server.emit('connection', socket, handed);
        socket.send('hello');
      });
    });
    const { peer } = await client.open();
    await expectFrame(peer, OPCODE_TEXT, 'hello');
  });

  it('refuses another :protocol and a plain CONNECT', async () => {
    const { http, server, client } = await startByHand();
    const callback = vi.fn();
    http.on('connect', (request: Http2ServerRequest) => {
      server.handleUpgrade(request, request.stream, Buffer.alloc(0), callback);
    });
    const other = await client.open({ ':protocol': 'connect-udp' });
    expect([other.status, other.headers['allow']]).toEqual([405, 'CONNECT']);
    expect((await client.ask({ ':method': 'CONNECT', ':authority': 'a:1' })).status).toBe(405);
    expect(callback).not.toHaveBeenCalled();
  });

  it('throws when it is given the same stream twice', async () => {
    const { http, server, client } = await startByHand();
    const thrown = new Promise((resolve) => {
      http.on('connect', (request: Http2ServerRequest) => {
        const take = () => server.handleUpgrade(request, request.stream, Buffer.alloc(0), () => {});
        take();
        expect(take).toThrow('called twice');
        resolve(true);
      });
    });
    await client.open();
    expect(await thrown).toBe(true);
  });
});

describe('a secure server of HTTP/2 that allows HTTP/1.1', () => {
  // A shared key in place of a certificate.
  const key = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
  const tls = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
  const clientTls = {
    ...tls,
    pskCallback: () => ({ psk: key, identity: 'client' }),
    checkServerIdentity: () => undefined,
  };

  async function startSecure() {
    const http = createSecureServer({ ...tls, allowHTTP1: true, pskCallback: () => key }, (_, response) => {
      response.end('the application');
    });
    const server = new WebSocketServer({
      server: http,
      verifyClient: ({ secure, req }) => secure && req.headers['x-no'] === undefined,
    });
    const seen: string[] = [];
    server.on('connection', (socket, request) => {
      expectTypeOf(request.httpVersion).toBeString();
      seen.push(request.httpVersion);
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
    return { port: await run(http), seen };
  }

  it('takes Upgrades and extended CONNECTs beside each other, and knows its own pages by their scheme', async () => {
    const { port, seen } = await startSecure();
    const options = (origin: string): ClientOptions => ({
      origin,
      createConnection: () =>
        connectTls({ ...clientTls, port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'] }),
    });
    const upgraded = new WsClient(`wss://127.0.0.1:${port}`, options(`https://127.0.0.1:${port}`));
    await once(upgraded, 'open');
    upgraded.send('over 1.1');
    expect(String((await once(upgraded, 'message'))[0])).toBe('over 1.1');
    upgraded.terminate();

    const client = await Http2Client.connect(`https://127.0.0.1:${port}`, clientTls);
    clients.push(client);
    const { status, peer } = await client.open({ origin: `https://127.0.0.1:${port}` });
    expect(status).toBe(200);
    peer.write(clientFrame(OPCODE_TEXT, 'over 2'));
    await expectFrame(peer, OPCODE_TEXT, 'over 2');
    expect(seen).toEqual(['1.1', '2.0']);

    expect((await client.open({ ':authority': 'a.example', origin: 'http://a.example' })).status).toBe(403);
    const foreign = new WsClient(`wss://127.0.0.1:${port}`, options('http://127.0.0.1'));
    await expect(once(foreign, 'open')).rejects.toThrow('403');
  });
});
