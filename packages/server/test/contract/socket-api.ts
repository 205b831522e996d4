/** What ws documents of its sockets, whichever end they are. */
import { once } from 'node:events';
import {
  encodeClosePayload,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import type { WebSocket } from '../../src/index.ts';
import { switchingProtocols } from '../answering-server.ts';
import { clientFrame } from '../raw-client.ts';
import { type Case, closed, codeOf, frameOf, thrown } from './contract.ts';

/** A frame with an opcode that has no meaning, as a client sends it. */
const MEANINGLESS = Uint8Array.of(0x83, 0x80, 0, 0, 0, 0);

/** What the server sends in one write with its answer. */
const HELLO = Buffer.from([0x81, 1, 0x61, 0x82, 1, 0x62]);

export const SOCKET_API: Case[] = [
  {
    of: 'ready state constants',
    name: 'are on the class and on each socket',
    run: async (world) => {
      const { socket } = await world.pair();
      const { WebSocket } = world.side;
      return [WebSocket, socket].map(({ CONNECTING, OPEN, CLOSING, CLOSED }) => [
        CONNECTING,
        OPEN,
        CLOSING,
        CLOSED,
      ]);
    },
    expected: [
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ],
  },
  {
    of: 'ready state constants',
    name: 'cannot be changed',
    run: ({ side: { WebSocket } }) =>
      [WebSocket, WebSocket.prototype].map((place) => Object.getOwnPropertyDescriptor(place, 'OPEN')),
    expected: Array(2).fill({ value: 1, enumerable: true, writable: false, configurable: false }),
  },
  {
    of: 'socket.readyState',
    name: 'is enumerable on the prototype, as all attributes of a browser are',
    run: ({ side: { WebSocket } }) =>
      [
        'binaryType',
        'bufferedAmount',
        'extensions',
        'isPaused',
        'protocol',
        'readyState',
        'url',
        'onopen',
        'onmessage',
        'onerror',
        'onclose',
      ].filter((name) => !Object.keys(WebSocket.prototype).includes(name)),
    expected: [],
  },
  {
    of: 'socket event close',
    name: 'comes with the code and the reason of the peer',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const ends = [closed(client), closed(socket)];
      client.close(3001, 'enough');
      return Promise.all(ends);
    },
    expected: ['3001 enough', '3001 enough'],
  },
  {
    of: 'socket event error',
    name: 'comes with the code of what the peer did wrong, and close follows',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const order: string[] = [];
      const over = new Promise<void>((resolve) => {
        socket.on('error', (error: NodeJS.ErrnoException) => order.push(`error ${error.code}`));
        socket.on('close', (code) => {
          order.push(`close ${code}`);
          resolve();
        });
      });
      raw.write(MEANINGLESS);
      raw.socket.end();
      await over;
      return order;
    },
    expected: ['error WS_ERR_INVALID_OPCODE', 'close 1006'],
  },
  {
    of: 'socket event error',
    name: 'throws where nobody listens',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const emitted: unknown[] = [];
      const { emit } = socket;
      // The event itself would end this process.
      socket.emit = function (this: WebSocket, ...event: unknown[]): boolean {
        emitted.push(event[0]);
        return event[0] === 'error' || (Reflect.apply(emit, this, event) as boolean);
      } as WebSocket['emit'];
      const over = closed(socket);
      raw.write(MEANINGLESS);
      raw.socket.end();
      await over;
      return emitted;
    },
    expected: ['error', 'close'],
  },
  {
    of: 'socket event message',
    name: 'comes with a Buffer, and says what is binary',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const seen: unknown[] = [];
      const two = new Promise<void>((resolve) => {
        socket.on('message', (data, isBinary) => {
          seen.push([Buffer.isBuffer(data), String(data), isBinary]);
          if (seen.length === 2) resolve();
        });
      });
      raw.write(Buffer.concat([clientFrame(OPCODE_TEXT, 'é'), clientFrame(OPCODE_BINARY, 'b')]));
      await two;
      return seen;
    },
    expected: [
      [true, 'é', false],
      [true, 'b', true],
    ],
  },
  {
    of: 'socket event open',
    name: 'comes before what the server sends',
    run: async (world) => {
      const { port } = await world.answer((asked) =>
        Buffer.concat([Buffer.from(switchingProtocols(asked)), HELLO]),
      );
      const client = world.connect(`ws://127.0.0.1:${port}`);
      const order: string[] = [];
      client.on('open', () => order.push(`open ${client.readyState}`));
      await new Promise<void>((resolve) => {
        client.on('message', (data) => {
          if (order.push(String(data)) === 3) resolve();
        });
      });
      return order;
    },
    expected: ['open 1', 'a', 'b'],
  },
  {
    of: 'socket event ping',
    name: 'comes with the data',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const pinged = once(socket, 'ping');
      client.ping('p');
      return (await pinged)[0];
    },
    expected: Buffer.from('p'),
  },
  {
    of: 'socket event pong',
    name: 'comes with the data, of Pongs that nobody asked for, too',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const answered = once(client, 'pong');
      client.ping('asked');
      const [first] = await answered;
      const unasked = once(client, 'pong');
      socket.pong('unasked');
      return [String(first), String((await unasked)[0])];
    },
    expected: ['asked', 'unasked'],
  },
  {
    of: 'socket.addEventListener',
    name: 'listens as in a browser: functions and objects, once, each listener one time; other types are ignored',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const seen: unknown[] = [];
      const listener = (event: { data: unknown; type: string; target: unknown }): void => {
        seen.push([event.data, event.type, event.target === socket]);
      };
      socket.addEventListener('message', listener);
      socket.addEventListener('message', listener);
      socket.addEventListener('message', { handleEvent: ({ data }) => seen.push(`object ${data}`) });
      socket.addEventListener('message', () => seen.push('once'), { once: true });
      socket.addEventListener('ping' as 'message', () => seen.push('never'));
      const two = new Promise<void>((resolve) => {
        let messages = 0;
        socket.on('message', () => {
          if (++messages === 2) resolve();
        });
      });
      client.ping();
      client.send('a');
      client.send('b');
      await two;
      return seen;
    },
    expected: [['a', 'message', true], 'object a', 'once', ['b', 'message', true], 'object b'],
  },
  {
    of: 'socket.binaryType',
    name: 'says how binary messages come; other values are ignored',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const kinds: string[] = [socket.binaryType];
      for (const type of ['nodebuffer', 'arraybuffer', 'blob', 'fragments', 'nonsense'] as const) {
        socket.binaryType = type as 'nodebuffer';
        const message = once(socket, 'message');
        client.send(Buffer.from('b'));
        const [data] = await message;
        kinds.push(`${socket.binaryType}: ${(data as object).constructor.name}`);
      }
      return kinds;
    },
    expected: [
      'nodebuffer',
      'nodebuffer: Buffer',
      'arraybuffer: ArrayBuffer',
      'blob: Blob',
      'fragments: Array',
      'fragments: Array',
    ],
  },
  {
    of: 'socket.binaryType',
    name: 'gives fragments as they came',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      socket.binaryType = 'fragments';
      const message = once(socket, 'message');
      raw.write(clientFrame(OPCODE_BINARY, 'a', { fin: false }));
      raw.write(clientFrame(OPCODE_CONTINUATION, 'bc'));
      return ((await message)[0] as Buffer[]).map(String);
    },
    expected: ['a', 'bc'],
  },
  {
    of: 'socket.binaryType',
    name: 'gives fragments as they came of a compressed message, too',
    run: async (world) => {
      const { client, socket } = await world.pair({ perMessageDeflate: true }, { perMessageDeflate: true });
      socket.binaryType = 'fragments';
      const message = once(socket, 'message');
      client.send(Buffer.alloc(2000, 'a'), { fin: false });
      client.send(Buffer.alloc(1000, 'b'));
      return ((await message)[0] as Buffer[]).map(({ length }) => length);
    },
    expected: [2000, 1000],
  },
  {
    of: 'socket.bufferedAmount',
    name: 'is 0 where all is sent, and counts what waits with its framing',
    run: async (world) => {
      const { socket } = await world.rawPair();
      const before = socket.bufferedAmount;
      const chunk = Buffer.alloc(16 * 1024 * 1024); // more than the buffers of TCP hold
      socket.send(chunk);
      await new Promise((resolve) => setImmediate(resolve));
      const first = socket.bufferedAmount;
      socket.send(chunk);
      return [before, first > 0, socket.bufferedAmount - first];
    },
    expected: [0, true, 16 * 1024 * 1024 + 10],
  },
  {
    of: 'socket.bufferedAmount',
    name: 'is 0 behind a short message, which is sent at once',
    run: async (world) => {
      const { socket } = await world.rawPair();
      socket.send('short');
      return socket.bufferedAmount;
    },
    expected: 0,
  },
  {
    of: 'socket.close',
    name: 'starts the closing handshake, once',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      socket.close(1000, 'bye');
      const state = socket.readyState;
      socket.close(1001);
      const frames = [await frameOf(raw)];
      raw.write(clientFrame(OPCODE_CLOSE, encodeClosePayload(1000, 'bye')));
      frames.push(await frameOf(raw));
      return { state, frames };
    },
    expected: { state: 2, frames: ['8 \x03\xe8bye', 'end'] },
  },
  {
    of: 'socket.close',
    name: 'throws for codes that cannot be sent and for long reasons, and the socket stays as it was',
    run: async (world) => {
      const { socket } = await world.pair();
      const errors = [
        thrown(() => socket.close(1004)),
        thrown(() => socket.close(1000, 'x'.repeat(124))),
        thrown(() => socket.close('1000' as unknown as number)),
      ];
      return [errors, socket.readyState];
    },
    expected: [
      [
        'TypeError: First argument must be a valid error code number',
        'RangeError: The message must not be greater than 123 bytes',
        'TypeError: First argument must be a valid error code number',
      ],
      1,
    ],
  },
  {
    of: 'socket.close',
    name: 'behind what a peer did wrong says the code',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      socket.on('error', () => {});
      raw.write(MEANINGLESS);
      const answer = await raw.readFrame();
      return [codeOf(answer), answer !== 'end' && answer.payload.length];
    },
    expected: [1002, 2],
  },
  {
    of: 'socket.isPaused',
    name: 'says whether it is paused',
    run: async (world) => {
      const { socket } = await world.pair();
      const states = [socket.isPaused];
      socket.pause();
      states.push(socket.isPaused);
      socket.resume();
      return [...states, socket.isPaused];
    },
    expected: [false, true, false],
  },
  {
    of: 'socket.extensions',
    name: 'names what was negotiated',
    run: async (world) => {
      const none = await world.pair();
      const { socket, client } = await world.pair({ perMessageDeflate: true }, { perMessageDeflate: true });
      return [none.socket.extensions, socket.extensions, client.extensions];
    },
    expected: ['', 'permessage-deflate', 'permessage-deflate'],
  },
  ...(['onopen', 'onmessage', 'onerror', 'onclose'] as const).map(
    (attribute): Case => ({
      of: `socket.${attribute}`,
      name: 'is one listener, or null; a second one takes its place',
      run: async (world) => {
        const { port } = await world.answer((asked, stream) => {
          stream.once('data', () => stream.end()); // the Close that says what is wrong
          const wrong = Buffer.from([0x83, 0]);
          return Buffer.concat([Buffer.from(switchingProtocols(asked)), HELLO.subarray(0, 3), wrong]);
        });
        const client = world.connect(`ws://127.0.0.1:${port}`, [], { perMessageDeflate: false });
        client.on('error', () => {});
        const seen: unknown[] = [client[attribute]];
        const listener = ({ type, data, code, wasClean, message }: Record<string, unknown>): void => {
          seen.push([type, data, code, wasClean, typeof message]);
        };
        client[attribute] = (): unknown => seen.push('never');
        client[attribute] = listener as unknown as null;
        seen.push((client[attribute] as unknown) === listener);
        await closed(client);
        client[attribute] = null;
        return [...seen, client[attribute]];
      },
      expected: [
        null,
        true,
        {
          onopen: ['open', undefined, undefined, undefined, 'undefined'],
          onmessage: ['message', 'a', undefined, undefined, 'undefined'],
          onerror: ['error', undefined, undefined, undefined, 'string'],
          onclose: ['close', undefined, 1006, false, 'undefined'],
        }[attribute],
        null,
      ],
    }),
  ),
  {
    of: 'socket.pause',
    name: 'stops the events; what has been read may still come',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const seen: string[] = [];
      socket.on('message', (data) => {
        seen.push(String(data));
        socket.pause();
      });
      raw.write(Buffer.concat([clientFrame(OPCODE_TEXT, 'a'), clientFrame(OPCODE_TEXT, 'b')]));
      await once(socket, 'message');
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    },
    expected: ['a', 'b'],
  },
  {
    of: 'socket.ping',
    name: 'sends data of all kinds, calls back, throws for too much',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const frames: string[] = [];
      for (const data of ['text', Buffer.from('bytes'), 7, undefined] as const) {
        socket.ping(data);
        frames.push(await frameOf(raw));
      }
      const error = await new Promise((resolve) => socket.ping('', false, resolve));
      return [frames, error ?? null, thrown(() => socket.ping('x'.repeat(126)))];
    },
    expected: [
      ['9 text', '9 bytes', '9 7', '9 '],
      null,
      'RangeError: The data size must not be greater than 125 bytes',
    ],
  },
  {
    of: 'socket.pong',
    name: 'sends data of all kinds',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      socket.pong(Uint8Array.of(0x61));
      const first = await frameOf(raw);
      socket.pong();
      return [first, await frameOf(raw)];
    },
    expected: ['10 a', '10 '],
  },
  {
    of: 'socket.protocol',
    name: 'is the subprotocol in use, at both ends',
    run: async (world) => {
      const { server, url } = await world.listen();
      const connected = once(server, 'connection');
      const client = world.connect(url, ['a', 'b']);
      const before = client.protocol;
      const [[socket]] = (await Promise.all([connected, once(client, 'open')])) as unknown as [[WebSocket]];
      return [before, client.protocol, socket.protocol];
    },
    expected: ['', 'a', 'a'],
  },
  {
    of: 'socket.removeEventListener',
    name: 'removes what addEventListener has added, and nothing else',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const seen: string[] = [];
      const listener = ({ data }: { data: unknown }): unknown => seen.push(`event ${data}`);
      const own = (data: unknown): unknown => seen.push(`own ${data}`);
      socket.addEventListener('message', listener);
      socket.on('message', own);
      socket.removeEventListener('message', listener);
      socket.removeEventListener('message', own as unknown as typeof listener);
      const message = once(socket, 'message');
      client.send('a');
      await message;
      return seen;
    },
    expected: ['own a'],
  },
  {
    of: 'socket.resume',
    name: 'lets the events go on',
    run: async (world) => {
      const { client, socket } = await world.pair();
      socket.pause();
      const message = once(socket, 'message');
      client.send('a');
      socket.resume();
      return String((await message)[0]);
    },
    expected: 'a',
  },
  {
    of: 'socket.readyState',
    name: 'goes up',
    run: async (world) => {
      const { url } = await world.listen();
      const client = world.connect(url);
      const states = [client.readyState];
      await once(client, 'open');
      states.push(client.readyState);
      client.close();
      states.push(client.readyState);
      await once(client, 'close');
      return [...states, client.readyState];
    },
    expected: [0, 1, 2, 3],
  },
  {
    of: 'socket.send',
    name: 'takes all kinds of data, text as text',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const frames: string[] = [];
      for (const data of [
        'text',
        Buffer.from('Buffer'),
        Uint8Array.of(0x61),
        Uint8Array.of(0x61).buffer,
        new DataView(Uint8Array.of(0x62).buffer),
        [0x63],
        7,
        new Blob(['Blob']),
      ]) {
        socket.send(data);
        frames.push(await frameOf(raw));
      }
      return [frames, thrown(() => socket.send({} as unknown as string))?.slice(0, 9)];
    },
    expected: [['1 text', '2 Buffer', '2 a', '2 a', '2 b', '2 c', '1 7', '2 Blob'], 'TypeError'],
  },
  {
    of: 'socket.send',
    name: 'takes options: binary, fin, compress',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      socket.send('a', { binary: true, compress: true });
      socket.send(Buffer.from('b'), { binary: false });
      socket.send('c', { fin: false });
      socket.send('d', { fin: true });
      return [await frameOf(raw), await frameOf(raw), await frameOf(raw), await frameOf(raw)];
    },
    expected: ['2 a', '1 b', '1 c …', '0 d'],
  },
  {
    of: 'socket.send',
    name: 'masks as the option says, and leaves it to the peer to mind',
    run: async (world) => {
      const { client, sockets } = await world.clientOf((asked) => switchingProtocols(asked));
      client.send('a', { mask: false });
      const [bytes] = (await once(sockets[0] as NodeJS.EventEmitter, 'data')) as [Buffer];
      return (Number(bytes[1]) & 0x80) === 0;
    },
    expected: true,
  },
  {
    of: 'socket.send',
    name: 'calls back when data is written, or with the reason why it never will be',
    run: async (world) => {
      const { socket } = await world.pair();
      const written = await new Promise((resolve) => socket.send('a', resolve));
      socket.close();
      const late = await new Promise<Error | undefined>((resolve) => socket.send('b', resolve));
      return [written ?? null, late?.message];
    },
    expected: [null, 'WebSocket is not open: readyState 2 (CLOSING)'],
  },
  {
    of: 'socket.send',
    name: 'throws while CONNECTING, as ping and pong do',
    run: async (world) => {
      const { port } = await world.answer(() => undefined);
      const client = world.connect(`ws://127.0.0.1:${port}`);
      return (['send', 'ping', 'pong'] as const).map((verb) => thrown(() => client[verb]('x')));
    },
    expected: Array(3).fill('Error: WebSocket is not open: readyState 0 (CONNECTING)'),
  },
  {
    of: 'socket.terminate',
    name: 'ends the connection at once',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const ends = [closed(client), closed(socket)];
      client.terminate();
      return [client.readyState, ...(await Promise.all(ends))];
    },
    expected: [2, '1006', '1006'],
  },
  {
    of: 'socket.terminate',
    name: 'delivers what has been read already',
    run: async (world) => {
      const { raw, socket } = await world.rawPair();
      const seen: string[] = [];
      socket.on('message', (data) => {
        seen.push(String(data));
        socket.terminate();
      });
      raw.write(Buffer.concat([clientFrame(OPCODE_TEXT, 'a'), clientFrame(OPCODE_TEXT, 'b')]));
      await closed(socket);
      return seen;
    },
    expected: ['a', 'b'],
  },
  {
    of: 'socket.url',
    name: 'is the address of a client; sockets of a server have none',
    run: async (world) => {
      const { client, socket } = await world.pair();
      return [/^ws:\/\/127\.0\.0\.1:\d+\/$/.test(client.url), socket.url];
    },
    expected: [true, undefined],
  },
];
