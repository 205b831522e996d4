/** What ws documents of its client: addresses, options, and the events of opening. */
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedCertificate } from '../../../../scripts/self-signed-certificate.mjs';
import type { ClientOptions } from '../../src/index.ts';
import { type Asked, response, switchingProtocols } from '../answering-server.ts';
import { type Case, closed, thrown, type World } from './contract.ts';

const certificate = selfSignedCertificate();

/** Of a Unix socket that nobody else has. */
function socketPath(): string {
  return join(tmpdir(), `holdfast-contract-${process.pid}-${++socketPaths}.sock`);
}
let socketPaths = 0;

/** The fields of the request that a client with these options sends. */
async function fieldsOf(world: World, options: ClientOptions, names: string[]): Promise<unknown> {
  const { asked } = await world.clientOf((request) => switchingProtocols(request), options);
  return names.map((name) => asked[0]?.fields.get(name));
}

/** The bytes a server sends behind its answer → how the client takes them: what it emits, what it answers. */
async function taken(world: World, bytes: number[], options: ClientOptions): Promise<unknown[]> {
  const seen: unknown[] = [];
  const { port } = await world.answer((asked, stream) => {
    stream.on('data', (chunk: Buffer) => {
      // Frames that are masked and short.
      for (let at = 0; at < chunk.length; at += 6 + (chunk.readUInt8(at + 1) & 0x7f)) {
        const opcode = chunk.readUInt8(at) & 0x0f;
        seen.push(`answers ${opcode}`);
        if (opcode === 8) stream.end();
      }
    });
    return Buffer.concat([Buffer.from(switchingProtocols(asked)), Buffer.from(bytes)]);
  });
  const client = world.connect(`ws://127.0.0.1:${port}`, [], { perMessageDeflate: false, ...options });
  client.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code));
  client.on('message', (data) => seen.push(`message of ${(data as Buffer).length}`));
  client.on('ping', () => seen.push('ping'));
  await closed(client);
  return seen;
}

/** A Close without a code, with which a server says that this is all. */
const CLOSE = [0x88, 0];

function redirect(location: string): string {
  return response('302 Found', { Location: location, 'Content-Length': '0', Connection: 'close' });
}

/** How an attempt ends. */
async function failure(client: ReturnType<World['connect']>): Promise<unknown> {
  const ended = closed(client).catch(() => 'never');
  const message = await new Promise((resolve) => client.on('error', (error) => resolve(error.message)));
  return [message, await ended];
}

export const CLIENT_CASES: Case[] = [
  {
    of: 'client address',
    name: 'is a string or a URL, of ws:, wss:, http: or https:',
    run: async (world) => {
      const { port } = await world.answer((asked) => switchingProtocols(asked));
      const urls: string[] = [];
      for (const scheme of ['ws', 'http']) {
        const client = new world.side.WebSocket(new URL(`${scheme}://127.0.0.1:${port}/a?b`));
        await once(client, 'open');
        urls.push(client.url.replace(`${port}`, 'PORT'));
        client.terminate();
      }
      return urls;
    },
    expected: ['ws://127.0.0.1:PORT/a?b', 'ws://127.0.0.1:PORT/a?b'],
  },
  {
    of: 'client address',
    name: 'throws a SyntaxError where it is none',
    run: ({ side: { WebSocket } }) =>
      ['', 'example.com', 'ftp://example.com', 'ws://example.com#a', 'ws+unix:'].map((address) =>
        thrown(() => new WebSocket(address))?.slice(0, 'SyntaxError: '.length + 11),
      ),
    expected: [
      'SyntaxError: Invalid URL',
      'SyntaxError: Invalid URL',
      "SyntaxError: The URL's p",
      'SyntaxError: The URL con',
      "SyntaxError: The URL's p",
    ],
  },
  {
    of: 'client protocols',
    name: 'are offered, and one of them has to be chosen',
    run: async (world) => {
      const { port, asked } = await world.answer((request) => switchingProtocols(request));
      const client = world.connect(`ws://127.0.0.1:${port}`, ['a', 'b']);
      const ended = await failure(client);
      const invalid = thrown(() => world.connect('ws://127.0.0.1', ['a', 'a']));
      return [asked[0]?.fields.get('sec-websocket-protocol'), ended, invalid];
    },
    expected: [
      'a,b',
      ['Server sent no subprotocol', '1006'],
      'SyntaxError: An invalid or duplicated subprotocol was specified',
    ],
  },
  {
    of: 'client option allowSynchronousEvents',
    name: 'is taken, and events keep their order',
    run: (world) =>
      taken(world, [0x81, 1, 0x61, 0x89, 0, 0x81, 2, 0x61, 0x61, ...CLOSE], {
        allowSynchronousEvents: false,
        autoPong: false,
      }),
    expected: ['message of 1', 'ping', 'message of 2', 'answers 8'],
  },
  {
    of: 'client option autoPong',
    name: 'answers Pings unless it is off',
    run: async (world) => [
      (await taken(world, [0x89, 0, ...CLOSE], {})).slice(0, 2).sort(),
      await taken(world, [0x89, 0, ...CLOSE], { autoPong: false }),
    ],
    expected: [
      ['answers 10', 'ping'],
      ['ping', 'answers 8'],
    ],
  },
  {
    of: 'client option closeTimeout',
    name: 'ends a closing handshake that the server does not answer',
    run: async (world) => {
      const { client } = await world.clientOf((asked) => switchingProtocols(asked), { closeTimeout: 20 });
      const end = closed(client);
      client.close();
      return end;
    },
    expected: '1006',
  },
  {
    of: 'client option finishRequest',
    name: 'completes the header of each request, and sends it',
    run: (world) =>
      fieldsOf(
        world,
        {
          finishRequest: (request, socket) => {
            request.setHeader('X-State', String(socket.readyState));
            request.end();
          },
        },
        ['x-state'],
      ),
    expected: ['0'],
  },
  {
    of: 'client option followRedirects',
    name: 'follows redirects, and leaves what is secret behind where the host changes',
    run: async (world) => {
      const other = await world.answer((asked) => switchingProtocols(asked));
      const { port } = await world.answer(() => redirect(`ws://127.0.0.1:${other.port}/there`));
      const options = { followRedirects: true, headers: { Authorization: 'a', Cookie: 'b', 'X-Kept': 'c' } };
      const client = world.connect(`ws://127.0.0.1:${port}`, [], options);
      await once(client, 'open');
      const { line, fields } = other.asked[0] as Asked;
      return [line, fields.has('authorization'), fields.has('cookie'), fields.get('x-kept')];
    },
    expected: ['GET /there HTTP/1.1', false, false, 'c'],
  },
  {
    of: 'client option followRedirects',
    name: 'follows from the network to IPC, too',
    run: async (world) => {
      const path = socketPath();
      const local = await world.answer((asked) => switchingProtocols(asked), { path });
      const { port } = await world.answer(() => redirect(`ws+unix:${path}`));
      const client = world.connect(`ws://127.0.0.1:${port}`, [], { followRedirects: true });
      await new Promise((resolve) => client.on('open', resolve).on('error', resolve));
      return local.asked.length;
    },
    expected: 1,
  },
  {
    of: 'client option generateMask',
    name: 'fills the masking key of each message',
    run: async (world) => {
      const generateMask = (key: Buffer): void => {
        key.set([1, 2, 3, 4]);
      };
      const { client, sockets } = await world.clientOf((asked) => switchingProtocols(asked), {
        generateMask,
      });
      client.send('aaaa');
      const [bytes] = (await once(sockets[0] as NodeJS.EventEmitter, 'data')) as [Buffer];
      return [...bytes];
    },
    expected: [0x81, 0x84, 1, 2, 3, 4, 0x60, 0x63, 0x62, 0x65],
  },
  {
    of: 'client option handshakeTimeout',
    name: 'fails where nothing comes',
    run: async (world) => {
      const { port } = await world.answer(() => undefined);
      return failure(world.connect(`ws://127.0.0.1:${port}`, [], { handshakeTimeout: 20 }));
    },
    expected: ['Opening handshake has timed out', '1006'],
  },
  {
    of: 'client option maxBufferedChunks',
    name: 'refuses a message that comes in more chunks than that',
    run: (world) => {
      const megabyte = [0x82, 127, 0, 0, 0, 0, 0, 0x10, 0, 0, ...new Array(1024 * 1024).fill(0)];
      return taken(world, [...megabyte, ...CLOSE], { maxBufferedChunks: 1 });
    },
    expected: ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'answers 8'],
  },
  {
    of: 'client option maxFragments',
    name: 'refuses a message in more fragments than that',
    run: (world) =>
      taken(world, [0x01, 1, 0x61, 0x00, 1, 0x61, 0x80, 1, 0x61, ...CLOSE], { maxFragments: 2 }),
    expected: ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'answers 8'],
  },
  {
    of: 'client option maxPayload',
    name: 'refuses a longer message',
    run: (world) => taken(world, [0x81, 3, 0x61, 0x61, 0x61, ...CLOSE], { maxPayload: 2 }),
    expected: ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'answers 8'],
  },
  {
    of: 'client option maxRedirects',
    name: 'fails behind the last',
    run: async (world) => {
      const { port, asked } = await world.answer(() => redirect('/again'));
      const options = { followRedirects: true, maxRedirects: 1 };
      const ended = await failure(world.connect(`ws://127.0.0.1:${port}`, [], options));
      return [ended, asked.length];
    },
    expected: [['Maximum redirects exceeded', '1006'], 2],
  },
  {
    of: 'client option origin',
    name: 'is the Origin header',
    run: (world) => fieldsOf(world, { origin: 'https://example.com' }, ['origin']),
    expected: ['https://example.com'],
  },
  {
    of: 'client option perMessageDeflate',
    name: 'is offered by default, with the parameters that are given, and not where it is off',
    run: async (world) => {
      const offers: unknown[] = [];
      for (const perMessageDeflate of [
        true,
        { serverNoContextTakeover: true, clientMaxWindowBits: 10 },
        false,
      ]) {
        offers.push(await fieldsOf(world, { perMessageDeflate }, ['sec-websocket-extensions']));
      }
      return offers;
    },
    expected: [
      ['permessage-deflate; client_max_window_bits'],
      ['permessage-deflate; server_no_context_takeover; client_max_window_bits=10'],
      [undefined],
    ],
  },
  {
    of: 'client option protocolVersion',
    name: 'is 13 or 8',
    run: async (world) => {
      const names = ['sec-websocket-version', 'origin', 'sec-websocket-origin'];
      return [
        await fieldsOf(world, { origin: 'a' }, names),
        await fieldsOf(world, { origin: 'a', protocolVersion: 8 }, names),
        thrown(() => world.connect('ws://127.0.0.1', [], { protocolVersion: 14 })),
      ];
    },
    expected: [
      ['13', 'a', undefined],
      ['8', undefined, 'a'],
      'RangeError: Unsupported protocol version: 14 (supported versions: 8, 13)',
    ],
  },
  {
    of: 'client option skipUTF8Validation',
    name: 'lets text be other than UTF-8 where it is on',
    run: async (world) => [
      await taken(world, [0x81, 1, 0xff, ...CLOSE], {}),
      await taken(world, [0x81, 1, 0xff, ...CLOSE], { skipUTF8Validation: true }),
    ],
    expected: [
      ['WS_ERR_INVALID_UTF8', 'answers 8'],
      ['message of 1', 'answers 8'],
    ],
  },
  {
    of: 'client option http.request',
    name: 'takes headers, auth, agent, createConnection; the address goes first',
    run: async (world) => {
      const seen: unknown[] = [];
      const { port, asked } = await world.answer((request) => switchingProtocols(request));
      const agent = new Agent({ keepAlive: true });
      const createConnection = (): ReturnType<typeof connectTcp> => connectTcp(port, '127.0.0.1');
      for (const [address, options] of [
        [
          `ws://127.0.0.1:${port}`,
          { headers: { 'X-A': 'b' }, auth: 'user:pass', path: '/never', method: 'POST' },
        ],
        [`ws://127.0.0.1:${port}`, { agent }],
        ['ws://example.invalid', { createConnection }],
      ] as const) {
        await once(world.connect(address, [], options), 'open');
        const { line, fields } = asked.at(-1) as Asked;
        seen.push([line, fields.get('x-a'), fields.get('authorization')]);
      }
      return seen;
    },
    expected: [
      ['GET / HTTP/1.1', 'b', `Basic ${Buffer.from('user:pass').toString('base64')}`],
      ['GET / HTTP/1.1', undefined, undefined],
      ['GET / HTTP/1.1', undefined, undefined],
    ],
  },
  {
    of: 'client option https.request',
    name: 'takes ca and rejectUnauthorized, and trusts nobody without',
    run: async (world) => {
      const { port } = await world.answer((asked) => switchingProtocols(asked), { tls: certificate });
      const states: unknown[] = [];
      for (const options of [{ ca: certificate.cert }, { rejectUnauthorized: false }]) {
        const client = world.connect(`wss://127.0.0.1:${port}`, [], options);
        await once(client, 'open');
        states.push(client.readyState);
      }
      const [error] = await once(world.connect(`wss://127.0.0.1:${port}`), 'error').catch((reason) => [
        reason,
      ]);
      return [...states, (error as NodeJS.ErrnoException).code];
    },
    expected: [1, 1, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  },
  {
    of: 'IPC connections',
    name: 'have the path of the socket in the address, and the path of the URL behind a colon',
    run: async (world) => {
      const path = socketPath();
      const { asked } = await world.answer((request) => switchingProtocols(request), { path });
      await once(world.connect(`ws+unix:${path}:/path?a=b`), 'open');
      await once(world.connect(`ws+unix:${path}`), 'open');
      return asked.map(({ line }) => line);
    },
    expected: ['GET /path?a=b HTTP/1.1', 'GET / HTTP/1.1'],
  },
  {
    of: 'socket event error',
    name: 'comes for what goes wrong with the network, before close',
    run: async (world) => {
      const { port } = await world.answer((_asked, stream) => {
        stream.destroy();
        return undefined;
      });
      return failure(world.connect(`ws://127.0.0.1:${port}`));
    },
    expected: ['socket hang up', '1006'],
  },
  {
    of: 'socket event redirect',
    name: 'comes with the URL and the request, which keeps what is secret then',
    run: async (world) => {
      const other = await world.answer((asked) => switchingProtocols(asked));
      const { port } = await world.answer(() => redirect(`ws://127.0.0.1:${other.port}/there`));
      const options = { followRedirects: true, headers: { Cookie: 'a=b' } };
      const client = world.connect(`ws://127.0.0.1:${port}`, [], options);
      const opened = once(client, 'open');
      const [url, request] = (await once(client, 'redirect')) as [string, ClientRequest];
      await opened;
      return [url === `ws://127.0.0.1:${other.port}/there`, request.getHeader('cookie')];
    },
    expected: [true, 'a=b'],
  },
  {
    of: 'socket event unexpected-response',
    name: 'leaves the response to its listener; without one there is an error',
    run: async (world) => {
      const { port } = await world.answer(() => response('401 Unauthorized', { 'Content-Length': '0' }));
      const client = world.connect(`ws://127.0.0.1:${port}`);
      const [request, answered] = (await once(client, 'unexpected-response')) as [
        ClientRequest,
        IncomingMessage,
      ];
      const state = client.readyState;
      request.destroy();
      return [answered.statusCode, state, await failure(world.connect(`ws://127.0.0.1:${port}`))];
    },
    expected: [401, 0, ['Unexpected server response: 401', '1006']],
  },
  {
    of: 'socket event upgrade',
    name: 'comes with the response, before open',
    run: async (world) => {
      const { port } = await world.answer((asked) => switchingProtocols(asked, { 'Set-Cookie': 'a=b' }));
      const client = world.connect(`ws://127.0.0.1:${port}`);
      const [answered] = (await once(client, 'upgrade')) as [IncomingMessage];
      return [answered.headers['set-cookie'], answered.statusCode];
    },
    expected: [['a=b'], 101],
  },
  {
    of: 'socket.close',
    name: 'gives up while CONNECTING, with an error',
    run: async (world) => {
      const { port } = await world.answer(() => undefined);
      const client = world.connect(`ws://127.0.0.1:${port}`);
      const ended = failure(client);
      client.close();
      return ended;
    },
    expected: ['WebSocket was closed before the connection was established', '1006'],
  },
];
