/** What ws documents of its server's options. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { type Frame, OPCODE_BINARY, OPCODE_CONTINUATION, OPCODE_PING, OPCODE_TEXT } from '@holdfast/protocol';
import { clientFrame, upgradeRequest } from '../raw-client.ts';
import { type Case, closed, codeOf, frameOf, statusOf, thrown, type World } from './contract.ts';

/** Of three messages that come in one read: in how many turns of the event loop they are emitted. */
async function turnsOf(world: World, allowSynchronousEvents: boolean): Promise<number> {
  const { raw, socket } = await world.rawPair({ allowSynchronousEvents });
  const turns: number[] = [];
  let turn = 0;
  let isRunning = true;
  const count = (): void => {
    turn++;
    if (isRunning) setImmediate(count);
  };
  count();
  const done = new Promise<void>((resolve) => {
    socket.on('message', () => {
      if (turns.push(turn) === 3) resolve();
    });
  });
  raw.write(Buffer.concat([1, 2, 3].map((each) => clientFrame(OPCODE_TEXT, `${each}`))));
  await done;
  isRunning = false;
  return new Set(turns).size;
}

const TEXT = 'The quick brown fox jumps over the lazy dog.';

const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };

/** What a server says first to a client that offers compression. */
async function firstFrame(world: World, port: number): Promise<Frame | 'end'> {
  const raw = await world.raw(port);
  raw.write(upgradeRequest(OFFER));
  await raw.readHead();
  return raw.readFrame();
}

export const SERVER_OPTIONS: Case[] = [
  {
    of: 'server option allowSynchronousEvents',
    name: 'lets several events come in one turn of the event loop, or only one',
    run: async (world) => [await turnsOf(world, true), await turnsOf(world, false)],
    expected: [1, 3],
  },
  {
    of: 'server option autoPong',
    name: 'answers Pings unless it is off',
    run: async (world) => {
      const answers: string[] = [];
      for (const autoPong of [true, false]) {
        const { raw, socket } = await world.rawPair({ autoPong });
        socket.on('ping', () => socket.send('pinged'));
        raw.write(clientFrame(OPCODE_PING, 'p'));
        answers.push(await frameOf(raw));
      }
      return answers;
    },
    expected: ['10 p', '1 pinged'],
  },
  {
    of: 'server option backlog',
    name: 'is taken by the server that listens',
    run: async (world) => {
      const { url } = await world.listen({ backlog: 3 });
      const client = world.connect(url);
      await once(client, 'open');
      return client.readyState;
    },
    expected: 1,
  },
  {
    of: 'server option clientTracking',
    name: 'keeps the sockets unless it is off',
    run: async (world) => {
      const tracked = await world.pair();
      const untracked = await world.pair({ clientTracking: false });
      return [tracked.server.clients.size, typeof untracked.server.clients];
    },
    expected: [1, 'undefined'],
  },
  {
    of: 'server option closeTimeout',
    name: 'ends a closing handshake that the client does not answer',
    run: async (world) => {
      const { socket } = await world.rawPair({ closeTimeout: 20 });
      const end = closed(socket);
      socket.close(1000);
      return end;
    },
    expected: '1006',
  },
  {
    of: 'server option handleProtocols',
    name: 'chooses among the subprotocols, or none; by default the first is chosen',
    run: async (world) => {
      const given: unknown[] = [];
      const handleProtocols = (protocols: Set<string>, request: IncomingMessage): string | false => {
        given.push([...protocols], request.url);
        return protocols.has('b') ? 'b' : false;
      };
      const chosen: string[] = [];
      for (const options of [{}, { handleProtocols }]) {
        const { url } = await world.listen(options);
        const client = world.connect(url, ['a', 'b']);
        await once(client, 'open');
        chosen.push(client.protocol);
      }
      const { port } = await world.listen({ handleProtocols });
      const raw = await world.raw(port);
      raw.write(upgradeRequest({ 'Sec-WebSocket-Protocol': 'c' }));
      return { chosen, given, none: (await raw.readHead()).includes('Sec-WebSocket-Protocol') };
    },
    expected: { chosen: ['a', 'b'], given: [['a', 'b'], '/', ['c'], '/'], none: false },
  },
  {
    of: 'server option host',
    name: 'is the address that it listens on',
    run: async (world) => {
      const { server } = await world.listen({ host: '127.0.0.1' });
      return (server.address() as AddressInfo).address;
    },
    expected: '127.0.0.1',
  },
  {
    of: 'server option maxBufferedChunks',
    name: 'refuses a message that comes in more chunks than that',
    run: async (world) => {
      const { raw, socket } = await world.rawPair({ maxBufferedChunks: 1 });
      socket.on('error', () => {});
      socket.on('message', () => socket.send('taken'));
      raw.write(clientFrame(OPCODE_BINARY, Buffer.alloc(1024 * 1024))); // no read of a socket is so long
      const answer = await raw.readFrame();
      return codeOf(answer) ?? 'taken';
    },
    expected: 1008,
  },
  {
    of: 'server option maxFragments',
    name: 'refuses a message in more fragments than that',
    run: async (world) => {
      const { raw, socket } = await world.rawPair({ maxFragments: 2 });
      socket.on('error', () => {});
      raw.write(clientFrame(OPCODE_TEXT, 'a', { fin: false }));
      raw.write(clientFrame(OPCODE_CONTINUATION, 'b', { fin: false }));
      raw.write(clientFrame(OPCODE_CONTINUATION, 'c'));
      return codeOf(await raw.readFrame());
    },
    expected: 1008,
  },
  {
    of: 'server option maxPayload',
    name: 'refuses a longer message, and none where it is 0',
    run: async (world) => {
      const seen: unknown[] = [];
      for (const maxPayload of [5, 0]) {
        const { raw, socket } = await world.rawPair({ maxPayload });
        socket.on('error', () => {});
        socket.on('message', (data) => socket.send(data));
        raw.write(clientFrame(OPCODE_TEXT, '123456'));
        const answer = await raw.readFrame();
        seen.push(codeOf(answer) ?? 'taken');
      }
      return seen;
    },
    expected: [1009, 'taken'],
  },
  {
    of: 'server option noServer',
    name: 'takes what is given to handleUpgrade, and has no address',
    run: (world) => {
      const server = new world.side.WebSocketServer({ noServer: true });
      return thrown(() => server.address());
    },
    expected: 'Error: The server is operating in "noServer" mode',
  },
  {
    of: 'server option path',
    name: 'refuses other paths, whatever the query',
    run: async (world) => {
      const { port } = await world.listen({ path: '/a' });
      const statuses: string[] = [];
      for (const path of ['/a', '/a?b=c', '/b', '/a/']) {
        statuses.push(await statusOf(port, upgradeRequest({}, `GET ${path} HTTP/1.1`)));
      }
      return statuses;
    },
    expected: ['101', '101', '400', '400'],
  },
  {
    of: 'server option perMessageDeflate',
    name: 'is off by default, negotiates where it is on, and takes parameters',
    run: async (world) => {
      const seen: string[] = [];
      for (const perMessageDeflate of [undefined, false, true, { serverNoContextTakeover: true }]) {
        const { client, socket } = await world.pair({ perMessageDeflate }, { perMessageDeflate: true });
        socket.send('x'.repeat(2000));
        const [data] = (await once(client, 'message')) as [Buffer];
        seen.push(`${client.extensions} ${data.length}`);
      }
      return seen;
    },
    expected: [' 2000', ' 2000', 'permessage-deflate 2000', 'permessage-deflate 2000'],
  },
  {
    of: 'server option perMessageDeflate',
    name: 'refuses the handshake where no offer can be accepted',
    run: async (world) => {
      const { port } = await world.listen({ perMessageDeflate: { clientMaxWindowBits: 10 } });
      return statusOf(port, upgradeRequest(OFFER));
    },
    expected: '400',
  },
  {
    of: 'server option perMessageDeflate',
    name: 'compresses short messages, too, while there is context takeover',
    run: async (world) => {
      const { server, port } = await world.listen({ perMessageDeflate: true });
      server.on('connection', (socket) => socket.send('x'.repeat(100)));
      const frame = await firstFrame(world, port);
      return frame !== 'end' && frame.rsv1;
    },
    expected: true,
  },
  {
    of: 'server option perMessageDeflate',
    name: 'hands options to zlib: a dictionary, for example',
    run: async (world) => {
      const text = randomBytes(1000).toString('base64');
      const { server, port } = await world.listen({
        perMessageDeflate: { zlibDeflateOptions: { dictionary: Buffer.from(text) } },
      });
      server.on('connection', (socket) => socket.send(text));
      const frame = await firstFrame(world, port);
      return frame !== 'end' && frame.payload.length < 100;
    },
    expected: true,
  },
  {
    of: 'server option perMessageDeflate',
    name: 'delivers a message that ends within a block as far as it came',
    run: async (world) => {
      const { server, port } = await world.listen({ perMessageDeflate: true });
      const seen = new Promise((resolve) => {
        server.on('connection', (socket) => {
          socket.on('message', (data) => resolve((data as Buffer).length < TEXT.length));
          socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
        });
      });
      const raw = await world.raw(port);
      raw.write(upgradeRequest(OFFER));
      await raw.readHead();
      // The last block of a message is empty, and its last four bytes are left out; here some of the one before is missing, too.
      const whole = deflateRawSync(TEXT, { finishFlush: constants.Z_SYNC_FLUSH });
      raw.write(clientFrame(OPCODE_TEXT, whole.subarray(0, -8), { rsv1: true }));
      return seen;
    },
    expected: true,
  },
  {
    of: 'server option port',
    name: 'listens there; exactly one of port, server and noServer has to be given',
    run: async (world) => {
      const { server } = await world.listen({ port: 0 });
      const { WebSocketServer } = world.side;
      return [
        (server.address() as AddressInfo).port > 0,
        thrown(() => new WebSocketServer({}))?.slice(0, 9),
        thrown(() => new WebSocketServer({ port: 0, noServer: true }))?.slice(0, 9),
        thrown(() => new WebSocketServer({ server: createServer(), noServer: true }))?.slice(0, 9),
      ];
    },
    expected: [true, 'TypeError', 'TypeError', 'TypeError'],
  },
  {
    of: 'server option server',
    name: 'takes the Upgrades of an HTTP server, and leaves its requests alone',
    run: async (world) => {
      const { http, port, url } = await world.http();
      http.on('request', (_request, response) => response.end('the application'));
      const server = new world.side.WebSocketServer({ server: http });
      server.on('connection', (socket) => socket.send('hello'));
      const [data] = await once(world.connect(url), 'message');
      const page = await fetch(`http://127.0.0.1:${port}/`);
      return [String(data), await page.text()];
    },
    expected: ['hello', 'the application'],
  },
  {
    of: 'server option skipUTF8Validation',
    name: 'lets text be other than UTF-8 where it is on',
    run: async (world) => {
      const seen: unknown[] = [];
      for (const skipUTF8Validation of [false, true]) {
        const { raw, socket } = await world.rawPair({ skipUTF8Validation });
        socket.on('error', () => {});
        socket.on('message', (data) => socket.send('taken', { binary: (data as Buffer).length < 0 }));
        raw.write(clientFrame(OPCODE_TEXT, Uint8Array.of(0xff)));
        const answer = await raw.readFrame();
        seen.push(codeOf(answer) ?? 'taken');
      }
      return seen;
    },
    expected: [1007, 'taken'],
  },
  {
    of: 'server option verifyClient',
    name: 'admits by its value, and is told of the request',
    run: async (world) => {
      const told: unknown[] = [];
      const verifyClient = (info: { origin: string; secure: boolean; req: IncomingMessage }): boolean => {
        told.push(info.origin, info.secure, info.req.url);
        return info.req.url === '/yes';
      };
      const { port } = await world.listen({ verifyClient });
      const origin = `http://127.0.0.1`;
      const statuses = [
        await statusOf(port, upgradeRequest({ Origin: origin }, 'GET /yes HTTP/1.1')),
        await statusOf(port, upgradeRequest({}, 'GET /no HTTP/1.1')),
      ];
      return { statuses, told };
    },
    expected: {
      statuses: ['101', '401'],
      told: ['http://127.0.0.1', false, '/yes', undefined, false, '/no'],
    },
  },
  {
    of: 'server option verifyClient',
    name: 'admits by its callback, or says status, reason and headers',
    run: async (world) => {
      const { port } = await world.listen({
        verifyClient: ({ req }, callback) => {
          setImmediate(() => {
            if (req.url === '/yes') callback(true);
            else callback(false, 429, 'Too many', { 'Retry-After': 120 });
          });
        },
      });
      const raw = await world.raw(port);
      raw.write(upgradeRequest({}, 'GET /no HTTP/1.1'));
      const refused = await raw.readHead();
      return [
        await statusOf(port, upgradeRequest({}, 'GET /yes HTTP/1.1')),
        refused.slice(9, 12),
        refused.includes('Retry-After: 120'),
      ];
    },
    expected: ['101', '429', true],
  },
  {
    of: 'server option verifyClient',
    name: 'takes a promise for a yes',
    run: async (world) => {
      const verifyClient = ((_info: unknown) => Promise.resolve(false)) as unknown as () => boolean;
      const { port } = await world.listen({ verifyClient });
      return statusOf(port, upgradeRequest());
    },
    expected: '101',
  },
  {
    of: 'server option WebSocket',
    name: 'is the class of its sockets',
    run: async (world) => {
      class Member extends world.side.WebSocket {}
      const { socket, server } = await world.pair({ WebSocket: Member });
      return [socket instanceof Member, [...server.clients][0] === socket];
    },
    expected: [true, true],
  },
  {
    of: 'server option callback',
    name: 'listens to listening',
    run: (world) =>
      new Promise((resolve) => {
        const server = new world.side.WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
          resolve((server.address() as AddressInfo).port > 0);
          server.close();
        });
      }),
    expected: true,
  },
  {
    of: 'server option server',
    name: 'lets pages of any origin connect',
    run: async (world) => {
      const { port } = await world.listen();
      return statusOf(port, upgradeRequest({ Origin: 'https://evil.example' }));
    },
    expected: '101',
  },
  {
    of: 'server option server',
    name: 'accepts version 8 of the protocol beside 13, and no other',
    run: async (world) => {
      const { port } = await world.listen();
      const statuses: string[] = [];
      for (const version of ['13', '8', '7']) {
        statuses.push(await statusOf(port, upgradeRequest({ 'Sec-WebSocket-Version': version })));
      }
      return statuses;
    },
    expected: ['101', '101', '400'],
  },
];
