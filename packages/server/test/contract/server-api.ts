/** What ws documents of its server's events and methods. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { upgradeRequest } from '../raw-client.ts';
import { type Case, statusOf, thrown } from './contract.ts';

export const SERVER_API: Case[] = [
  {
    of: 'server event close',
    name: 'comes when the server and all its sockets are closed',
    run: async (world) => {
      const { server, client } = await world.pair();
      let isOver = false;
      const over = once(server, 'close').then(() => {
        isOver = true;
      });
      server.close();
      client.ping();
      await once(client, 'pong'); // it had time
      const before = isOver;
      client.close();
      await over;
      return [before, isOver];
    },
    expected: [false, true],
  },
  {
    of: 'server event connection',
    name: 'comes with the socket and the request',
    run: async (world) => {
      const { socket, request } = await world.pair();
      return [socket instanceof world.side.WebSocket, request.headers.upgrade, socket.readyState];
    },
    expected: [true, 'websocket', 1],
  },
  {
    of: 'server event error',
    name: 'is that of the HTTP server',
    run: async (world) => {
      const { port } = await world.listen();
      const second = new world.side.WebSocketServer({ port, host: '127.0.0.1' });
      const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
      return error.code;
    },
    expected: 'EADDRINUSE',
  },
  {
    of: 'server event headers',
    name: 'lets the lines of the answer be changed',
    run: async (world) => {
      const { server, url } = await world.listen();
      server.on('headers', (lines, request) => lines.push(`X-Path: ${request.url}`));
      const [response] = (await once(world.connect(`${url}a`), 'upgrade')) as [IncomingMessage];
      return response.headers['x-path'];
    },
    expected: '/a',
  },
  {
    of: 'server event listening',
    name: 'comes when the server is bound',
    run: async (world) => {
      const server = new world.side.WebSocketServer({ port: 0, host: '127.0.0.1' });
      const before = server.address();
      await once(server, 'listening');
      const after = server.address();
      server.close();
      return [before, after !== null];
    },
    expected: [null, true],
  },
  {
    of: 'server event wsClientError',
    name: 'leaves what is no handshake to its listener, who answers it',
    run: async (world) => {
      const { server, port } = await world.listen();
      server.on('wsClientError', (error, socket: Duplex, request) => {
        socket.end(`HTTP/1.1 418 ${request.method}\r\nConnection: close\r\n\r\n${error instanceof Error}`);
      });
      const raw = await world.raw(port);
      raw.write(upgradeRequest({ 'Sec-WebSocket-Key': 'no key' }));
      return raw.readToEnd();
    },
    expected: 'HTTP/1.1 418 GET\r\nConnection: close\r\n\r\ntrue',
  },
  {
    of: 'server event wsClientError',
    name: 'is answered with a 4xx where nobody listens',
    run: async (world) => {
      const { port } = await world.listen();
      return [
        await statusOf(port, upgradeRequest({ 'Sec-WebSocket-Key': undefined })),
        await statusOf(port, upgradeRequest({ 'Sec-WebSocket-Key': 'no key' })),
        await statusOf(port, upgradeRequest({}, 'POST / HTTP/1.1')),
        await statusOf(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      ];
    },
    expected: ['400', '400', '405', '426'],
  },
  {
    of: 'server.address',
    name: 'is what the HTTP server says, and null once that is closed',
    run: async (world) => {
      const { server, port } = await world.listen();
      const before = server.address();
      await new Promise((resolve) => server.close(resolve));
      return [typeof before === 'object' && before?.port === port, server.address()];
    },
    expected: [true, null],
  },
  {
    of: 'server.clients',
    name: 'are the sockets that are not closed',
    run: async (world) => {
      const { server, socket, client } = await world.pair();
      const before = [server.clients instanceof Set, server.clients.has(socket)];
      const over = once(socket, 'close');
      client.close();
      await over;
      return [...before, server.clients.size];
    },
    expected: [true, true, 0],
  },
  {
    of: 'server.close',
    name: 'accepts nothing more, leaves the sockets open, and calls back',
    run: async (world) => {
      const { server, socket, client } = await world.pair();
      const over = new Promise<unknown>((resolve) => server.close((error) => resolve(error)));
      const answered = once(client, 'message');
      socket.send('still open');
      const [data] = await answered;
      client.close();
      const first = await over;
      const second = await new Promise<Error | undefined>((resolve) => server.close(resolve));
      return [String(data), first ?? null, second?.message];
    },
    expected: ['still open', null, 'The server is not running'],
  },
  {
    of: 'server.close',
    name: 'leaves an HTTP server of the application running',
    run: async (world) => {
      const { http, url } = await world.http();
      const server = new world.side.WebSocketServer({ server: http });
      await new Promise((resolve) => server.close(resolve));
      const another = new world.side.WebSocketServer({ server: http });
      const client = world.connect(url);
      await once(client, 'open');
      client.terminate();
      another.close();
      return http.listening;
    },
    expected: true,
  },
  {
    of: 'server.handleUpgrade',
    name: 'gives the socket and the request to its callback',
    run: async (world) => {
      const { http, url } = await world.http();
      const server = new world.side.WebSocketServer({ noServer: true });
      const seen: unknown[] = [];
      http.on('upgrade', (request, stream, head) => {
        server.handleUpgrade(request, stream, head, (socket, same) => {
          seen.push(same === request, socket.readyState, server.listenerCount('connection'));
          socket.send('taken');
        });
      });
      const [data] = await once(world.connect(url), 'message');
      return [...seen, String(data)];
    },
    expected: [true, 1, 0, 'taken'],
  },
  {
    of: 'server.handleUpgrade',
    name: 'throws when the same socket is given to it twice',
    run: async (world) => {
      const { http, url } = await world.http();
      const server = new world.side.WebSocketServer({ noServer: true });
      const said = new Promise((resolve) => {
        http.on('upgrade', (request, stream, head) => {
          const give = (): void => server.handleUpgrade(request, stream, head, () => {});
          give();
          resolve(thrown(give)?.startsWith('Error: '));
          stream.destroy();
        });
      });
      world.connect(url).on('error', () => {});
      return said;
    },
    expected: true,
  },
  {
    of: 'server.shouldHandle',
    name: 'can be overridden',
    run: async (world) => {
      const { server, port } = await world.listen();
      server.shouldHandle = (request): boolean => request.headers['x-mine'] === 'yes';
      const mine = await statusOf(port, upgradeRequest({ 'X-Mine': 'yes' }));
      const other = await statusOf(port, upgradeRequest());
      return [mine, other === '101'];
    },
    expected: ['101', false],
  },
];
