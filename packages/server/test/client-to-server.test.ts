/** Both clients with both servers: what the one says the other understands. */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../../scripts/self-signed-certificate.mjs';
import type { ClientOptions } from '../src/client-options.ts';
import type { WebSocketServer } from '../src/server.ts';
import type { ServerOptions } from '../src/server-options.ts';
import type { WebSocket } from '../src/websocket.ts';
import { CLIENTS, closeAll, IMPLEMENTATIONS, listen } from './beside-ws.ts';

afterEach(closeAll);

const PAIRS = CLIENTS.flatMap(([client, Client]) =>
  IMPLEMENTATIONS.map(([server, Server]) => ({ client, Client, server, Server })),
);

interface Pair {
  readonly client: WebSocket;
  /** The server's end. */
  readonly socket: WebSocket;
}

async function connect(
  Client: typeof WebSocket,
  Server: typeof WebSocketServer,
  clientOptions: ClientOptions = {},
  serverOptions: ServerOptions = {},
): Promise<Pair> {
  const { port, accepted } = await listen(Server, serverOptions);
  const client = new Client(`ws://127.0.0.1:${port}/`, clientOptions);
  const [socket] = await Promise.all([accepted(), once(client, 'open')]);
  return { client, socket };
}

function closed(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason}`.trim()));
  });
}

describe.each(PAIRS)('a client of $client at a server of $server', ({ Client, Server }) => {
  it('sends and receives messages of all sizes, text and binary', async () => {
    const { client, socket } = await connect(Client, Server);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      for (const data of ['é'.repeat(size / 2), Buffer.alloc(size, 7)]) {
        client.send(data);
        const [echo, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
        expect(isBinary).toBe(typeof data !== 'string');
        expect(echo.equals(Buffer.from(data))).toBe(true);
      }
    }
  });

  it('keeps thousands of messages in order, both ways at once', async () => {
    const { client, socket } = await connect(Client, Server);
    const count = 5000;
    const received = [client, socket].map(
      (end) =>
        new Promise<number[]>((resolve) => {
          const numbers: number[] = [];
          end.on('message', (data) => {
            numbers.push(Number(data));
            if (numbers.length === count) resolve(numbers);
          });
        }),
    );
    for (let number = 0; number < count; number++) {
      client.send(`${number}`);
      socket.send(Buffer.from(`${number}`));
    }
    const expected = Array.from({ length: count }, (_, number) => number);
    expect(await Promise.all(received)).toEqual([expected, expected]);
  });

  it('sends messages in fragments, with Pings between them', async () => {
    const { client, socket } = await connect(Client, Server);
    const message = once(socket, 'message');
    const pinged = once(socket, 'ping');
    client.send('frag', { fin: false });
    client.ping('between');
    client.send('ment', { fin: true });
    expect(String((await pinged)[0])).toBe('between');
    expect(String((await message)[0])).toBe('fragment');
  });

  it('answers Pings, and sends some', async () => {
    const { client, socket } = await connect(Client, Server);
    client.ping('from the client');
    expect(String((await once(client, 'pong'))[0])).toBe('from the client');
    socket.ping('from the server');
    expect(String((await once(socket, 'pong'))[0])).toBe('from the server');
  });

  it.each<[code: number | undefined, reason: string | undefined, seen: string]>([
    [undefined, undefined, '1005'],
    [1000, undefined, '1000'],
    [4999, 'a reason, and a good one: é', '4999 a reason, and a good one: é'],
  ])('closes with %s %s, whoever begins', async (code, reason, seen) => {
    for (const begins of ['client', 'socket'] as const) {
      const { client, socket } = await connect(Client, Server);
      const ends = [closed(client), closed(socket)];
      const pair = { client, socket };
      pair[begins].close(code, reason);
      expect(await Promise.all(ends)).toEqual([seen, seen]);
      await closeAll();
    }
  });

  it('sees 1006 where the other end is terminated', async () => {
    const { client, socket } = await connect(Client, Server);
    const ends = [closed(client), closed(socket)];
    client.terminate();
    expect(await Promise.all(ends)).toEqual(['1006', '1006']);
  });

  it('is told what is too long for it, and tells', async () => {
    const { client, socket } = await connect(Client, Server, { maxPayload: 10 });
    const rejected = once(client, 'error');
    const end = closed(socket);
    socket.send('12345678901');
    expect((await rejected)[0]).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
    expect(await end).toMatch(/^1009/);
  });

  it('goes over TLS', async () => {
    const certificate = selfSignedCertificate();
    const https = createHttpsServer(certificate).listen(0, '127.0.0.1');
    const server = new Server({ server: https });
    await once(https, 'listening');
    const { port } = https.address() as AddressInfo;
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    const client = new Client(`wss://127.0.0.1:${port}`, { ca: certificate.cert });
    await once(client, 'open');
    client.send('secret');
    expect(String((await once(client, 'message'))[0])).toBe('secret');
    client.close();
    await once(client, 'close');
    await new Promise((resolve) => https.close(resolve));
  });
});
