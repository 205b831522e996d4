/** What ws documents of streams, and of the codes of errors. */
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { OPCODE_BINARY, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_TEXT } from '@holdfast/protocol';
import { switchingProtocols } from '../answering-server.ts';
import { clientFrame } from '../raw-client.ts';
import { type Case, closed, codeOf, type World } from './contract.ts';

/** Bytes that a client sends → the code of the error, and of the Close. */
async function violation(world: World, ...bytes: Uint8Array[]): Promise<unknown> {
  const { raw, socket } = await world.rawPair({ maxPayload: 100, maxFragments: 2 });
  const failed = new Promise((resolve) => {
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
  for (const each of bytes) raw.write(each);
  return [await failed, codeOf(await raw.readFrame())];
}

/** An empty frame of a client with this first byte. */
function frame(firstByte: number): Uint8Array {
  return Uint8Array.of(firstByte, 0x80, 0, 0, 0, 0);
}

/** A length in the long form, that no message of a test has. */
function hugeFrame(): Uint8Array {
  return Uint8Array.of(0x82, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4);
}

export const OTHER_CASES: Case[] = [
  {
    of: 'createWebSocketStream',
    name: 'makes a Duplex of a socket: messages are chunks, end closes',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const stream = world.side.createWebSocketStream(client, { decodeStrings: false });
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      stream.write('text');
      const [first] = await once(stream, 'data');
      const end = closed(socket);
      stream.resume().end();
      return [Buffer.isBuffer(first), String(first), await end];
    },
    expected: [true, 'text', '1005'],
  },
  {
    of: 'createWebSocketStream',
    name: 'ends with the socket',
    run: async (world) => {
      const { client, socket } = await world.pair();
      const stream = world.side.createWebSocketStream(client);
      socket.send('a');
      socket.send('b');
      socket.close();
      return String(await buffer(stream));
    },
    expected: 'ab',
  },
  {
    of: 'WS_ERR_EXPECTED_FIN',
    name: 'a control frame in fragments',
    run: (world) => violation(world, frame(0x09)),
    expected: ['WS_ERR_EXPECTED_FIN', 1002],
  },
  {
    of: 'WS_ERR_EXPECTED_MASK',
    name: 'a frame of a client that is not masked',
    run: (world) => violation(world, Uint8Array.of(0x81, 1, 0x61)),
    expected: ['WS_ERR_EXPECTED_MASK', 1002],
  },
  {
    of: 'WS_ERR_INVALID_CLOSE_CODE',
    name: 'a Close with a code that must not be sent',
    run: (world) => violation(world, clientFrame(OPCODE_CLOSE, Uint8Array.of(0x03, 0xed))),
    expected: ['WS_ERR_INVALID_CLOSE_CODE', 1002],
  },
  {
    of: 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
    name: 'a Close of one byte',
    run: (world) => violation(world, clientFrame(OPCODE_CLOSE, Uint8Array.of(3))),
    expected: ['WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  },
  {
    of: 'WS_ERR_INVALID_OPCODE',
    name: 'an opcode without a meaning, and a message within another',
    run: async (world) => [
      await violation(world, frame(0x87)),
      await violation(world, clientFrame(OPCODE_TEXT, 'a', { fin: false }), clientFrame(OPCODE_TEXT, 'b')),
      await violation(world, clientFrame(OPCODE_CONTINUATION, 'a')),
    ],
    expected: Array(3).fill(['WS_ERR_INVALID_OPCODE', 1002]),
  },
  {
    of: 'WS_ERR_INVALID_UTF8',
    name: 'text that is none',
    run: (world) => violation(world, clientFrame(OPCODE_TEXT, Uint8Array.of(0xc3))),
    expected: ['WS_ERR_INVALID_UTF8', 1007],
  },
  {
    of: 'WS_ERR_UNEXPECTED_MASK',
    name: 'a frame of a server that is masked',
    run: async (world) => {
      const { client, sockets } = await world.clientOf((asked) => switchingProtocols(asked));
      const failed = new Promise((resolve) => {
        client.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
      });
      sockets[0]?.write(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x61));
      return failed;
    },
    expected: 'WS_ERR_UNEXPECTED_MASK',
  },
  {
    of: 'WS_ERR_UNEXPECTED_RSV_1',
    name: 'RSV1 without compression',
    run: (world) => violation(world, clientFrame(OPCODE_TEXT, 'a', { rsv1: true })),
    expected: ['WS_ERR_UNEXPECTED_RSV_1', 1002],
  },
  {
    of: 'WS_ERR_UNEXPECTED_RSV_2_3',
    name: 'RSV2 or RSV3',
    run: async (world) => [await violation(world, frame(0xa1)), await violation(world, frame(0x91))],
    expected: Array(2).fill(['WS_ERR_UNEXPECTED_RSV_2_3', 1002]),
  },
  {
    of: 'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    name: 'more fragments than maxFragments',
    run: (world) =>
      violation(
        world,
        clientFrame(OPCODE_BINARY, 'a', { fin: false }),
        clientFrame(OPCODE_CONTINUATION, 'b', { fin: false }),
        clientFrame(OPCODE_CONTINUATION, 'c'),
      ),
    expected: ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 1008],
  },
  {
    of: 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    name: 'a length of more than 2^53 - 1',
    run: (world) => violation(world, hugeFrame()),
    expected: ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 1009],
  },
  {
    of: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    name: 'a message longer than maxPayload',
    run: (world) => violation(world, clientFrame(OPCODE_BINARY, 'x'.repeat(101))),
    expected: ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
  },
];
