import { once } from 'node:events';
import { createServer, get, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OPCODE_TEXT } from '@holdfast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ClientOptions, WebSocket as WsClient } from 'ws';
import { WebSocketServer } from '../src/server.ts';
import { WebSocket } from '../src/websocket.ts';
import { closeAll, IMPLEMENTATIONS, listen } from './beside-ws.ts';
import { clientFrame, RawClient, upgradeRequest } from './raw-client.ts';

const httpServers: (HttpServer | HttpsServer)[] = [];

afterEach(async () => {
  await closeAll();
  for (const server of httpServers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function httpServer(): Promise<{ http: HttpServer; port: number }> {
  const http = createServer().listen(0, '127.0.0.1');
  httpServers.push(http);
  await once(http, 'listening');
  return { http, port: (http.address() as AddressInfo).port };
}

/** The foreign peer. */
async function connect(
  port: number,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<WsClient> {
  const client = new WsClient(`ws://127.0.0.1:${port}/`, protocols, options);
  await once(client, 'open');
  return client;
}

/** The status line, and the whole of the response to `request`. */
async function respond(port: number, request: string): Promise<string> {
  const client = await RawClient.connect(port);
  client.write(request);
  const response = await client.readToEnd();
  client.socket.end();
  return response;
}

function closed(emitter: WsClient | WebSocketServer): Promise<unknown[]> {
  return once(emitter, 'close');
}

describe.each(IMPLEMENTATIONS)('a server of %s', (_name, Server) => {
  it('listens on a port of its own, says where, and calls back', async () => {
    const callback = vi.fn();
    const server = new Server({ port: 0, host: '127.0.0.1' }, callback);
    await once(server, 'listening');
    expect(callback).toHaveBeenCalledOnce();
    expect(server.address()).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
    await new Promise((resolve) => server.close(resolve));
    expect(server.address()).toBeNull();
  });

  it('speaks to a client of ws: text, binary, Pings, close', async () => {
    const { server, port } = await listen(Server);
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }));
    });
    const client = await connect(port);
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      for (const data of ['x'.repeat(size), Buffer.alloc(size, 1)]) {
        client.send(data);
        const [echo, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
        expect(isBinary).toBe(typeof data !== 'string');
        expect(echo.equals(Buffer.from(data))).toBe(true);
      }
    }
    client.ping('p');
    expect(await once(client, 'pong')).toEqual([Buffer.from('p')]);
    client.close(3000, 'bye');
    expect(await closed(client)).toEqual([3000, Buffer.from('bye')]);
  });

  it('emits connection with the socket and the request, whose messages are not missed', async () => {
    const { server, port } = await listen(Server);
    const message = new Promise<unknown>((resolve) => {
      server.on('connection', (socket, request) => {
        expect(request.headers['sec-websocket-version']).toBe('13');
        expect(server.clients.has(socket)).toBe(true);
        socket.on('message', resolve);
      });
    });
    await RawClient.open(port, clientFrame(OPCODE_TEXT, 'with the handshake'));
    expect(String(await message)).toBe('with the handshake');
  });

  it('keeps its open sockets in clients', async () => {
    const { server, port } = await listen(Server);
    const [first, second] = [await connect(port), await connect(port)];
    expect(server.clients.size).toBe(2);
    const [socket] = server.clients as unknown as [WebSocket];
    const gone = once(socket, 'close');
    first.close();
    await gone;
    expect(server.clients.size).toBe(1);
    second.terminate();
  });

  it('keeps none with clientTracking off', async () => {
    const { server, port, accepted } = await listen(Server, { clientTracking: false });
    const [socket] = await Promise.all([accepted(), connect(port)]);
    expect(server.clients).toBeUndefined();
    socket.terminate();
  });

  it('emits headers, whose lines listeners may change', async () => {
    const { server, port } = await listen(Server);
    server.on('headers', (lines, request) => lines.push(`X-Path: ${request.url}`));
    const client = new WsClient(`ws://127.0.0.1:${port}/a?b`);
    const opened = once(client, 'open');
    const [response] = (await once(client, 'upgrade')) as [IncomingMessage];
    expect(response.headers).toMatchObject({ 'x-path': '/a?b' });
    expect(response.headers['sec-websocket-accept']).toHaveLength(28);
    await opened;
    client.terminate();
  });

  it('chooses the first subprotocol', async () => {
    const { port, accepted } = await listen(Server);
    const [socket, client] = await Promise.all([accepted(), connect(port, ['b', 'a'])]);
    expect([socket.protocol, client.protocol]).toEqual(['b', 'b']);
    client.terminate();
  });

  it('lets handleProtocols choose, or decline', async () => {
    const handleProtocols = vi.fn((protocols: Set<string>) => (protocols.has('a') ? 'a' : false));
    const { port } = await listen(Server, { handleProtocols });
    const client = await connect(port, ['b', 'a']);
    expect(client.protocol).toBe('a');
    client.terminate();
    const raw = await RawClient.connect(port);
    raw.write(upgradeRequest({ 'Sec-WebSocket-Protocol': 'c' }));
    expect(await raw.readHead()).not.toContain('Sec-WebSocket-Protocol');
    const plain = await connect(port);
    expect(handleProtocols).toHaveBeenCalledTimes(2);
    plain.terminate();
    raw.socket.destroy();
  });

  it('makes sockets of the class it is given', async () => {
    class Special extends (Server === WebSocketServer
      ? WebSocket
      : (WsClient as unknown as typeof WebSocket)) {
      name = 'special';
    }
    const { port, accepted } = await listen(Server, { WebSocket: Special });
    const [socket, client] = await Promise.all([accepted(), connect(port)]);
    expect(socket).toMatchObject({ name: 'special' });
    expect(socket).toBeInstanceOf(Special);
    client.terminate();
  });

  it('refuses whom verifyClient refuses, with its status, fields and message', async () => {
    const { port } = await listen(Server, {
      verifyClient: ({ req }, callback) =>
        callback(req.url === '/in', 429, 'Slow down', { 'Retry-After': 120 }),
    });
    const response = await respond(port, upgradeRequest());
    expect(response).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
    expect(response).toContain('\r\nRetry-After: 120\r\n');
    expect(response).toMatch(/Slow down\n?$/);
    const client = new WsClient(`ws://127.0.0.1:${port}/in`);
    await once(client, 'open');
    client.terminate();
  });

  it('waits for a verifyClient that answers later', async () => {
    const { port } = await listen(Server, {
      verifyClient: (info, callback) => void setImmediate(callback, info.req.url === '/in'),
    });
    expect(await respond(port, upgradeRequest())).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    const client = new WsClient(`ws://127.0.0.1:${port}/in`);
    await once(client, 'open');
    client.terminate();
  });

  it('answers a plain request with 426', async () => {
    const { port } = await listen(Server);
    const response = await new Promise<IncomingMessage>((resolve) =>
      get({ port, host: '127.0.0.1' }, resolve),
    );
    expect(response.statusCode).toBe(426);
    response.resume();
  });

  it('emits wsClientError for what is no handshake, and leaves the answer to its listener', async () => {
    const { server, port } = await listen(Server);
    server.on('wsClientError', (error, socket, request) => {
      expect(error).toBeInstanceOf(Error);
      socket.end(`HTTP/1.1 418 ${request.url}\r\n\r\n`);
    });
    expect(await respond(port, upgradeRequest({ 'Sec-WebSocket-Key': 'x' }))).toBe('HTTP/1.1 418 /\r\n\r\n');
  });

  it('passes on the errors of its HTTP server', async () => {
    const { port } = await listen(Server);
    const second = new Server({ port, host: '127.0.0.1' });
    expect((await once(second, 'error'))[0]).toMatchObject({ code: 'EADDRINUSE' });
  });

  it('shares an HTTP server with its other listeners, and does not close it', async () => {
    const { http, port } = await httpServer();
    http.on('request', (_request, response) => response.end('another listener'));
    const server = new Server({ server: http });
    expect(server.address()).toEqual(http.address());
    const connection = once(server, 'connection');
    const client = await connect(port);
    await connection;
    const body = await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    expect(body).toBe('another listener');
    client.close();
    await new Promise((resolve) => server.close(resolve));
    expect(http.listening).toBe(true);
    expect(http.listenerCount('upgrade')).toBe(0);
  });

  it('serves several paths of one HTTP server with noServer', async () => {
    const { http, port } = await httpServer();
    const servers = { '/a': new Server({ noServer: true }), '/b': new Server({ noServer: true }) };
    http.on('upgrade', (request, socket, head) => {
      const server = servers[request.url as '/a'];
      server.handleUpgrade(request, socket, head, (ws, again) => {
        expect(again).toBe(request);
        ws.send(`from ${request.url}`);
      });
    });
    for (const path of ['/a', '/b'] as const) {
      const client = new WsClient(`ws://127.0.0.1:${port}${path}`);
      expect(String((await once(client, 'message'))[0])).toBe(`from ${path}`);
      expect(servers[path].clients.size).toBe(1);
      client.terminate();
    }
    expect(() => servers['/a'].address()).toThrow('noServer');
  });

  it('calls back from handleUpgrade before it returns', async () => {
    const { http, port } = await httpServer();
    const server = new Server({ noServer: true });
    const order: string[] = [];
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, () => order.push('callback'));
      order.push('returned');
    });
    const client = await connect(port);
    expect(order).toEqual(['callback', 'returned']);
    client.terminate();
  });

  it('throws when it is given the same socket twice', async () => {
    const { http, port } = await httpServer();
    const server = new Server({ noServer: true });
    const second = new Promise<unknown>((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        server.handleUpgrade(request, socket, head, () => {});
        try {
          server.handleUpgrade(request, socket, head, () => {});
          resolve(undefined);
        } catch (error) {
          resolve(error);
        }
      });
    });
    const client = await connect(port);
    await expect(second).resolves.toBeInstanceOf(Error);
    client.terminate();
  });

  it('closes when its last socket is closed, and says so once', async () => {
    const { port, server, accepted } = await listen(Server);
    const [socket, client] = await Promise.all([accepted(), connect(port)]);
    const onClose = vi.fn();
    server.on('close', onClose);
    const [first, second] = [vi.fn(), vi.fn()];
    server.close(first);
    server.close(second);
    await expect(connect(port)).rejects.toThrow();
    expect(socket.readyState).toBe(1);
    expect(onClose).not.toHaveBeenCalled();
    const end = closed(server);
    client.terminate();
    await end;
    expect(onClose).toHaveBeenCalledOnce();
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
    const error = await new Promise((resolve) => server.close(resolve));
    expect(error).toBeInstanceOf(Error);
  });

  it('closes with noServer when its last socket is closed', async () => {
    const { http, port } = await httpServer();
    const server = new Server({ noServer: true });
    http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, () => {}));
    const client = await connect(port);
    const onClose = vi.fn();
    server.close(onClose);
    await new Promise((resolve) => setImmediate(resolve));
    expect(onClose).not.toHaveBeenCalled();
    const end = closed(server);
    client.terminate();
    await end;
    expect(onClose).toHaveBeenCalledOnce();
    const unused = new Server({ noServer: true });
    unused.close();
    await closed(unused);
  });

  it('answers 503 while it is closing', async () => {
    const { http, port } = await httpServer();
    const server = new Server({ noServer: true });
    http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, () => {}));
    server.close();
    expect(await respond(port, upgradeRequest())).toMatch(/^HTTP\/1\.1 503 /);
  });

  it.each([{}, { noServer: true, port: 0 }])('does not start with the options %j', (options) => {
    expect(() => new Server(options)).toThrow(TypeError);
  });

  it('handles one path only with path, whatever the query', async () => {
    const { port, server } = await listen(Server, { path: '/ws' });
    const client = new WsClient(`ws://127.0.0.1:${port}/ws?a=1`);
    await once(client, 'open');
    client.terminate();
    expect(await respond(port, upgradeRequest({}, 'GET /ws/ HTTP/1.1'))).toMatch(/^HTTP\/1\.1 40\d /);
    const should = vi.spyOn(server, 'shouldHandle').mockReturnValue(true);
    await connect(port).then((any) => any.terminate());
    expect(should).toHaveBeenCalledOnce();
  });

  it('closes with 1009 beyond maxPayload', async () => {
    const { port, server } = await listen(Server, { maxPayload: 10 });
    server.on('connection', (socket) => socket.on('error', () => {}));
    const client = await connect(port);
    client.send('x'.repeat(11));
    expect((await closed(client))[0]).toBe(1009);
  });
});

describe('a server of ours, unlike one of ws', () => {
  it.each<[what: string, request: string, status: number]>([
    ['another method', upgradeRequest({}, 'POST / HTTP/1.1'), 405],
    ['HTTP/1.0', upgradeRequest({}, 'GET / HTTP/1.0'), 400],
    ['another protocol', upgradeRequest({ Upgrade: 'h2c' }), 400],
    ['no key', upgradeRequest({ 'Sec-WebSocket-Key': undefined }), 400],
    ['no version', upgradeRequest({ 'Sec-WebSocket-Version': undefined }), 426],
    ['version 8', upgradeRequest({ 'Sec-WebSocket-Version': '8' }), 426],
    ['a subprotocol twice', upgradeRequest({ 'Sec-WebSocket-Protocol': 'a, a' }), 400],
    ['a foreign Origin', upgradeRequest({ Origin: 'https://evil.example' }), 403],
    ['an opaque Origin', upgradeRequest({ Origin: 'null' }), 403],
    ['another path', upgradeRequest({}, 'GET /other HTTP/1.1'), 404],
  ])('refuses %s with its status and one line', async (_what, request, status) => {
    const { port, server } = await listen(WebSocketServer, { path: '/' });
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const [head, body] = (await respond(port, request)).split('\r\n\r\n') as [string, string];
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(body).toMatch(/^[^\n]+\n$/);
    expect(onConnection).not.toHaveBeenCalled();
  });

  it('says with 426 which version it knows', async () => {
    const { port } = await listen();
    const response = await respond(port, upgradeRequest({ 'Sec-WebSocket-Version': '25' }));
    expect(response).toContain('\r\nSec-WebSocket-Version: 13\r\n');
    expect(response).toContain('\r\nUpgrade: websocket\r\n');
  });

  it('lets pages of its own host in, and those listed', async () => {
    const { port } = await listen(WebSocketServer, { origins: ['https://app.example'] });
    for (const origin of [`http://127.0.0.1:${port}`, 'https://app.example']) {
      const client = await connect(port, [], { origin });
      client.terminate();
    }
  });

  it('cuts a client that does not finish the head of its request', async () => {
    const { port } = await listen(WebSocketServer, { handshakeTimeoutMs: 40 });
    expect(await respond(port, 'GET / HTTP/1.1\r\nHost: ')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('refuses a head that is too long', async () => {
    const { port } = await listen();
    expect(await respond(port, upgradeRequest({ 'X-Long': 'x'.repeat(20_000) }))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('answers 503 where verifyClient never does', async () => {
    const { port } = await listen(WebSocketServer, {
      handshakeTimeoutMs: 20,
      verifyClient: (_info, _callback) => {},
    });
    expect(await respond(port, upgradeRequest())).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('answers 500 and emits the error where verifyClient rejects', async () => {
    const error = new Error('database');
    const { port, server } = await listen(WebSocketServer, {
      verifyClient: (_info) => Promise.reject(error),
    });
    const emitted = once(server, 'error');
    expect(await respond(port, upgradeRequest())).toMatch(/^HTTP\/1\.1 500 /);
    expect(await emitted).toEqual([error]);
  });

  it.each<[what: string, options: ConstructorParameters<typeof WebSocketServer>[0]]>([
    [
      'verifyClient throws',
      {
        verifyClient: () => {
          throw new Error('bug');
        },
      },
    ],
    [
      'handleProtocols throws',
      {
        handleProtocols: () => {
          throw new Error('bug');
        },
      },
    ],
    ['handleProtocols returns what no header may hold', { handleProtocols: () => 'a\r\nbug: 1' }],
  ])('answers 500 where %s, and throws', async (_what, options) => {
    const { http, port } = await httpServer();
    const server = new WebSocketServer({ noServer: true, ...options });
    const thrown = new Promise<unknown>((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        try {
          server.handleUpgrade(request, socket, head, () => {});
        } catch (error) {
          resolve(error);
        }
      });
    });
    const response = await respond(port, upgradeRequest({ 'Sec-WebSocket-Protocol': 'a' }));
    expect(response).toMatch(/^HTTP\/1\.1 500 /);
    await expect(thrown).resolves.toHaveProperty('message', expect.stringContaining('bug'));
  });

  it('forgets a client that is gone before verifyClient answers', async () => {
    let answer: (result: boolean) => void = () => {};
    const asked = vi.fn();
    const { port, server } = await listen(WebSocketServer, {
      verifyClient: (_info, callback) => {
        answer = callback;
        asked();
      },
    });
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const upgrade = new Promise<import('node:stream').Duplex>((resolve) => {
      const handle = server.handleUpgrade.bind(server);
      vi.spyOn(server, 'handleUpgrade').mockImplementation((request, socket, head, callback) => {
        handle(request, socket, head, callback);
        resolve(socket);
      });
    });
    const client = await RawClient.connect(port);
    client.write(upgradeRequest());
    const socket = await upgrade;
    const gone = new Promise((resolve) => socket.on('close', resolve));
    client.socket.resetAndDestroy();
    socket.resume();
    await gone;
    answer(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(onConnection).not.toHaveBeenCalled();
  });

  it('speaks over TLS, and knows pages of its own host by their scheme', async () => {
    // A shared key in place of a certificate.
    const key = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
    const ciphers = 'PSK-AES128-GCM-SHA256';
    const https = createHttpsServer({ ciphers, maxVersion: 'TLSv1.2', pskCallback: () => key });
    httpServers.push(https);
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    const { port } = https.address() as AddressInfo;
    const server = new WebSocketServer({ server: https });
    server.on('connection', (socket) => {
      socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));
    });
    const options = (origin: string): ClientOptions => ({
      origin,
      createConnection: () =>
        connectTls({
          port,
          host: '127.0.0.1',
          ciphers,
          maxVersion: 'TLSv1.2',
          pskCallback: () => ({ psk: key, identity: 'client' }),
          checkServerIdentity: () => undefined,
        }),
    });
    const client = new WsClient(`wss://127.0.0.1:${port}`, options(`https://127.0.0.1:${port}`));
    await once(client, 'open');
    for (const size of [1, 1000, 300_000]) {
      client.send(Buffer.alloc(size, 3));
      const [echo] = (await once(client, 'message')) as [Buffer];
      expect(echo.equals(Buffer.alloc(size, 3))).toBe(true);
    }
    client.terminate();
    const foreign = new WsClient(`wss://127.0.0.1:${port}`, options(`http://127.0.0.1`));
    await expect(once(foreign, 'open')).rejects.toThrow('403');
  });

  it('survives peers that reset at any moment of the handshake', async () => {
    const { port } = await listen();
    const request = upgradeRequest();
    for (let length = 0; length <= request.length; length += 11) {
      const client = await RawClient.connect(port);
      client.write(request.slice(0, length));
      client.socket.resetAndDestroy();
    }
    const client = await connect(port);
    client.terminate();
  });

  it('sends its 101 and what listeners of connection send in one write', async () => {
    const { port, server } = await listen();
    server.on('connection', (socket) => socket.send('hello'));
    const client = await RawClient.connect(port);
    const chunk = once(client.socket, 'data');
    client.write(upgradeRequest());
    expect(String((await chunk)[0])).toMatch(/^HTTP\/1\.1 101 .*hello$/s);
    client.socket.destroy();
  });
});

describe('a server with sessions', () => {
  const TOKEN = `holdfast.v1.${'i'.repeat(16)}.${'s'.repeat(22)}.1.new`;

  it('attaches where a handshake offers it, and has the application choose from the other subprotocols', async () => {
    const handleProtocols = vi.fn(() => 'other');
    const { server, port } = await listen(WebSocketServer, { handleProtocols });
    const connection = once(server, 'connection');
    const client = new WsClient(`ws://127.0.0.1:${port}/`, ['chat', 'other', TOKEN]);
    expect(String((await once(client, 'message'))[0])).toMatch(/^~attached .*"protocol":"other"/);
    expect(client.protocol).toBe(TOKEN);
    const [socket] = (await connection) as [WebSocket];
    expect(socket).toMatchObject({ protocol: 'other', transport: 'websocket' });
    expect(handleProtocols.mock.calls).toEqual([[new Set(['chat', 'other']), expect.anything()]]);
    socket.send('through the session');
    expect(String((await once(client, 'message'))[0])).toBe('through the session');
    client.terminate();
  });

  it('asks about path and Origin first', async () => {
    const { port, server } = await listen(WebSocketServer, { path: '/ws' });
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const headers = { 'Sec-WebSocket-Protocol': TOKEN };
    expect(await respond(port, upgradeRequest(headers))).toMatch(/^HTTP\/1\.1 404 /);
    const foreign = { ...headers, Origin: 'https://evil.example' };
    expect(await respond(port, upgradeRequest(foreign, 'GET /ws HTTP/1.1'))).toMatch(/^HTTP\/1\.1 403 /);
    expect(onConnection).not.toHaveBeenCalled();
  });

  it('ends the connection where the application throws while it attaches', async () => {
    const { http, port } = await httpServer();
    const server = new WebSocketServer({
      noServer: true,
      handleProtocols: () => {
        throw new Error('bug');
      },
    });
    const thrown = new Promise<unknown>((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        try {
          server.handleUpgrade(request, socket, head, () => {});
        } catch (error) {
          resolve(error);
        }
      });
    });
    const client = await RawClient.connect(port);
    client.write(upgradeRequest({ 'Sec-WebSocket-Protocol': `chat, ${TOKEN}` }));
    await client.readToEnd();
    await expect(thrown).resolves.toHaveProperty('message', 'bug');
  });

  it('serves every other handshake as ever', async () => {
    const { port, accepted } = await listen();
    const [socket, client] = await Promise.all([accepted(), connect(port, ['chat'])]);
    expect(socket.protocol).toBe('chat');
    client.terminate();
  });

  it('chooses no attach as the subprotocol with fallbacks off', async () => {
    const { port, accepted } = await listen(WebSocketServer, { fallbacks: false });
    const [socket, client] = await Promise.all([accepted(), connect(port, [TOKEN, 'chat'])]);
    expect([socket.protocol, client.protocol]).toEqual(['chat', 'chat']);
    client.terminate();
  });

  it('takes requests of fallbacks alone from the HTTP server', async () => {
    const { http, port } = await httpServer();
    http.on('request', (_request, response) => response.end('another listener'));
    const server = new WebSocketServer({ server: http, path: '/ws' });
    const ask = async (path: string, method = 'GET'): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
      return `${response.status} ${await response.text()}`;
    };
    expect(await ask('/ws?holdfast=x', 'POST')).toMatch(/^400 holdfast: /);
    expect(await ask('/other?holdfast=x', 'POST')).toBe('200 another listener');
    expect(await ask('/ws', 'POST')).toBe('200 another listener');
    server.close();
    expect(await ask('/ws?holdfast=x', 'POST')).toBe('200 another listener');
  });
});
