import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LegacyDraft } from '../../src/legacy/handshake.ts';
import { WebSocketServer } from '../../src/server.ts';
import { closeAll, listen } from '../beside-ws.ts';
import { RawClient } from '../raw-client.ts';
import { CHALLENGE_RESPONSE, KEY_3, legacyRequest, RESPONSE_LINES, text } from './legacy-client.ts';

const DRAFTS: LegacyDraft[] = ['hixie-75', 'hixie-76'];

const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await closeAll();
});

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  clients.push(client);
  return client;
}

function head(draft: LegacyDraft): string {
  return `${RESPONSE_LINES[draft].join('\r\n')}\r\n\r\n`;
}

/** All that the server sends in answer to a handshake that it refuses. */
async function refusalOf(port: number, request: string): Promise<string> {
  const client = await connect(port);
  client.write(request);
  client.write(KEY_3);
  return client.readToEnd();
}

describe('a server with legacyHandshakes', () => {
  it('answers hixie-75 with the bytes of the draft, and with what is sent at once', async () => {
    const { server, port } = await listen(undefined, { legacyHandshakes: true });
    server.on('connection', (socket, request) => socket.send(`${socket.protocol} at ${request.url}`));
    const client = await connect(port);
    const chunk = once(client.socket, 'data');
    client.write(legacyRequest('hixie-75', { 'WebSocket-Protocol': 'sample' }));
    expect(String((await chunk)[0])).toBe(head('hixie-75') + text('sample at /demo'));
  });

  it('answers hixie-76 with the bytes of the draft, and what is sent at once behind them', async () => {
    const { server, port } = await listen(undefined, { legacyHandshakes: true });
    server.on('connection', (socket) => socket.send('hi'));
    const client = await connect(port);
    client.write(
      Buffer.concat([Buffer.from(legacyRequest('hixie-76', { 'Sec-WebSocket-Protocol': 'sample' })), KEY_3]),
    );
    expect(await client.readHead()).toBe(head('hixie-76'));
    expect((await client.readBytes(20)).toString('latin1')).toBe(`${CHALLENGE_RESPONSE}\0hi\xff`);
  });

  it('sends the head before the eight bytes have come, which may come one at a time, and a message with the last', async () => {
    const { server, port, accepted } = await listen(undefined, { legacyHandshakes: true });
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const client = await connect(port);
    client.write(legacyRequest('hixie-76'));
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 101 /);
    client.socket.setNoDelay();
    for (const byte of KEY_3.subarray(0, -1)) {
      await new Promise<void>((resolve) => client.socket.write(Buffer.of(byte), () => resolve()));
    }
    expect(onConnection).not.toHaveBeenCalled();
    const socket = accepted().then((socket) => once(socket, 'message'));
    client.write(Buffer.concat([KEY_3.subarray(-1), text('first')]));
    expect(String((await socket)[0])).toBe('first');
    expect((await client.readBytes(16)).toString('latin1')).toBe(CHALLENGE_RESPONSE);
  });

  it('cuts a client whose eight bytes do not come in time, or never', async () => {
    const { server, port } = await listen(undefined, { legacyHandshakes: true, handshakeTimeoutMs: 30 });
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const slow = await connect(port);
    slow.write(legacyRequest('hixie-76'));
    slow.write(KEY_3.subarray(0, 7));
    expect(await slow.readToEnd()).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\n$/s);
    const gone = await connect(port);
    gone.write(legacyRequest('hixie-76'));
    gone.socket.end();
    await gone.readToEnd();
    const reset = await connect(port);
    reset.write(legacyRequest('hixie-76'));
    await reset.readHead();
    reset.socket.resetAndDestroy();
    await once(reset.socket, 'close');
    expect(onConnection).not.toHaveBeenCalled();
    expect(server.clients.size).toBe(0);
  });

  it('serves clients of RFC 6455 beside them', async () => {
    const { port } = await listen(undefined, { legacyHandshakes: true });
    const client = await RawClient.open(port);
    clients.push(client);
    expect(
      await refusalOf(
        port,
        'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400 .*Sec-WebSocket-Key/s);
  });

  it.each(DRAFTS)('asks the same questions about %s', async (draft) => {
    const { port } = await listen(undefined, {
      legacyHandshakes: true,
      path: '/demo',
      verifyClient: ({ origin }) => origin !== 'http://unwelcome.example',
      origins: ['http://unwelcome.example'],
    });
    const status = async (changes: Record<string, string | undefined>, path?: string): Promise<string> =>
      (await refusalOf(port, legacyRequest(draft, changes, path))).slice(0, 12);
    expect(await status({}, '/elsewhere')).toBe('HTTP/1.1 404');
    expect(await status({ Origin: 'http://other.example' })).toBe('HTTP/1.1 403');
    expect(await status({ Origin: undefined })).toBe('HTTP/1.1 400');
    expect(await status({ Origin: 'http://unwelcome.example' })).toBe('HTTP/1.1 401');
  });

  it.each(DRAFTS)('lets handleProtocols choose, and headers be changed, of %s', async (draft) => {
    const handleProtocols = vi.fn((offered: Set<string>) => (offered.has('a,b') ? 'a,b' : false));
    const { server, port, accepted } = await listen(undefined, { legacyHandshakes: true, handleProtocols });
    server.on('headers', (lines) => lines.push('Set-Cookie: a=b'));
    const field = draft === 'hixie-75' ? 'WebSocket-Protocol' : 'Sec-WebSocket-Protocol';
    const client = await connect(port);
    const socket = accepted();
    client.write(legacyRequest(draft, { [field]: 'a,b' }));
    client.write(KEY_3);
    expect(await client.readHead()).toContain(`\r\n${field}: a,b\r\nSet-Cookie: a=b\r\n`);
    expect((await socket).protocol).toBe('a,b');
    const declined = await connect(port);
    declined.write(legacyRequest(draft, { [field]: 'c' }));
    declined.write(KEY_3);
    expect(await declined.readHead()).not.toContain('WebSocket-Protocol:');
  });

  it.each(DRAFTS)('takes no session by %s', async (draft) => {
    const { port, accepted } = await listen(undefined, { legacyHandshakes: true });
    const client = await connect(port);
    const field = draft === 'hixie-75' ? 'WebSocket-Protocol' : 'Sec-WebSocket-Protocol';
    const socket = accepted();
    client.write(
      legacyRequest(draft, { [field]: 'holdfast.v1.session-0123456789.secret-0123456789-0123456789.1' }),
    );
    client.write(KEY_3);
    expect(await client.readHead()).not.toContain('holdfast');
    expect((await socket).protocol).toBe('');
  });

  it('forgets a client whose eight bytes come after it has begun to close', async () => {
    const { server, port } = await listen(undefined, { legacyHandshakes: true });
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const client = await connect(port);
    client.write(legacyRequest('hixie-76'));
    await client.readHead();
    server.close();
    client.write(KEY_3);
    expect(await client.readToEnd()).toBe('');
    expect(onConnection).not.toHaveBeenCalled();
  });
});

describe('handleUpgrade with a handshake of 2010', () => {
  it('calls back before it returns where all of it has come, and throws when it is given the socket twice', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const server = new WebSocketServer({ noServer: true, legacyHandshakes: true });
    const outcome = new Promise<unknown[]>((resolve) => {
      http.on('upgrade', (request, socket) => {
        const callback = vi.fn();
        server.handleUpgrade(request, socket, KEY_3, callback);
        const { length } = callback.mock.calls;
        expect(() => server.handleUpgrade(request, socket, KEY_3, callback)).toThrow('called twice');
        resolve([length]);
      });
    });
    const client = await connect((http.address() as AddressInfo).port);
    client.write(legacyRequest('hixie-76'));
    expect(await outcome).toEqual([1]);
    client.socket.destroy();
    await new Promise((resolve) => http.close(resolve));
  });
});

describe('a server without legacyHandshakes', () => {
  it.each(DRAFTS)('refuses %s, and says which version it knows', async (draft) => {
    const { server, port } = await listen();
    const onConnection = vi.fn();
    server.on('connection', onConnection);
    const response = await refusalOf(port, legacyRequest(draft));
    expect(response).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(response).toContain('\r\nSec-WebSocket-Version: 13\r\n');
    expect(onConnection).not.toHaveBeenCalled();
  });
});
