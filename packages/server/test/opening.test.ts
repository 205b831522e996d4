import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { selfSignedCertificate } from '../../../scripts/self-signed-certificate.mjs';
import type { ClientOptions } from '../src/client-options.ts';
import { WebSocket } from '../src/websocket.ts';
import { type Asked, answer, endAnswering, response, switchingProtocols } from './answering-server.ts';
import { CLIENTS } from './beside-ws.ts';

const certificate = selfSignedCertificate();

const NOT_COMPRESSED: ClientOptions = { perMessageDeflate: false };

const GOODBYE = 'WebSocket was closed before the connection was established';

afterEach(endAnswering);

/** Of a Unix socket that nobody else has. */
function socketPath(): string {
  return join(tmpdir(), `holdfast-${process.pid}-${++socketPaths}.sock`);
}
let socketPaths = 0;

/** How an attempt ends: its events in their order, and the state in which they come. */
function outcome(client: WebSocket): Promise<string[]> {
  const events: string[] = [];
  client.on('open', () => events.push('open'));
  client.on('error', ({ message }) => events.push(`error in state ${client.readyState}: ${message}`));
  return new Promise((resolve) => {
    client.on('close', (code, reason) => {
      events.push(`close in state ${client.readyState}: ${code}${reason}`);
      resolve(events);
    });
  });
}

function failed(message: string): string[] {
  return [`error in state 2: ${message}`, 'close in state 3: 1006'];
}

/** An answer that only redirects. */
function redirect(location: string, status = '302 Found'): string {
  return response(status, { Location: location, 'Content-Length': '0', Connection: 'close' });
}

/** Of what was asked: the fields that are for one server alone. */
function secrets({ fields }: Asked): unknown {
  return ['authorization', 'cookie', 'host'].map((name) => fields.get(name));
}

describe.each(CLIENTS)('a client of %s', (_name, Client) => {
  describe('asking', () => {
    it('sends the fields of RFC 6455 §4.1', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      await once(new Client(`ws://127.0.0.1:${port}/chat?room=1`), 'open');
      const [{ line, fields }] = asked as [Asked];
      expect(line).toBe('GET /chat?room=1 HTTP/1.1');
      expect(Object.fromEntries(fields)).toMatchObject({
        host: `127.0.0.1:${port}`,
        upgrade: 'websocket',
        connection: 'Upgrade',
        'sec-websocket-version': '13',
      });
      expect(Buffer.from(fields.get('sec-websocket-key') as string, 'base64')).toHaveLength(16);
      expect(fields.has('sec-websocket-protocol')).toBe(false);
      expect(fields.has('origin')).toBe(false);
    });

    it.each<[what: string, more: unknown[], offered: string | undefined]>([
      ['none', [], undefined],
      ['an empty list', [[]], undefined],
      ['one', ['a'], 'a'],
      ['several', [['a', 'b']], 'a,b'],
      ['those of the options', [{ protocols: ['a', 'b'] }], 'a,b'],
      ['the one of the options', [{ protocols: 'a' }], 'a'],
      ['the parameter before the options', ['a', { protocols: ['b'] }], 'a'],
      ['those of the options behind undefined', [undefined, { protocols: ['b'] }], 'b'],
    ])('offers subprotocols: %s', async (_what, more, offered) => {
      const { port, asked } = await answer((request) =>
        switchingProtocols(request, {
          'Sec-WebSocket-Protocol': request.fields.get('sec-websocket-protocol')?.split(',')[0],
        }),
      );
      const arguments_ = [`ws://127.0.0.1:${port}`, ...more] as [string];
      await once(new Client(...arguments_), 'open');
      expect(asked[0]?.fields.get('sec-websocket-protocol')).toBe(offered);
    });

    it('sends headers and Origin as the options say, and none that would be no handshake', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      const headers = { 'X-Name': 'value', cookie: 'a=b', Host: 'example.com', connection: 'close' };
      await once(new Client(`ws://127.0.0.1:${port}`, { headers, origin: 'https://example.com' }), 'open');
      const [{ fields, names }] = asked as [Asked];
      expect(names).toContain('X-Name');
      expect(fields.get('cookie')).toBe('a=b');
      expect(fields.get('host')).toBe('example.com');
      expect(fields.get('connection')).toBe('Upgrade');
      expect(fields.get('origin')).toBe('https://example.com');
    });

    it('speaks of version 8 as its servers knew it', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      const options = { protocolVersion: 8, origin: 'https://example.com' };
      await once(new Client(`ws://127.0.0.1:${port}`, options), 'open');
      const [{ fields }] = asked as [Asked];
      expect(fields.get('sec-websocket-version')).toBe('8');
      expect(fields.get('sec-websocket-origin')).toBe('https://example.com');
      expect(fields.has('origin')).toBe(false);
    });

    it.each<[what: string, address: string, options: ClientOptions, authorization: string | undefined]>([
      ['nowhere', '', {}, undefined],
      ['the URL', 'us%20er:pass@', {}, 'us er:pass'],
      ['the options', '', { auth: 'user:pass' }, 'user:pass'],
      ['the URL, which goes before the options', 'a:b@', { auth: 'c:d' }, 'a:b'],
    ])('takes user and password from %s', async (_what, userinfo, options, authorization) => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      await once(new Client(`ws://${userinfo}127.0.0.1:${port}`, options), 'open');
      const basic = authorization && `Basic ${Buffer.from(authorization).toString('base64')}`;
      expect(asked[0]?.fields.get('authorization')).toBe(basic);
    });

    it('does not let options change what the address says', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      const options = {
        host: 'nowhere.invalid',
        hostname: 'nowhere.invalid',
        port: 1,
        path: '/other',
        socketPath: '/nowhere',
        method: 'POST',
        protocol: 'ftp:',
        timeout: 1,
      };
      await once(new Client(`ws://127.0.0.1:${port}/path`, options), 'open');
      expect(asked[0]?.line).toBe('GET /path HTTP/1.1');
    });

    it('lets finishRequest complete the header, and send it', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      const finishRequest = vi.fn((request: ClientRequest, socket: WebSocket) => {
        expect(socket.readyState).toBe(0);
        request.setHeader('X-Late', 'yes');
        setImmediate(() => request.end());
      });
      const client = new Client(`ws://127.0.0.1:${port}`, { finishRequest });
      expect(finishRequest).toHaveBeenCalledOnce();
      expect(finishRequest.mock.calls[0]?.[1]).toBe(client);
      await once(client, 'open');
      expect(asked[0]?.fields.get('x-late')).toBe('yes');
    });

    it('goes through an agent that keeps connections, and takes its own out of it', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const { port, asked } = await answer((request) => switchingProtocols(request));
      const clients = [1, 2].map(() => new Client(`ws://127.0.0.1:${port}`, { agent }));
      await Promise.all(clients.map((client) => once(client, 'open')));
      expect(asked).toHaveLength(2);
      expect([agent.sockets, agent.freeSockets, agent.requests]).toEqual([{}, {}, {}]);
    });

    it('connects by createConnection', async () => {
      const { port } = await answer((request) => switchingProtocols(request));
      const createConnection = vi.fn(() => connectTcp(port, '127.0.0.1'));
      await once(new Client('ws://example.invalid', { createConnection }), 'open');
      expect(createConnection).toHaveBeenCalledOnce();
    });

    it('connects to a Unix socket', async () => {
      const path = socketPath();
      const { asked } = await answer((request) => switchingProtocols(request), { path });
      await once(new Client(`ws+unix:${path}:/chat?a=b`), 'open');
      await once(new Client(`ws+unix:${path}`), 'open');
      expect(asked.map(({ line }) => line)).toEqual(['GET /chat?a=b HTTP/1.1', 'GET / HTTP/1.1']);
      expect(asked[0]?.fields.get('host')).toBe('localhost');
    });

    it('connects over TLS to a server whose certificate it trusts', async () => {
      const { port } = await answer((request) => switchingProtocols(request), { tls: certificate });
      await once(new Client(`wss://127.0.0.1:${port}`, { ca: certificate.cert }), 'open');
      await once(new Client(`https://127.0.0.1:${port}`, { rejectUnauthorized: false }), 'open');
    });

    it('does not connect to a server whose certificate it does not trust', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request), { tls: certificate });
      const client = new Client(`wss://127.0.0.1:${port}`);
      const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(asked).toEqual([]);
    });

    it('asks for the name in the address, whatever Host says, or for servername', async () => {
      const names: (string | false)[] = [];
      const SNICallback = (name: string, done: (error: null) => void): void => {
        names.push(name);
        done(null);
      };
      const { port } = await answer((request) => switchingProtocols(request), {
        tls: { ...certificate, SNICallback },
      });
      const options = { rejectUnauthorized: false, headers: { Host: 'other.example' } };
      await once(new Client(`wss://localhost:${port}`, options), 'open');
      await once(new Client(`wss://127.0.0.1:${port}`, { ...options, servername: 'named.example' }), 'open');
      await once(new Client(`wss://127.0.0.1:${port}`, options), 'open'); // no name for an IP address
      expect(names).toEqual(['localhost', 'named.example']);
    });
  });

  describe('answered well', () => {
    it('is OPEN, with what the server chose', async () => {
      const { port } = await answer((request) =>
        switchingProtocols(request, { 'Sec-WebSocket-Protocol': 'b' }),
      );
      const client = new Client(`http://127.0.0.1:${port}`, ['a', 'b']);
      expect(client).toMatchObject({ readyState: 0, protocol: '', url: `ws://127.0.0.1:${port}/` });
      await once(client, 'open');
      expect(client).toMatchObject({ readyState: 1, protocol: 'b', extensions: '', bufferedAmount: 0 });
    });

    it('emits upgrade with the response before open', async () => {
      const { port } = await answer((request) => switchingProtocols(request, { 'X-Answer': '42' }));
      const client = new Client(`ws://127.0.0.1:${port}`);
      const [answered] = (await once(client, 'upgrade')) as [IncomingMessage];
      expect(answered.headers['x-answer']).toBe('42');
    });

    it('emits what came with the 101 behind open, in order', async () => {
      const frames = Buffer.from([0x81, 1, 0x61, 0x89, 0, 0x82, 2, 0x62, 0x63, 0x88, 2, 0x0b, 0xb8]);
      const { port } = await answer((request, socket) => {
        socket.once('data', () => socket.end()); // the Pong, or the Close
        return Buffer.concat([Buffer.from(switchingProtocols(request)), frames]);
      });
      const client = new Client(`ws://127.0.0.1:${port}`);
      const seen: string[] = [];
      client.on('open', () => seen.push('open'));
      client.on('message', (data, isBinary) => seen.push(`${isBinary ? 'binary' : 'text'} ${data}`));
      client.on('ping', () => seen.push('ping'));
      const [code] = await once(client, 'close');
      expect(seen).toEqual(['open', 'text a', 'ping', 'binary bc']);
      expect(code).toBe(3000);
    });

    it('masks every frame, by the key that generateMask fills', async () => {
      const { port, sockets } = await answer((request) => switchingProtocols(request));
      const generateMask = (key: Buffer): void => {
        key.set([1, 2, 3, 4]);
      };
      const client = new Client(`ws://127.0.0.1:${port}`, { ...NOT_COMPRESSED, generateMask });
      await once(client, 'open');
      client.send('aaaaa');
      expect((await once(sockets[0] as Socket, 'data'))[0]).toEqual(
        Buffer.from([0x81, 0x85, 1, 2, 3, 4, ...[1, 2, 3, 4, 1].map((byte) => byte ^ 0x61)]),
      );
    });
  });

  describe('answered badly', () => {
    it.each<[message: string, changes: Record<string, string | undefined>, protocols: string[]]>([
      ['Invalid Upgrade header', { Upgrade: 'h2c' }, []],
      ['Invalid Sec-WebSocket-Accept header', { 'Sec-WebSocket-Accept': undefined }, []],
      ['Invalid Sec-WebSocket-Accept header', { 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }, []],
      ['Server sent no subprotocol', {}, ['a']],
      ['Server sent an invalid subprotocol', { 'Sec-WebSocket-Protocol': 'b' }, ['a']],
      ['Server sent an invalid subprotocol', { 'Sec-WebSocket-Protocol': 'a, b' }, ['a', 'b']],
      ['Server sent a subprotocol but none was requested', { 'Sec-WebSocket-Protocol': 'a' }, []],
      [
        'Server sent a Sec-WebSocket-Extensions header but no extension was requested',
        { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
        [],
      ],
    ])('fails with "%s" upon a 101 with %j', async (message, changes, protocols) => {
      const { port, sockets } = await answer((request) => switchingProtocols(request, changes));
      const client = new Client(`ws://127.0.0.1:${port}`, protocols, NOT_COMPRESSED);
      expect(await outcome(client)).toEqual(failed(message));
      expect(client.protocol).toBe('');
      await once(sockets[0] as Socket, 'close');
    });

    it.each(['200 OK', '304 Not Modified', '401 Unauthorized', '404 Not Found', '503 Service Unavailable'])(
      'fails upon %s, and says the number',
      async (status) => {
        const { port, sockets } = await answer(() => response(status, { 'Content-Length': '0' }));
        const client = new Client(`ws://127.0.0.1:${port}`);
        expect(await outcome(client)).toEqual(failed(`Unexpected server response: ${status.slice(0, 3)}`));
        await once(sockets[0] as Socket, 'close');
      },
    );

    it('fails upon 426 that names the protocol, which is no 101', async () => {
      const { port } = await answer(() =>
        response('426 Upgrade Required', { Upgrade: 'websocket', Connection: 'Upgrade' }),
      );
      expect(await outcome(new Client(`ws://127.0.0.1:${port}`))).toEqual(
        failed('Unexpected server response: 426'),
      );
    });

    it('leaves another answer to the listener of unexpected-response', async () => {
      const { port } = await answer(
        () => `${response('403 Forbidden', { 'Content-Length': '6', Connection: 'close' })}reason`,
      );
      const client = new Client(`ws://127.0.0.1:${port}`);
      const [request, answered] = (await once(client, 'unexpected-response')) as [
        ClientRequest,
        IncomingMessage,
      ];
      expect(answered.statusCode).toBe(403);
      expect(request.getHeader('upgrade')).toBe('websocket');
      let body = '';
      for await (const chunk of answered) body += chunk;
      expect(body).toBe('reason');
      expect(client.readyState).toBe(0);
      const ended = outcome(client);
      client.close();
      expect(await ended).toEqual(failed(GOODBYE));
    });

    it('says whatever is wrong with the network', async () => {
      const { port } = await answer(() => undefined);
      await endAnswering();
      const client = new Client(`ws://127.0.0.1:${port}`);
      const ended = outcome(client);
      const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
      expect(await ended).toHaveLength(2);
    });

    it.each<[what: string, bytes: string, code: string]>([
      ['is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'HPE_INVALID_CONSTANT'],
      [
        'has too long a head',
        response('101 Switching Protocols', { X: 'x'.repeat(20_000) }),
        'HPE_HEADER_OVERFLOW',
      ],
    ])('fails upon what %s', async (_what, bytes, code) => {
      const { port } = await answer(() => bytes);
      const [error] = await once(new Client(`ws://127.0.0.1:${port}`), 'error');
      expect(error.code).toBe(code);
    });

    it('fails where TCP ends without an answer', async () => {
      const { port } = await answer((_request, socket) => {
        socket.end();
        return undefined;
      });
      expect(await outcome(new Client(`ws://127.0.0.1:${port}`))).toEqual(failed('socket hang up'));
    });

    it('fails where nothing comes within handshakeTimeout', async () => {
      const { port } = await answer(() => undefined);
      const client = new Client(`ws://127.0.0.1:${port}`, { handshakeTimeout: 20 });
      expect(await outcome(client)).toEqual(failed('Opening handshake has timed out'));
    });
  });

  describe('closed while CONNECTING', () => {
    it.each(['close', 'terminate'] as const)('gives up by %s, once', async (verb) => {
      const { port } = await answer(() => undefined);
      const client = new Client(`ws://127.0.0.1:${port}`);
      const ended = outcome(client);
      client[verb]();
      expect(client.readyState).toBe(2);
      client[verb]();
      expect(await ended).toEqual(failed(GOODBYE));
      client[verb]();
    });

    it('gives up when the request is under way', async () => {
      const { port, sockets } = await answer(() => {
        client.close();
        return undefined;
      });
      const client = new Client(`ws://127.0.0.1:${port}`);
      expect(await outcome(client)).toEqual(failed(GOODBYE));
      await once(sockets[0] as Socket, 'close');
    });

    it.each(['close', 'terminate'] as const)('gives up by %s from a listener of upgrade', async (verb) => {
      const { port, sockets } = await answer((request) => switchingProtocols(request));
      const client = new Client(`ws://127.0.0.1:${port}`);
      client.on('upgrade', () => client[verb]());
      expect(await outcome(client)).toEqual(failed(GOODBYE));
      await once(sockets[0] as Socket, 'close');
    });

    it('is afterwards like any socket that is closed', async () => {
      const { port } = await answer(() => undefined);
      const client = new Client(`ws://127.0.0.1:${port}`);
      expect(() => client.send('x')).toThrow('WebSocket is not open: readyState 0 (CONNECTING)');
      const ended = outcome(client);
      client.close();
      const late = new Promise<Error | undefined>((resolve) => client.send('1234', resolve));
      expect((await late)?.message).toBe('WebSocket is not open: readyState 2 (CLOSING)');
      await ended;
      const later = new Promise<Error | undefined>((resolve) => client.ping('56', resolve));
      expect((await later)?.message).toBe('WebSocket is not open: readyState 3 (CLOSED)');
      expect(client).toMatchObject({ bufferedAmount: 6, protocol: '', extensions: '', readyState: 3 });
      client.pause();
      client.resume();
      expect(client.isPaused).toBe(false);
    });
  });

  describe('redirected', () => {
    it('fails, unless it is to follow', async () => {
      const { port } = await answer(() => redirect('/elsewhere'));
      expect(await outcome(new Client(`ws://127.0.0.1:${port}`))).toEqual(
        failed('Unexpected server response: 302'),
      );
    });

    it.each([
      '301 Moved Permanently',
      '302 Found',
      '303 See Other',
      '307 Temporary Redirect',
      '308 Permanent Redirect',
    ])('follows %s', async (status) => {
      const { port, asked } = await answer((request) =>
        request.line.includes('/end') ? switchingProtocols(request) : redirect('/end?a=b', status),
      );
      const client = new Client(`ws://127.0.0.1:${port}/start`, { followRedirects: true });
      const redirected = vi.fn();
      client.on('redirect', redirected);
      await once(client, 'open');
      expect(client.url).toBe(`ws://127.0.0.1:${port}/end?a=b`);
      expect(redirected).toHaveBeenCalledOnce();
      expect(redirected.mock.calls[0]?.[0]).toBe(client.url);
      expect(asked.map(({ line }) => line)).toEqual(['GET /start HTTP/1.1', 'GET /end?a=b HTTP/1.1']);
      expect(new Set(asked.map(({ fields }) => fields.get('sec-websocket-key'))).size).toBe(2);
    });

    it('asks each server for the same subprotocols, by finishRequest where that is given', async () => {
      const { port, asked } = await answer((request) =>
        request.line.includes('/end')
          ? switchingProtocols(request, { 'Sec-WebSocket-Protocol': 'a' })
          : redirect('/end'),
      );
      const finishRequest = vi.fn((request: ClientRequest) => {
        request.end();
      });
      const client = new Client(`ws://127.0.0.1:${port}`, 'a', { followRedirects: true, finishRequest });
      await once(client, 'open');
      expect(asked.map(({ fields }) => fields.get('sec-websocket-protocol'))).toEqual(['a', 'a']);
      expect(finishRequest).toHaveBeenCalledTimes(2);
    });

    it('fails after maxRedirects', async () => {
      const { port, asked } = await answer(() => redirect('/again'));
      const options = { followRedirects: true, maxRedirects: 2 };
      expect(await outcome(new Client(`ws://127.0.0.1:${port}`, options))).toEqual(
        failed('Maximum redirects exceeded'),
      );
      expect(asked).toHaveLength(3);
    });

    it.each([
      ['http://', 'Invalid URL: http://'],
      ['ws://127.0.0.1#fragment', 'The URL contains a fragment identifier'],
    ])('fails upon the location %s', async (location, message) => {
      const { port } = await answer(() => redirect(location));
      const client = new Client(`ws://127.0.0.1:${port}`, { followRedirects: true });
      const ended = outcome(client);
      const [error] = await once(client, 'error');
      expect(error).toBeInstanceOf(SyntaxError);
      expect(await ended).toEqual(failed(message));
    });

    it('fails upon a location of another scheme', async () => {
      const { port } = await answer(() => redirect('ftp://127.0.0.1'));
      const [error] = await once(new Client(`ws://127.0.0.1:${port}`, { followRedirects: true }), 'error');
      expect(error).toBeInstanceOf(SyntaxError);
      expect(error.message).toMatch(/protocol must be one of/);
    });

    it('gives up by close from a listener of redirect', async () => {
      const { port } = await answer(() => redirect('/again'));
      const client = new Client(`ws://127.0.0.1:${port}`, { followRedirects: true });
      client.on('redirect', () => client.close());
      expect(await outcome(client)).toEqual(failed(GOODBYE));
    });

    const OPTIONS: ClientOptions = {
      followRedirects: true,
      auth: 'user:pass',
      headers: { Cookie: 'a=b', Host: 'host.example' },
    };
    const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`;

    it('keeps Authorization, Cookie and Host on the same host', async () => {
      const { port, asked } = await answer((request) =>
        request.line.includes('/end') ? switchingProtocols(request) : redirect('/end'),
      );
      await once(new Client(`ws://127.0.0.1:${port}`, OPTIONS), 'open');
      expect(asked.map(secrets)).toEqual(Array(2).fill([BASIC, 'a=b', 'host.example']));
    });

    it('leaves them out for another host, and has them again on the way back', async () => {
      const other = await answer((request) =>
        request.line.includes('/end') ? switchingProtocols(request) : redirect(`ws://127.0.0.1:${port}/back`),
      );
      const { port, asked } = await answer((request) =>
        request.line.includes('/back')
          ? switchingProtocols(request)
          : redirect(`ws://127.0.0.1:${other.port}`),
      );
      await once(new Client(`ws://127.0.0.1:${port}`, OPTIONS), 'open');
      expect(other.asked.map(secrets)).toEqual([[undefined, undefined, `127.0.0.1:${other.port}`]]);
      expect(asked.map(secrets)).toEqual(Array(2).fill([BASIC, 'a=b', 'host.example']));
    });

    it('leaves out what the location brings for another host, too', async () => {
      const other = await answer((request) => switchingProtocols(request));
      const { port } = await answer(() => redirect(`ws://a:b@127.0.0.1:${other.port}`));
      await once(new Client(`ws://127.0.0.1:${port}`, { followRedirects: true }), 'open');
      expect(other.asked[0]?.fields.has('authorization')).toBe(false);
    });

    it('takes user and password from the location of the same host, where there were none', async () => {
      const { port, asked } = await answer((request) =>
        request.line.includes('/end')
          ? switchingProtocols(request)
          : redirect(`ws://user:pass@127.0.0.1:${port}/end`),
      );
      await once(new Client(`ws://127.0.0.1:${port}`, { followRedirects: true }), 'open');
      expect(asked.map(({ fields }) => fields.get('authorization'))).toEqual([undefined, BASIC]);
    });

    it('leaves out Authorization and Cookie where TLS is left', async () => {
      const plain = await answer((request) => switchingProtocols(request));
      const { port } = await answer(() => redirect(`ws://127.0.0.1:${plain.port}`), { tls: certificate });
      const options = { ...OPTIONS, ca: certificate.cert };
      await once(new Client(`wss://127.0.0.1:${port}`, options), 'open');
      expect(plain.asked[0]?.fields.has('authorization')).toBe(false);
      expect(plain.asked[0]?.fields.has('cookie')).toBe(false);
    });

    it('leaves them out on the way from IPC to the network, but not to the same socket', async () => {
      const { port, asked } = await answer((request) => switchingProtocols(request));
      const path = socketPath();
      const local = await answer(
        (request) =>
          request.line.includes('/start')
            ? redirect(`ws+unix:${path}:/more`)
            : redirect(`ws://127.0.0.1:${port}`),
        { path },
      );
      await once(new Client(`ws+unix:${path}:/start`, OPTIONS), 'open');
      expect(local.asked.map(secrets)).toEqual(Array(2).fill([BASIC, 'a=b', 'host.example']));
      expect(asked.map(secrets)).toEqual([[undefined, undefined, `127.0.0.1:${port}`]]);
    });

    it('keeps everything where someone listens to redirect, who may take it out', async () => {
      const other = await answer((request) => switchingProtocols(request));
      const { port } = await answer(() => redirect(`ws://127.0.0.1:${other.port}`));
      const client = new Client(`ws://127.0.0.1:${port}`, OPTIONS);
      client.on('redirect', (_url, request) => {
        expect(request.getHeader('authorization')).toBe(BASIC);
        request.removeHeader('cookie');
      });
      await once(client, 'open');
      expect(other.asked.map(secrets)).toEqual([[BASIC, undefined, 'host.example']]);
    });
  });

  it.each<[what: string, error: typeof Error, address: unknown, more: unknown[]]>([
    ['no address', SyntaxError, undefined, []],
    ['an address that is no URL', SyntaxError, 'example.com', []],
    ['another scheme', SyntaxError, 'ftp://example.com', []],
    ['a fragment', SyntaxError, 'ws://example.com/#a', []],
    ['a subprotocol that is no token', SyntaxError, 'ws://example.com', ['a b']],
    ['a subprotocol that is no string', SyntaxError, 'ws://example.com', [[1]]],
    ['null for subprotocols', SyntaxError, 'ws://example.com', [null, {}]],
    ['a subprotocol twice', SyntaxError, 'ws://example.com', [['a', 'a']]],
    ['an unknown version', RangeError, 'ws://example.com', [{ protocolVersion: 14 }]],
    ['a header that ends itself', TypeError, 'ws://example.com', [{ headers: { X: 'a\r\nY: b' } }]],
  ])('throws at once for %s', (_what, error, address, more) => {
    expect(() => new Client(...([address, ...more] as [string]))).toThrow(error);
  });
});

describe('a client', () => {
  it('names the field that a 101 lacks, though Node takes it for a response', async () => {
    for (const name of ['Upgrade', 'Connection']) {
      const { port } = await answer((request) => switchingProtocols(request, { [name]: undefined }));
      expect(await outcome(new WebSocket(`ws://127.0.0.1:${port}`))).toEqual(
        failed(`Invalid ${name} header`),
      );
    }
  });

  it('has one code for all answers that are no handshake', async () => {
    const { port } = await answer(() => response('404 Not Found', { 'Content-Length': '0' }));
    const [error] = await once(new WebSocket(`ws://127.0.0.1:${port}`), 'error');
    expect(error.code).toBe('HOLDFAST_ERR_OPENING_HANDSHAKE');
  });

  it('does not follow a redirect from the network to IPC', async () => {
    const path = socketPath();
    const local = await answer((request) => switchingProtocols(request), { path });
    const { port } = await answer(() => redirect(`ws+unix:${path}`));
    expect(await outcome(new WebSocket(`ws://127.0.0.1:${port}`, { followRedirects: true }))).toEqual(
      failed('A redirect must not lead from the network to IPC'),
    );
    expect(local.sockets).toEqual([]);
  });

  it('fails, and does not throw from nowhere, where the options do not fit the address of a redirect', async () => {
    const { port } = await answer(() => redirect('wss://127.0.0.1:1'));
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { followRedirects: true, agent: new Agent() });
    const [error] = await once(client, 'error');
    expect(error.code).toBe('ERR_INVALID_PROTOCOL');
  });

  it('connects over TLS on a Unix socket', async () => {
    const path = socketPath();
    const { asked } = await answer((request) => switchingProtocols(request), { path, tls: certificate });
    await once(new WebSocket(`wss+unix:${path}:/chat`, { rejectUnauthorized: false }), 'open');
    expect(asked[0]?.line).toBe('GET /chat HTTP/1.1');
  });

  it('has no time for a server that answers byte by byte, either', async () => {
    const { port } = await answer((_request, socket) => {
      const drip = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(drip));
      return 'HTTP/1.1 101 Switching Protocols\r\nX-Long: ';
    });
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { handshakeTimeout: 50 });
    expect(await outcome(client)).toEqual(failed('Opening handshake has timed out'));
  });

  describe('with handshakeTimeout', () => {
    beforeEach(() => {
      // Those of sockets are Node's own, and stay real.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });

    afterEach(() => {
      vi.useRealTimers();
    });

    it('is left alone once it is open', async () => {
      const { port } = await answer((request) => switchingProtocols(request));
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { handshakeTimeout: 20 });
      await once(client, 'open');
      vi.advanceTimersByTime(1000);
      expect(client.readyState).toBe(1);
    });

    it('has the time for each of its requests anew', async () => {
      const { port } = await answer((request) => {
        if (request.line.includes('/end')) return undefined;
        vi.advanceTimersByTime(19);
        return redirect('/end');
      });
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { followRedirects: true, handshakeTimeout: 20 });
      const ended = outcome(client);
      await once(client, 'redirect');
      vi.advanceTimersByTime(19);
      expect(client.readyState).toBe(0);
      vi.advanceTimersByTime(1);
      expect(await ended).toEqual(failed('Opening handshake has timed out'));
    });

    it('lets who reads an unexpected response take time while something comes, and no longer', async () => {
      const { port } = await answer(() => `${response('403 Forbidden', { 'Content-Length': '100' })}body`);
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { handshakeTimeout: 20 });
      const ended = outcome(client);
      const [, answered] = (await once(client, 'unexpected-response')) as [ClientRequest, IncomingMessage];
      answered.on('error', () => {}); // it will be cut off
      expect(String((await once(answered, 'data'))[0])).toBe('body');
      vi.advanceTimersByTime(1000);
      expect(client.readyState).toBe(0);
      expect(await ended).toEqual(failed('Opening handshake has timed out'));
    });
  });

  it('emits error for a failed attempt even where nobody listens, and close nevertheless', async () => {
    const { port } = await answer(() => response('404 Not Found', { 'Content-Length': '0' }));
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught = vi.fn();
    process.once('uncaughtException', uncaught);
    try {
      const client = new WebSocket(`ws://127.0.0.1:${port}`);
      await new Promise((resolve) => client.on('close', resolve));
    } finally {
      process.off('uncaughtException', uncaught);
      for (const listener of others) process.on('uncaughtException', listener);
    }
    expect(uncaught.mock.calls[0]?.[0].message).toBe('Unexpected server response: 404');
  });

  it('lets a message that came with the 101 wait for one who awaited open', async () => {
    const { port } = await answer((request) =>
      Buffer.concat([Buffer.from(switchingProtocols(request)), Buffer.from([0x81, 1, 0x61])]),
    );
    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(client, 'open');
    const [data] = await once(client, 'message');
    expect(String(data)).toBe('a');
  });
});
