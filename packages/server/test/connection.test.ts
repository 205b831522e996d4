import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  encodeClosePayload,
  frameHeaderLength,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Connection, hasConnection } from '../src/connection.ts';
import type { ConnectionOptions } from '../src/connection-options.ts';
import { PreparedMessage } from '../src/prepared-message.ts';
import { Journal } from './journal.ts';
import { clientFrame, RawClient } from './raw-client.ts';
import { endOfTurn, RecordingStream } from './recording-stream.ts';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

interface Pair {
  client: RawClient;
  connection: Connection;
  journal: Journal;
  socket: Socket;
}

async function connected(options: Partial<ConnectionOptions> = {}, journal = new Journal()): Promise<Pair> {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = await RawClient.connect((server.address() as { port: number }).port);
  const [socket] = await accepted;
  const connection = new Connection(socket, { role: 'server', ...options });
  connection.start(journal, Buffer.alloc(0));
  return { client, connection, journal, socket };
}

function closeFrame(code?: number, reason?: string): Buffer {
  return clientFrame(OPCODE_CLOSE, encodeClosePayload(code, reason));
}

const say = (connection: Connection, text: string): void => connection.send(text, false, {});

describe('a connection that receives', () => {
  it('delivers text, binary, Pings and Pongs in order', async () => {
    const { client, journal } = await connected();
    client.write(
      Buffer.concat([
        clientFrame(OPCODE_TEXT, 'é'),
        clientFrame(OPCODE_BINARY, 'b'),
        clientFrame(OPCODE_PING, 'p'),
        clientFrame(OPCODE_PONG, 'q'),
        clientFrame(OPCODE_TEXT),
      ]),
    );
    await journal.until(/^text $/);
    expect(journal.lines).toEqual(['text é', 'binary b', 'ping p', 'pong q', 'text ']);
  });

  it('delivers the bytes read with the opening handshake first, after the turn in which it starts', async () => {
    const stream = new RecordingStream();
    const journal = new Journal();
    stream.push(clientFrame(OPCODE_TEXT, 'second'));
    new Connection(stream, { role: 'server' }).start(journal, clientFrame(OPCODE_TEXT, 'first'));
    expect(journal.lines).toEqual([]);
    await journal.until(/second/);
    expect(journal.lines).toEqual(['text first', 'text second']);
  });

  it('delivers a message whose bytes come one at a time', async () => {
    const { client, journal } = await connected();
    client.socket.setNoDelay(true);
    for (const byte of clientFrame(OPCODE_TEXT, 'slowly')) {
      client.write(Uint8Array.of(byte));
      await endOfTurn();
    }
    await journal.until(/text/);
    expect(journal.lines).toEqual(['text slowly']);
  });

  it('delivers large messages and empty fragments as Buffers', async () => {
    const { client, journal } = await connected();
    client.write(clientFrame(OPCODE_BINARY, Buffer.alloc(300_000)));
    client.write(clientFrame(OPCODE_TEXT, '', { fin: false }));
    client.write(clientFrame(OPCODE_CONTINUATION, ''));
    await journal.until(/^text $/);
    expect(journal.lines).toEqual(['binary 300000', 'text ']);
  });

  it('answers a Ping with its data, before the handler is told', async () => {
    const { client, connection, journal } = await connected();
    vi.spyOn(journal, 'onPing').mockImplementation(() => say(connection, 'after the Pong'));
    client.write(clientFrame(OPCODE_PING, 'data'));
    expect(await client.readFrame()).toMatchObject({ opcode: OPCODE_PONG, payload: Buffer.from('data') });
    expect(await client.readFrame()).toMatchObject({ opcode: OPCODE_TEXT });
  });

  it('leaves Pings to the handler with autoPong off', async () => {
    const { client, connection, journal } = await connected({ autoPong: false });
    client.write(clientFrame(OPCODE_PING, 'data'));
    await journal.until(/ping data/);
    say(connection, 'no Pong before this');
    expect(await client.readFrame()).toMatchObject({ opcode: OPCODE_TEXT });
  });

  it('answers only the last Ping of a peer that does not read', async () => {
    const stream = new RecordingStream({ writableHighWaterMark: 10 });
    stream.stalled = true;
    const journal = new Journal();
    const connection = new Connection(stream, { role: 'server' });
    connection.start(journal, Buffer.alloc(0));
    say(connection, 'more than ten bytes');
    await endOfTurn();
    for (let i = 1; i <= 1000; i++) stream.push(clientFrame(OPCODE_PING, `${i}`));
    await journal.until(/ping 1000/);
    expect(connection.bufferedAmount).toBeLessThan(100);
    stream.letGo();
    await journal.until(/drain/);
    await endOfTurn();
    expect(stream.written.toString('latin1')).toMatch(/more than ten bytes..1000$/s);
  });

  it('takes nothing after the Close, whatever comes', async () => {
    const { client, journal } = await connected();
    client.write(
      Buffer.concat([closeFrame(1000), clientFrame(OPCODE_TEXT, 'late'), Buffer.from([0xff, 0xff])]),
    );
    client.socket.end();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['closing 1000', 'closed 1000']);
  });

  it('lets an exception of the handler out, and goes on with the messages behind', async () => {
    const uncaught = new Promise<Error>((resolve) => {
      const others = process.rawListeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const other of others)
          process.on('uncaughtException', other as NodeJS.UncaughtExceptionListener);
        resolve(error);
      });
    });
    const { client, connection, journal } = await connected();
    vi.spyOn(journal, 'onMessage').mockImplementationOnce(() => {
      say(connection, 'sent before');
      throw new Error('from the application');
    });
    client.write(Buffer.concat([clientFrame(OPCODE_TEXT, '1'), clientFrame(OPCODE_TEXT, '2')]));
    await expect(uncaught).resolves.toHaveProperty('message', 'from the application');
    await journal.until(/text 2/);
    expect(await client.readFrame()).toMatchObject({ payload: Buffer.from('sent before') });
  });

  it('delivers one event a turn with allowSynchronousEvents off', async () => {
    const journal = new Journal();
    let turn = 0;
    const turns: number[] = [];
    vi.spyOn(journal, 'onMessage').mockImplementation((data) => {
      turns.push(turn);
      Promise.resolve().then(() => turn++);
      if (data.toString() === '49') journal.onPong(data);
    });
    const { client } = await connected({ allowSynchronousEvents: false }, journal);
    for (let i = 0; i < 50; i++) client.write(clientFrame(OPCODE_TEXT, `${i}`));
    await journal.until(/pong 49/);
    expect(turns).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('delivers everything before it is closed, with allowSynchronousEvents off too', async () => {
    const { client, journal } = await connected({ allowSynchronousEvents: false });
    client.write(Buffer.concat(['1', '2', '3'].map((text) => clientFrame(OPCODE_TEXT, text))));
    client.socket.end();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['text 1', 'text 2', 'text 3', 'closing 1006', 'closed 1006']);
  });
});

describe('a connection that is paused', () => {
  it('delivers nothing, at once, until it is resumed', async () => {
    const { client, connection, journal } = await connected();
    const deliver = journal.onMessage.bind(journal);
    vi.spyOn(journal, 'onMessage').mockImplementation((data, isBinary) => {
      if (data.toString() === '1') connection.pause();
      deliver(data, isBinary);
    });
    client.write(Buffer.concat(['1', '2', '3'].map((text) => clientFrame(OPCODE_TEXT, text))));
    await journal.until(/text 1/);
    await endOfTurn();
    expect(journal.lines).toEqual(['text 1']);
    connection.resume();
    expect(journal.lines).toEqual(['text 1']);
    await journal.until(/text 3/);
    expect(journal.lines).toEqual(['text 1', 'text 2', 'text 3']);
  });

  it('makes TCP slow the peer down', async () => {
    const { client, connection, socket } = await connected();
    connection.pause();
    const chunk = clientFrame(OPCODE_BINARY, Buffer.alloc(1_000_000));
    for (let i = 0; i < 30; i++) client.write(chunk);
    // Until the kernel's buffers are full: no more is taken for many turns.
    for (let left = client.socket.writableLength, turns = 0; turns < 100; turns++) {
      await endOfTurn();
      if (client.socket.writableLength !== left) turns = 0;
      left = client.socket.writableLength;
    }
    expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
    expect(socket.readableLength).toBeLessThan(1_000_000);
    client.socket.destroy();
  });

  it('delivers what had arrived when TCP breaks', async () => {
    const { client, connection, journal, socket } = await connected();
    connection.pause();
    client.write(clientFrame(OPCODE_TEXT, 'before'));
    while (socket.bytesRead === 0) await endOfTurn();
    socket.destroy();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['text before', 'closed 1006']);
  });

  it('learns of the end when it is resumed', async () => {
    const { client, connection, journal } = await connected();
    connection.pause();
    client.write(clientFrame(OPCODE_TEXT, 'before'));
    client.socket.end();
    connection.resume();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['text before', 'closing 1006', 'closed 1006']);
  });
});

describe('a connection that sends', () => {
  it('answers all messages of one read in one write', async () => {
    const stream = new RecordingStream();
    const journal = new Journal();
    const connection = new Connection(stream, { role: 'server' });
    vi.spyOn(journal, 'onMessage').mockImplementation((data, binary) => connection.send(data, binary, {}));
    connection.start(journal, Buffer.concat(['1', '2', '3'].map((text) => clientFrame(OPCODE_TEXT, text))));
    await endOfTurn();
    expect(stream.writes.map(String)).toEqual(['\x81\x011\x81\x012\x81\x013'.replaceAll('\x81', '\ufffd')]);
  });

  it('sends the head of the handshake and the first messages in one write', async () => {
    const stream = new RecordingStream();
    const connection = new Connection(stream, { role: 'server' });
    connection.writeHead('HTTP/1.1 101 X\r\n\r\n');
    connection.start(new Journal(), Buffer.alloc(0));
    say(connection, 'hello');
    await endOfTurn();
    expect(stream.writes.map((write) => write.toString('latin1'))).toEqual([
      'HTTP/1.1 101 X\r\n\r\n\x81\x05hello',
    ]);
  });

  it('counts what it has gathered and what the socket holds', async () => {
    const stream = new RecordingStream();
    stream.stalled = true;
    const connection = new Connection(stream, { role: 'server' });
    say(connection, 'hello');
    expect(connection.bufferedAmount).toBe(7);
    await endOfTurn();
    expect(connection.bufferedAmount).toBe(7);
    stream.letGo();
    await endOfTurn();
    expect(connection.bufferedAmount).toBe(0);
  });

  it('sends the fragments of a message, Pings between them', async () => {
    const { client, connection } = await connected();
    connection.send('a', false, { fin: false });
    connection.ping(Buffer.from('p'));
    connection.send(Buffer.from('b'), false, { fin: false });
    connection.send('c', false, { fin: true });
    connection.send('d', false, {});
    const seen: string[] = [];
    for (let i = 0; i < 5; i++) {
      const frame = await client.readFrame();
      if (frame !== 'end') seen.push(`${frame.opcode} ${frame.fin} ${Buffer.from(frame.payload)}`);
    }
    expect(seen).toEqual(['1 false a', '9 true p', '0 false b', '0 true c', '1 true d']);
  });

  it('tells the handler when the network has taken everything again', async () => {
    const { client, connection, journal } = await connected();
    client.socket.pause();
    for (let i = 0; i < 100; i++) connection.send(Buffer.alloc(1_000_000), true, {});
    await endOfTurn();
    expect(connection.bufferedAmount).toBeGreaterThan(1_000_000);
    expect(journal.lines).toEqual([]);
    client.socket.resume();
    client.socket.removeAllListeners('data').resume();
    await journal.until(/drain/);
    expect(connection.bufferedAmount).toBe(0);
  });

  it('calls back with an error when it is closing', async () => {
    const { connection } = await connected();
    connection.close(1000, Buffer.alloc(0));
    for (const send of ['send', 'ping', 'pong'] as const) {
      const error = await new Promise((resolve) => {
        if (send === 'send') connection.send('late', false, {}, resolve);
        else connection[send](Buffer.alloc(0), resolve);
      });
      expect(error).toBeInstanceOf(Error);
    }
    connection.terminate();
  });

  it('calls back with an error when TCP breaks before the data was written', async () => {
    const { connection, journal } = await connected();
    const error = new Promise((resolve) => connection.send('lost', false, {}, resolve));
    connection.terminate();
    await expect(error).resolves.toBeInstanceOf(Error);
    await journal.until(/closed 1006/);
  });

  it('publishes among what it sends, and nothing once it is closing', async () => {
    const { client, connection } = await connected();
    connection.send('before', false, {});
    connection.publish(new PreparedMessage('for all', false, true));
    connection.send('behind', false, {});
    connection.close(1000, Buffer.alloc(0));
    connection.publish(new PreparedMessage('too late', false, true));
    const payloads: string[] = [];
    for (;;) {
      const frame = await client.readFrame();
      if (frame === 'end' || frame.opcode === OPCODE_CLOSE) break;
      payloads.push(Buffer.from(frame.payload).toString());
    }
    expect(payloads).toEqual(['before', 'for all', 'behind']);
    client.write(clientFrame(OPCODE_CLOSE));
    expect(await client.readFrame()).toBe('end');
  });

  it('has room for what is longer than its limit where nothing waits, and else up to the limit', async () => {
    const { connection } = await connected({ maxBufferedBytes: 100 });
    expect(connection.hasRoomFor(1000)).toBe(true);
    connection.send('x'.repeat(38), false, {});
    expect(connection.bufferedAmount).toBe(40);
    expect(connection.hasRoomFor(60)).toBe(true);
    expect(connection.hasRoomFor(61)).toBe(false);
  });

  it('ends at once for want of room, with a clear error', async () => {
    const { client, connection, journal } = await connected();
    connection.overflow();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['error HOLDFAST_ERR_BUFFER_OVERFLOW', 'closed 1006']);
    expect(await client.readFrame()).toBe('end');
  });

  it('masks in the role of a client, and takes what is not masked', async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [far] = await accepted;
    const [nearJournal, farJournal] = [new Journal(), new Journal()];
    const client = new Connection(near, { role: 'client' });
    const peer = new Connection(far, { role: 'server' });
    client.start(nearJournal, Buffer.alloc(0));
    peer.start(farJournal, Buffer.alloc(0));
    say(client, 'from the client');
    say(peer, 'from the server');
    await Promise.all([nearJournal.until(/from the server/), farJournal.until(/from the client/)]);
    client.close(3000, Buffer.from('bye'));
    await Promise.all([nearJournal.until(/closed/), farJournal.until(/closed/)]);
    expect(nearJournal.lines).toEqual(['text from the server', 'closing 3000 bye', 'closed 3000 bye']);
    expect(farJournal.lines).toEqual(['text from the client', 'closing 3000 bye', 'closed 3000 bye']);
  });
});

describe('the closing handshake', () => {
  it.each<[what: string, Buffer, line: string, answer: string]>([
    ['a code and a reason', closeFrame(3000, 'bye'), '3000 bye', '0bb8627965'],
    ['a code', closeFrame(1001), '1001', '03e9'],
    ['nothing', closeFrame(), '1005', ''],
  ])('answers a Close with %s, then ends TCP first', async (_what, frame, line, answer) => {
    const { client, journal } = await connected();
    client.write(frame);
    const close = await client.readFrame();
    expect(close).toMatchObject({ opcode: OPCODE_CLOSE, payload: Buffer.from(answer, 'hex') });
    expect(await client.readFrame()).toBe('end');
    client.socket.end();
    await journal.until(/closed/);
    expect(journal.lines).toEqual([`closing ${line}`, `closed ${line}`]);
  });

  it('takes messages until the answer to its own Close, then ends TCP first', async () => {
    const { client, connection, journal } = await connected();
    say(connection, 'last');
    connection.close(1000, Buffer.from('done'));
    expect(await client.readFrame()).toMatchObject({ opcode: OPCODE_TEXT });
    expect(await client.readFrame()).toMatchObject({
      opcode: OPCODE_CLOSE,
      payload: Buffer.from('\x03\xe8done', 'latin1'),
    });
    client.write(Buffer.concat([clientFrame(OPCODE_TEXT, 'meanwhile'), closeFrame(1000)]));
    expect(await client.readFrame()).toBe('end');
    client.socket.end();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['text meanwhile', 'closing 1000', 'closed 1000']);
  });

  it('sends one Close when both ends close at once', async () => {
    const { client, connection, journal } = await connected();
    connection.close(1000, Buffer.alloc(0));
    client.write(closeFrame(1001));
    expect(await client.readFrame()).toMatchObject({ opcode: OPCODE_CLOSE });
    expect(await client.readFrame()).toBe('end');
    client.socket.end();
    await journal.until(/closed 1001/);
  });

  it('cuts a peer that does not answer its Close', async () => {
    const { client, connection, journal } = await connected({ closeTimeoutMs: 20 });
    connection.close(1000, Buffer.alloc(0));
    await journal.until(/closed 1006/);
    await client.readToEnd();
    client.socket.destroy();
  });

  it('cuts a peer that keeps TCP open after the Closes', async () => {
    const { client, journal } = await connected({ closeTimeoutMs: 20 });
    client.write(closeFrame(1000));
    await journal.until(/closed 1000/);
    client.socket.destroy();
  });

  it('says 1006 where TCP ends without a Close', async () => {
    const { client, journal } = await connected();
    client.write(clientFrame(OPCODE_TEXT, 'a'));
    client.socket.end();
    expect(await client.readFrame()).toBe('end');
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['text a', 'closing 1006', 'closed 1006']);
  });

  it('sends what it still has to a peer that ends its half of TCP first', async () => {
    const { client, connection, journal, socket } = await connected();
    let receivedBytes = 0;
    client.socket.removeAllListeners('data').pause();
    const payload = Buffer.alloc(16 * 1024 * 1024);
    connection.send(payload, true, {});
    client.socket.end();
    await journal.until(/closing 1006/);
    expect(socket.destroyed).toBe(false);
    client.socket.on('data', (chunk) => {
      receivedBytes += chunk.length;
    });
    client.socket.resume();
    await journal.until(/closed 1006/);
    await client.readToEnd();
    expect(receivedBytes).toBe(frameHeaderLength(payload.length) + payload.length);
  });

  it('says 1006 where TCP ends within a frame', async () => {
    const { client, journal } = await connected();
    client.write(clientFrame(OPCODE_TEXT, 'cut').subarray(0, 7));
    client.socket.end();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['closing 1006', 'closed 1006']);
  });

  it('says 1006, and nothing of an error, where TCP is reset', async () => {
    const { client, journal } = await connected();
    client.socket.resetAndDestroy();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['closed 1006']);
  });

  it('says 1006 when it is terminated, and delivers nothing more', async () => {
    const { client, connection, journal } = await connected();
    vi.spyOn(journal, 'onMessage').mockImplementation(() => connection.terminate());
    client.write(Buffer.concat([clientFrame(OPCODE_TEXT, '1'), clientFrame(OPCODE_TEXT, '2')]));
    await journal.until(/closed/);
    expect(journal.onMessage).toHaveBeenCalledOnce();
    expect(journal.lines).toEqual(['closed 1006']);
    connection.terminate();
    connection.pause();
    connection.resume();
    connection.close(1000, Buffer.alloc(0));
    await endOfTurn();
    expect(journal.lines).toEqual(['closed 1006']);
  });
});

describe('failing the connection', () => {
  const cases: [what: string, bytes: Buffer, code: number, name: string][] = [
    ['a frame that is not masked', Buffer.from('810161', 'hex'), 1002, 'WS_ERR_EXPECTED_MASK'],
    ['reserved bits', Buffer.from('b180', 'hex'), 1002, 'WS_ERR_UNEXPECTED_RSV_2_3'],
    ['a compressed frame', Buffer.from('c180', 'hex'), 1002, 'WS_ERR_UNEXPECTED_RSV_1'],
    ['an unknown opcode', Buffer.from('8380', 'hex'), 1002, 'WS_ERR_INVALID_OPCODE'],
    ['a continuation of nothing', clientFrame(OPCODE_CONTINUATION, 'x'), 1002, 'WS_ERR_INVALID_OPCODE'],
    ['a fragmented Ping', Buffer.from('0980', 'hex'), 1002, 'WS_ERR_EXPECTED_FIN'],
    ['a Close of one byte', clientFrame(OPCODE_CLOSE, 'x'), 1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'],
    ['a Close with code 1005', clientFrame(OPCODE_CLOSE, '\x03\xed'), 1002, 'WS_ERR_INVALID_CLOSE_CODE'],
    ['text that is not UTF-8', clientFrame(OPCODE_TEXT, Buffer.from([0xff])), 1007, 'WS_ERR_INVALID_UTF8'],
    [
      'a message that is too long',
      clientFrame(OPCODE_TEXT, 'x'.repeat(101)),
      1009,
      'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    ],
    [
      'an announced length of 2^62',
      Buffer.from('82ff4000000000000000', 'hex'),
      1009,
      'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    ],
    [
      'too many fragments',
      Buffer.concat([0, 1, 2, 3].map((i) => clientFrame(i === 0 ? OPCODE_TEXT : 0, '', { fin: false }))),
      1008,
      'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    ],
  ];

  it.each(cases)(
    'answers %s with its close code, one error, and the end',
    async (_what, bytes, code, name) => {
      const { client, journal } = await connected({ maxPayloadBytes: 100, maxFragments: 3 });
      client.write(
        Buffer.concat([clientFrame(OPCODE_TEXT, 'before'), bytes, clientFrame(OPCODE_TEXT, 'behind')]),
      );
      const close = await client.readFrame();
      if (close === 'end') throw new Error('no Close');
      expect(close.opcode).toBe(OPCODE_CLOSE);
      expect(Buffer.from(close.payload).readUInt16BE()).toBe(code);
      expect(await client.readFrame()).toBe('end');
      client.socket.end();
      await journal.until(/closed/);
      expect(journal.lines).toEqual(['text before', `error ${name}`, 'closed 1006']);
    },
  );

  it('sends no second Close where its own was sent', async () => {
    const { client, connection, journal } = await connected();
    connection.close(1000, Buffer.alloc(0));
    expect(await client.readFrame()).toMatchObject({ opcode: OPCODE_CLOSE });
    client.write(Buffer.from('810161', 'hex'));
    expect(await client.readFrame()).toBe('end');
    client.socket.end();
    await journal.until(/closed/);
    expect(journal.lines).toEqual(['error WS_ERR_EXPECTED_MASK', 'closed 1006']);
  });

  it('does not check text with validateUtf8 off', async () => {
    const { client, journal } = await connected({ validateUtf8: false });
    client.write(clientFrame(OPCODE_TEXT, Buffer.from([0xff])));
    await journal.until(/text/);
    expect(journal.errors).toEqual([]);
  });
});

describe('hasConnection', () => {
  it('tells whether a socket is in use', () => {
    const stream = new RecordingStream();
    expect(hasConnection(stream)).toBe(false);
    new Connection(stream, { role: 'server' }).start(new Journal(), Buffer.alloc(0));
    expect(hasConnection(stream)).toBe(true);
  });
});
