/**
 * permessage-deflate between our server and the client of ws, and between both and a raw peer: whatever they agree upon, every message
 * comes through.
 */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { PerMessageDeflateOptions } from '../../src/deflate/options.ts';
import type { WebSocket, WebSocketServer } from '../../src/index.ts';
import { CLIENTS, closeAll, IMPLEMENTATIONS, listen } from '../beside-ws.ts';
import { RawClient, upgradeRequest } from '../raw-client.ts';
import { json, noise } from './texts.ts';

const clients: WebSocket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await closeAll();
});

const [[, OurServer], [, ServerOfWs]] = IMPLEMENTATIONS as [
  (typeof IMPLEMENTATIONS)[number],
  (typeof IMPLEMENTATIONS)[number],
];
const [[, OurClient], [, ClientOfWs]] = CLIENTS as [(typeof CLIENTS)[number], (typeof CLIENTS)[number]];

/** Ours with the other's, and with ours. */
const PAIRS: [string, typeof WebSocketServer, typeof WebSocket][] = [
  ['our server and the client of ws', OurServer, ClientOfWs],
  ['the server of ws and our client', ServerOfWs, OurClient],
  ['our server and our client', OurServer, OurClient],
];

const LENGTHS = [0, 1, 125, 126, 127, 5000, 65_535, 65_536];
const MESSAGES = LENGTHS.flatMap((length) => [json(length), noise(length)]);

type Parameters = Pick<
  PerMessageDeflateOptions,
  'serverNoContextTakeover' | 'clientNoContextTakeover' | 'serverMaxWindowBits' | 'clientMaxWindowBits'
>;

/** Each of the four parameters, or not. */
const PARAMETERS: Parameters[] = Array.from({ length: 16 }, (_, set) => ({
  ...(set & 1 && { serverNoContextTakeover: true }),
  ...(set & 2 && { clientNoContextTakeover: true }),
  ...(set & 4 && { serverMaxWindowBits: 9 }),
  ...(set & 8 && { clientMaxWindowBits: 10 }),
}));

describe.each(PAIRS)('%s', (_name, Server, Client) => {
  /** Both ends of a connection that compresses everything. */
  async function connected(
    ofServer: PerMessageDeflateOptions,
    ofClient: PerMessageDeflateOptions,
  ): Promise<[socket: WebSocket, client: WebSocket]> {
    const { port, accepted } = await listen(Server, { perMessageDeflate: { threshold: 0, ...ofServer } });
    const accepting = accepted();
    const client = new Client(`ws://127.0.0.1:${port}`, { perMessageDeflate: { threshold: 0, ...ofClient } });
    clients.push(client);
    await once(client, 'open');
    expect(client.extensions).toBe('permessage-deflate');
    const socket = await accepting;
    expect(socket.extensions).toBe('permessage-deflate');
    return [socket, client];
  }

  /** Sends every message there and back, and looks whether it was the same. */
  async function exchange(
    ofServer: PerMessageDeflateOptions,
    ofClient: PerMessageDeflateOptions,
  ): Promise<string> {
    const [socket, client] = await connected(ofServer, ofClient);
    socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }));
    const received: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        if (received.push(data as Buffer) === MESSAGES.length) resolve();
      });
    });
    for (const message of MESSAGES) client.send(message);
    await all;
    expect(received.map((data, at) => data.equals(MESSAGES[at] as Buffer))).not.toContain(false);
    client.close(1000, 'bye');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    return `${code} ${reason}`;
  }

  it.each(PARAMETERS)('exchange messages when the client offers %j', async (parameters) => {
    expect(await exchange({}, parameters)).toBe('1000 bye');
  });

  it.each(PARAMETERS)('exchange messages when the server wants %j', async (parameters) => {
    expect(await exchange(parameters, {})).toBe('1000 bye');
  });

  it.each([8, 9, 10, 11, 12, 13, 14, 15])('exchange messages with windows of 2^%i bytes', async (bits) => {
    expect(await exchange({}, { serverMaxWindowBits: bits, clientMaxWindowBits: bits })).toBe('1000 bye');
  });

  it('exchange fragments of compressed messages', async () => {
    const [socket, client] = await connected({}, {});
    const parts = [json(300), Buffer.alloc(0), noise(20_000), json(40_000), json(3)];
    for (const [from, to] of [
      [client, socket],
      [socket, client],
    ] as const) {
      for (let round = 0; round < 3; round++) {
        const received = once(to, 'message') as Promise<[Buffer, boolean]>;
        for (const [at, part] of parts.entries()) from.send(part, { fin: at === parts.length - 1 });
        const [data] = await received;
        expect(data.equals(Buffer.concat(parts))).toBe(true);
      }
    }
  });
});

describe.each(IMPLEMENTATIONS)('the server of %s', (_name, Server) => {
  const having = (extensions: string | undefined): string =>
    upgradeRequest({ 'Sec-WebSocket-Extensions': extensions });

  async function answer(
    perMessageDeflate: boolean | PerMessageDeflateOptions | undefined,
    extensions: string | undefined,
  ): Promise<string | undefined> {
    const { port } = await listen(Server, { ...(perMessageDeflate !== undefined && { perMessageDeflate }) });
    const client = await RawClient.connect(port);
    client.write(having(extensions));
    const head = await client.readHead();
    client.socket.destroy();
    if (!head.startsWith('HTTP/1.1 101 ')) return head.slice(9, 12);
    return /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1];
  }

  it.each<
    [
      options: boolean | PerMessageDeflateOptions | undefined,
      offer: string | undefined,
      answer: string | undefined,
    ]
  >([
    [undefined, 'permessage-deflate', undefined],
    [false, 'permessage-deflate', undefined],
    [true, undefined, undefined],
    [true, 'x-unknown', undefined],
    [true, 'permessage-deflate', 'permessage-deflate'],
    [true, 'permessage-deflate; client_max_window_bits', 'permessage-deflate'],
    [
      true,
      'permessage-deflate; server_no_context_takeover',
      'permessage-deflate; server_no_context_takeover',
    ],
    [true, 'permessage-deflate; server_max_window_bits=10', 'permessage-deflate; server_max_window_bits=10'],
    [{ serverMaxWindowBits: 10 }, 'permessage-deflate', 'permessage-deflate; server_max_window_bits=10'],
    [
      { clientMaxWindowBits: 9 },
      'permessage-deflate; client_max_window_bits',
      'permessage-deflate; client_max_window_bits=9',
    ],
    [
      { clientMaxWindowBits: 9 },
      'permessage-deflate, permessage-deflate; client_max_window_bits=15',
      'permessage-deflate; client_max_window_bits=9',
    ],
    [
      { clientNoContextTakeover: true },
      'permessage-deflate',
      'permessage-deflate; client_no_context_takeover',
    ],
    [
      true,
      'permessage-deflate; server_max_window_bits="11"',
      'permessage-deflate; server_max_window_bits=11',
    ],
    [true, 'permessage-deflate;', '400'],
  ])('with %j answers the offer of %j with %j', async (options, offer, expected) => {
    expect(await answer(options, offer)).toBe(expected);
  });
});
