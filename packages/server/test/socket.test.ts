import { once } from 'node:events';
import {
  encodeClosePayload,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SendData } from '../src/message-data.ts';
import type { WebSocketServer } from '../src/server.ts';
import type { WebSocket } from '../src/websocket.ts';
import { closeAll, IMPLEMENTATIONS, listen } from './beside-ws.ts';
import { clientFrame, RawClient } from './raw-client.ts';
import { endOfTurn } from './recording-stream.ts';

afterEach(closeAll);

async function pair(Server?: typeof WebSocketServer): Promise<{ client: RawClient; socket: WebSocket }> {
  const { port, accepted } = await listen(Server);
  const [socket, client] = await Promise.all([accepted(), RawClient.open(port)]);
  return { client, socket };
}

/** The next frame in words. */
async function frame(client: RawClient): Promise<string> {
  const next = await client.readFrame();
  if (next === 'end') return 'end';
  return `${next.opcode} ${Buffer.from(next.payload).toString('latin1')}${next.fin ? '' : ' …'}`;
}

function closed(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason}`.trim()));
  });
}

describe.each(IMPLEMENTATIONS)('a socket of %s', (_name, Server) => {
  it('is open, with the state of a server socket', async () => {
    const { socket } = await pair(Server);
    expect(socket).toMatchObject({
      readyState: 1,
      bufferedAmount: 0,
      binaryType: 'nodebuffer',
      extensions: '',
      isPaused: false,
      protocol: '',
      onmessage: null,
      CONNECTING: 0,
      OPEN: 1,
      CLOSING: 2,
      CLOSED: 3,
    });
    expect(socket.url).toBeUndefined();
  });

  it('emits messages as Buffers, and says which are binary', async () => {
    const { client, socket } = await pair(Server);
    const messages: unknown[] = [];
    const second = new Promise<void>((resolve) => {
      socket.on('message', (data, isBinary) => {
        messages.push([data, isBinary]);
        if (messages.length === 2) resolve();
      });
    });
    client.write(Buffer.concat([clientFrame(OPCODE_TEXT, 'é'), clientFrame(OPCODE_BINARY, 'b')]));
    await second;
    expect(messages).toEqual([
      [Buffer.from('é'), false],
      [Buffer.from('b'), true],
    ]);
  });

  it.each<[what: string, data: SendData, sent: string]>([
    ['a string', 'text', '1 text'],
    ['an empty string', '', '1 '],
    ['a Buffer', Buffer.from('bytes'), '2 bytes'],
    ['a Uint8Array', Uint8Array.of(0x61), '2 a'],
    ['an ArrayBuffer', Uint8Array.of(0x61).buffer, '2 a'],
    ['a DataView', new DataView(Uint8Array.of(0x61).buffer), '2 a'],
    ['a part of an array', Uint8Array.of(0x61, 0x62, 0x63).subarray(1), '2 bc'],
    ['an array of numbers', [0x61, 0x62], '2 ab'],
    ['a Blob', new Blob(['blob']), '2 blob'],
    ['nothing', undefined, '2 '],
    ['null', null, '2 '],
  ])('sends %s', async (_what, data, sent) => {
    const { client, socket } = await pair(Server);
    socket.send(data);
    expect(await frame(client)).toBe(sent);
  });

  it('sends a number in decimal', async () => {
    const { client, socket } = await pair(Server);
    socket.send(42);
    expect((await frame(client)).slice(2)).toBe('42');
  });

  it('sends as options say', async () => {
    const { client, socket } = await pair(Server);
    socket.send('a', { binary: true });
    socket.send(Buffer.from('b'), { binary: false, compress: true });
    socket.send('c', { fin: false });
    socket.send('d', { fin: true });
    expect([await frame(client), await frame(client), await frame(client), await frame(client)]).toEqual([
      '2 a',
      '1 b',
      '1 c …',
      '0 d',
    ]);
  });

  it.each([{}, true])('throws a TypeError for %j, which has no bytes', async (data) => {
    const { socket } = await pair(Server);
    expect(() => socket.send(data as unknown as string)).toThrow(TypeError);
  });

  it('calls back when data was written, without an error', async () => {
    const { socket } = await pair(Server);
    const first = new Promise((resolve) => socket.send('a', resolve));
    const second = new Promise((resolve) => socket.send('b', { binary: true }, resolve));
    const third = new Promise((resolve) => socket.send('c', undefined, resolve));
    for (const error of await Promise.all([first, second, third])) expect(error ?? undefined).toBeUndefined();
  });

  it('keeps the order of what is sent behind a Blob', async () => {
    const { client, socket } = await pair(Server);
    const called: string[] = [];
    socket.send(new Blob(['first']), () => called.push('first'));
    socket.send('second', () => called.push('second'));
    expect(socket.bufferedAmount).toBe(11);
    socket.ping('third');
    socket.send(new Blob(['fourth']), { binary: false }, () => called.push('fourth'));
    socket.close(3000, 'fifth');
    expect(socket.readyState).toBe(2);
    expect([
      await frame(client),
      await frame(client),
      await frame(client),
      await frame(client),
      await frame(client),
    ]).toEqual(['2 first', '1 second', '9 third', '1 fourth', '8 \x0b\xb8fifth']);
    expect(called).toEqual(['first', 'second', 'fourth']);
  });

  it('sends Pings and Pongs with their arguments left out from the left', async () => {
    const { client, socket } = await pair(Server);
    socket.ping();
    socket.ping('a', false);
    socket.pong(Buffer.from('b'));
    socket.pong(7);
    expect([await frame(client), await frame(client), await frame(client), await frame(client)]).toEqual([
      '9 ',
      '9 a',
      '10 b',
      '10 7',
    ]);
    await new Promise((resolve) => socket.ping(resolve));
    await new Promise((resolve) => socket.pong('x', resolve));
    await new Promise((resolve) => socket.ping('x', false, resolve));
  });

  it('refuses Pings and Pongs of more than 125 bytes', async () => {
    const { client, socket } = await pair(Server);
    expect(() => socket.ping('x'.repeat(126))).toThrow(RangeError);
    expect(() => socket.pong(Buffer.alloc(126))).toThrow(RangeError);
    socket.ping('x'.repeat(125));
    expect(await frame(client)).toHaveLength(2 + 125);
  });

  it('emits pings and pongs, and answers Pings', async () => {
    const { client, socket } = await pair(Server);
    const ping = once(socket, 'ping');
    const pong = once(socket, 'pong');
    client.write(Buffer.concat([clientFrame(OPCODE_PING, 'a'), clientFrame(OPCODE_PONG, 'b')]));
    expect(await ping).toEqual([Buffer.from('a')]);
    expect(await pong).toEqual([Buffer.from('b')]);
    expect(await frame(client)).toBe('10 a');
  });

  it('closes with a code and a reason, and takes the answer', async () => {
    const { client, socket } = await pair(Server);
    socket.close(3000, 'bye');
    socket.close(3001, 'ignored');
    expect(socket.readyState).toBe(2);
    expect(await frame(client)).toBe('8 \x0b\xb8bye');
    const close = closed(socket);
    client.write(clientFrame(OPCODE_CLOSE, encodeClosePayload(3002, 'answer')));
    expect(await frame(client)).toBe('end');
    client.socket.end();
    expect(await close).toBe('3002 answer');
    expect(socket.readyState).toBe(3);
    socket.close();
    socket.terminate();
  });

  it('closes without a code, and with a Buffer as the reason', async () => {
    const first = await pair(Server);
    first.socket.close();
    expect(await frame(first.client)).toBe('8 ');
    const second = await pair(Server);
    second.socket.close(1000, Buffer.from('bye'));
    expect(await frame(second.client)).toBe('8 \x03\xe8bye');
  });

  it.each([999, 1004, 1005, 1006, 1015, 2999, 5000, '1000', Number.NaN])(
    'does not close with the code %j',
    async (code) => {
      const { socket } = await pair(Server);
      expect(() => socket.close(code as number)).toThrow(TypeError);
    },
  );

  it('does not close with a reason of more than 123 bytes', async () => {
    const { socket } = await pair(Server);
    expect(() => socket.close(1000, 'é'.repeat(62))).toThrow(RangeError);
  });

  it('answers a Close and says what it said', async () => {
    const { client, socket } = await pair(Server);
    const close = closed(socket);
    client.write(clientFrame(OPCODE_CLOSE, encodeClosePayload(1001, 'away')));
    expect(await frame(client)).toBe('8 \x03\xe9away');
    expect(await frame(client)).toBe('end');
    client.socket.end();
    expect(await close).toBe('1001 away');
  });

  it('says 1005 for a Close without a code, and 1006 for none', async () => {
    const first = await pair(Server);
    const firstClose = closed(first.socket);
    first.client.write(clientFrame(OPCODE_CLOSE));
    first.client.socket.end();
    expect(await firstClose).toBe('1005');
    const second = await pair(Server);
    const secondClose = closed(second.socket);
    second.client.socket.end();
    expect(await secondClose).toBe('1006');
  });

  it('says 1006 after terminate, and the peer sees the end', async () => {
    const { client, socket } = await pair(Server);
    const close = closed(socket);
    socket.terminate();
    expect(socket.readyState).toBe(2);
    expect(await close).toBe('1006');
    expect(await client.readToEnd()).toBe('');
  });

  it('still emits messages while it is closing', async () => {
    const { client, socket } = await pair(Server);
    const message = once(socket, 'message');
    socket.close();
    client.write(clientFrame(OPCODE_TEXT, 'meanwhile'));
    expect(String((await message)[0])).toBe('meanwhile');
  });

  it('calls back with an error when it is too late to send, and counts the bytes', async () => {
    const { socket } = await pair(Server);
    socket.close();
    await endOfTurn();
    const before = socket.bufferedAmount;
    const errors = await Promise.all([
      new Promise<Error>((resolve) => socket.send('late', resolve as () => void)),
      new Promise<Error>((resolve) => socket.send(new Blob(['late']), resolve as () => void)),
      new Promise<Error>((resolve) => socket.ping('late', resolve as () => void)),
      new Promise<Error>((resolve) => socket.pong('late', true, resolve as () => void)),
    ]);
    for (const { message } of errors) expect(message).toBe('WebSocket is not open: readyState 2 (CLOSING)');
    expect(socket.bufferedAmount - before).toBe(16);
    socket.send('nobody waits');
    const close = closed(socket);
    socket.terminate();
    await close;
    const error = await new Promise<Error>((resolve) => socket.send('later', resolve as () => void));
    expect(error.message).toBe('WebSocket is not open: readyState 3 (CLOSED)');
  });

  it.each<[frame: string, code: string, closeCode: string]>([
    ['810161', 'WS_ERR_EXPECTED_MASK', '8 \x03\xea'],
    ['8380', 'WS_ERR_INVALID_OPCODE', '8 \x03\xea'],
    ['818100000000ff', 'WS_ERR_INVALID_UTF8', '8 \x03\xef'],
  ])('emits an error for the bytes %s, then close with 1006', async (bytes, code, closeFrame) => {
    const { client, socket } = await pair(Server);
    const error = once(socket, 'error');
    const close = closed(socket);
    client.write(Buffer.from(bytes, 'hex'));
    expect((await error)[0]).toMatchObject({ code });
    expect(socket.readyState).toBe(2);
    expect((await frame(client)).slice(0, 4)).toBe(closeFrame);
    expect(await frame(client)).toBe('end');
    client.socket.end();
    expect(await close).toBe('1006');
  });

  it('emits nothing while it is paused', async () => {
    const { client, socket } = await pair(Server);
    const onMessage = vi.fn();
    socket.on('message', onMessage);
    socket.pause();
    expect(socket.isPaused).toBe(true);
    client.write(clientFrame(OPCODE_TEXT, 'later'));
    for (let turn = 0; turn < 20; turn++) await endOfTurn();
    expect(onMessage).not.toHaveBeenCalled();
    const message = once(socket, 'message');
    socket.resume();
    expect(socket.isPaused).toBe(false);
    await message;
  });

  it('gives binary data as binaryType says', async () => {
    const { client, socket } = await pair(Server);
    const seen: Record<string, unknown> = {};
    for (const type of ['arraybuffer', 'blob', 'fragments', 'nodebuffer'] as const) {
      socket.binaryType = type;
      expect(socket.binaryType).toBe(type);
      const message = once(socket, 'message');
      client.write(clientFrame(OPCODE_BINARY, 'ab'));
      const [data] = await message;
      seen[type] = data instanceof Blob ? await data.text() : data;
    }
    expect(seen).toEqual({
      arraybuffer: Uint8Array.of(0x61, 0x62).buffer,
      blob: 'ab',
      fragments: [Buffer.from('ab')],
      nodebuffer: Buffer.from('ab'),
    });
    (socket as { binaryType: string }).binaryType = 'other';
    expect(socket.binaryType).toBe('nodebuffer');
  });

  it('has the listeners of browsers', async () => {
    const { client, socket } = await pair(Server);
    const seen: unknown[] = [];
    const onMessage = vi.fn(({ type, target, data }) => seen.push([type, target === socket, data]));
    socket.onmessage = onMessage;
    expect(socket.onmessage).toBe(onMessage);
    socket.addEventListener('message', { handleEvent: onMessage }, { once: true });
    const unused = vi.fn();
    socket.addEventListener('message', unused);
    socket.removeEventListener('message', unused);
    const close = new Promise<void>((resolve) => {
      socket.onclose = ({ type, code, reason, wasClean }): void => {
        seen.push([type, code, reason, wasClean]);
        resolve();
      };
    });
    client.write(clientFrame(OPCODE_TEXT, 'text'));
    client.write(clientFrame(OPCODE_BINARY, 'b'));
    client.write(clientFrame(OPCODE_CLOSE, encodeClosePayload(3000, 'bye')));
    client.socket.end();
    await close;
    expect(seen).toEqual([
      ['message', true, 'text'],
      ['message', true, 'text'],
      ['message', true, Buffer.from('b')],
      ['close', 3000, 'bye', true],
    ]);
    expect(unused).not.toHaveBeenCalled();
    socket.onmessage = null;
    expect(socket.onmessage).toBeNull();
    expect(socket.onopen).toBeNull();
    expect(socket.onerror).toBeNull();
  });

  it('tells onerror what was wrong', async () => {
    const { client, socket } = await pair(Server);
    const event = new Promise<{ type: string; error: Error; message: string }>((resolve) => {
      socket.onerror = resolve;
    });
    client.write(Buffer.from('8380', 'hex'));
    const { type, error, message } = await event;
    expect(type).toBe('error');
    expect(error).toHaveProperty('code', 'WS_ERR_INVALID_OPCODE');
    expect(message).toBe(error.message);
  });
});

describe('a socket of ours, unlike one of ws', () => {
  it('does not end the process when nobody listens to errors', async () => {
    const { client, socket } = await pair();
    const close = closed(socket);
    client.write(Buffer.from('8380', 'hex'));
    client.socket.end();
    expect(await close).toBe('1006');
  });

  it('stays open when close is called with a code that is none', async () => {
    const { client, socket } = await pair();
    expect(() => socket.close(1006)).toThrow(TypeError);
    expect(socket.readyState).toBe(1);
    socket.send('still open');
    expect(await frame(client)).toBe('1 still open');
  });

  it('counts in bufferedAmount what leaves at the end of this turn', async () => {
    const { client, socket } = await pair();
    socket.send('abc');
    expect(socket.bufferedAmount).toBe(5);
    await frame(client);
    expect(socket.bufferedAmount).toBe(0);
  });

  it('says what carries its messages', async () => {
    const { socket } = await pair();
    expect(socket.transport).toBe('websocket');
  });

  it('ends the connection when a Blob cannot be read', async () => {
    const { client, socket } = await pair();
    const error = once(socket, 'error');
    const close = closed(socket);
    const cause = new Error('disk');
    const blob = Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(cause) });
    const late = new Promise((resolve) => socket.send(blob, resolve));
    expect((await error)[0]).toHaveProperty('cause', cause);
    expect(await late).toHaveProperty('cause', cause);
    expect(await close).toBe('1006');
    expect(await frame(client)).toBe('end');
  });

  it('calls back when it is terminated while a Blob is read', async () => {
    const { socket } = await pair();
    const blob = Object.assign(new Blob(['x']), { arrayBuffer: () => new Promise(() => {}) });
    const late = new Promise((resolve) => socket.send(blob, resolve));
    socket.terminate();
    expect(await late).toBeInstanceOf(Error);
  });
});
