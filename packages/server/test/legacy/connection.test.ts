import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LegacyDraft } from '../../src/legacy/handshake.ts';
import type { ServerOptions } from '../../src/server-options.ts';
import type { WebSocket } from '../../src/websocket.ts';
import { closeAll, listen } from '../beside-ws.ts';
import type { RawClient } from '../raw-client.ts';
import { CLOSING_FRAME, openLegacyClient, text } from './legacy-client.ts';

const DRAFTS: LegacyDraft[] = ['hixie-75', 'hixie-76'];
const NO_REASON = Buffer.alloc(0);

const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await closeAll();
});

/** A server with the option on, and a client that has opened. */
async function open(draft: LegacyDraft, options: ServerOptions = {}) {
  const { server, port, accepted } = await listen(undefined, { legacyHandshakes: true, ...options });
  const [socket, client] = await Promise.all([accepted(), openLegacyClient(port, draft)]);
  clients.push(client);
  const closed = new Promise<unknown[]>((resolve) => {
    socket.on('close', (...event) => resolve(event));
  });
  return { server, socket, client, closed };
}

/** What the client gets until the server has ended its side. */
async function bytesToEnd(client: RawClient): Promise<Buffer> {
  return Buffer.from(await client.readToEnd(), 'latin1');
}

function messages(socket: WebSocket): string[] {
  const seen: string[] = [];
  socket.on('message', (data, isBinary) => seen.push(`${isBinary ? 'binary ' : ''}${data}`));
  return seen;
}

describe.each(DRAFTS)('a connection of %s', (draft) => {
  it('carries text both ways', async () => {
    const { socket, client } = await open(draft);
    socket.on('message', (data, isBinary) => socket.send(`${isBinary} ${data}`));
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      client.write(text('ü'.repeat(length)));
      const due = text(`false ${'ü'.repeat(length)}`);
      expect((await client.readBytes(due.length)).equals(due)).toBe(true);
    }
    expect([socket.extensions, socket.protocol, socket.transport]).toEqual(['', '', 'websocket']);
  });

  it('sends numbers, and bytes that are declared to be text', async () => {
    const { socket, client } = await open(draft);
    socket.send(7);
    socket.send(Buffer.from('hü'), { binary: false });
    socket.send('\ud800');
    const due = Buffer.concat([text('7'), text('hü'), text('\ufffd')]);
    expect(await client.readBytes(due.length)).toEqual(due);
  });

  it('joins what is sent in parts, and keeps what is published meanwhile behind it', async () => {
    const { socket, server, client } = await open(draft);
    const callback = vi.fn();
    socket.subscribe('topic');
    socket.send('a', { fin: false }, callback);
    server.publish('topic', 'published');
    socket.send('b', { fin: false });
    expect(socket.bufferedAmount).toBeGreaterThanOrEqual(2);
    socket.send('c', callback);
    const due = Buffer.concat([text('abc'), text('published')]);
    expect(await client.readBytes(due.length)).toEqual(due);
    await vi.waitFor(() => expect(callback.mock.calls).toEqual([[], [undefined]]));
  });

  it('gets what is published as text', async () => {
    const { socket, server, client } = await open(draft);
    socket.subscribe('topic');
    expect(server.publish('topic', 'hi')).toBe(1);
    expect(await client.readBytes(4)).toEqual(text('hi'));
  });

  it('tells the callback of a binary message that there are none, and goes on', async () => {
    const { socket, client } = await open(draft);
    const error = await new Promise((resolve) => socket.send(Buffer.from('x'), resolve));
    expect(error).toMatchObject({
      code: 'HOLDFAST_ERR_UNSUPPORTED_BY_DRAFT',
      message: expect.stringContaining(draft),
    });
    const invalid = Buffer.of(0x61, 0xff, 0x00);
    expect(await new Promise((resolve) => socket.send(invalid, { binary: false }, resolve))).toMatchObject({
      code: 'HOLDFAST_ERR_UNSUPPORTED_BY_DRAFT',
    });
    socket.send('text');
    expect(await client.readBytes(6)).toEqual(text('text'));
  });

  it.each([
    ['sent', (socket: WebSocket) => socket.send(Buffer.from('x'))],
    ['published', (_socket: WebSocket, publish: (data: Buffer) => void) => publish(Buffer.from('x'))],
  ])('ends where a binary message is %s and nobody asks what became of it', async (_how, send) => {
    const { socket, server, client, closed } = await open(draft);
    const onError = vi.fn();
    socket.on('error', onError);
    socket.subscribe('topic');
    socket.send('before');
    send(socket, (data) => server.publish('topic', data));
    expect(onError).not.toHaveBeenCalled();
    socket.send('behind');
    const due = draft === 'hixie-76' ? Buffer.concat([text('before'), CLOSING_FRAME]) : text('before');
    expect(await client.readBytes(100)).toEqual(due);
    client.socket.end();
    expect(await closed).toEqual([1006, NO_REASON]);
    expect(onError.mock.calls).toEqual([
      [expect.objectContaining({ code: 'HOLDFAST_ERR_UNSUPPORTED_BY_DRAFT' })],
    ]);
  });

  it('has neither Ping nor Pong: their callbacks are told, and it goes on', async () => {
    const { socket, client } = await open(draft);
    for (const verb of ['ping', 'pong'] as const) {
      socket[verb]();
      const error = await new Promise((resolve) =>
        socket[verb]('', false, resolve as (error?: Error) => void),
      );
      expect(error).toMatchObject({ code: 'HOLDFAST_ERR_UNSUPPORTED_BY_DRAFT' });
    }
    socket.send('text', { compress: true });
    expect(await client.readBytes(6)).toEqual(text('text'));
  });

  it('discards frames of other types', async () => {
    const { socket, client } = await open(draft);
    const seen = messages(socket);
    client.write(Buffer.concat([Buffer.from('\x01ignored\xff\x80\x03\x00\xff\x00', 'latin1'), text('a')]));
    await once(socket, 'message');
    expect(seen).toEqual(['a']);
  });

  it('fails where a text is too long, and says why in an event', async () => {
    const { socket, client, closed } = await open(draft, { maxPayload: 10 });
    const error = once(socket, 'error');
    const seen = messages(socket);
    client.write(Buffer.concat([text('a'), Buffer.from('\x00more than ten', 'latin1')]));
    expect(await error).toMatchObject([{ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' }]);
    expect(await bytesToEnd(client)).toEqual(draft === 'hixie-76' ? CLOSING_FRAME_READ : NO_REASON);
    client.socket.end();
    expect(await closed).toEqual([1006, NO_REASON]);
    expect(seen).toEqual(['a']);
  });

  it('keeps the process alive where nobody listens to errors', async () => {
    const { client, closed } = await open(draft, { maxPayload: 1 });
    client.write(text('too long'));
    client.socket.end();
    expect(await closed).toEqual([1006, NO_REASON]);
  });

  it('delivers nothing while it is paused, and all of it afterwards', async () => {
    const { socket, client } = await open(draft);
    const seen = messages(socket);
    socket.pause();
    client.write(Buffer.concat([text('a'), text('b')]));
    await new Promise((resolve) => client.socket.write(text('c'), resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    socket.resume();
    await vi.waitFor(() => expect(seen).toEqual(['a', 'b', 'c']));
  });

  it('goes on behind a listener that throws', async () => {
    const { socket, client } = await open(draft);
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    const seen = messages(socket);
    socket.prependListener('message', (data) => {
      if (String(data) === 'a') throw new Error('bug');
    });
    client.write(Buffer.concat([text('a'), text('b')]));
    await vi.waitFor(() => expect(seen).toEqual(['b']));
    expect(await thrown).toMatchObject({ message: 'bug' });
  });

  it('delivers one message a turn with allowSynchronousEvents off', async () => {
    const { socket, client } = await open(draft, { allowSynchronousEvents: false });
    const seen: string[] = [];
    socket.on('message', (data) => {
      seen.push(String(data));
      process.nextTick(() => seen.push('turn'));
    });
    client.write(Buffer.concat([text('a'), text('b')]));
    await vi.waitFor(() => expect(seen).toEqual(['a', 'turn', 'b', 'turn']));
  });

  it('is ended before what is published to it fills the memory', async () => {
    const { socket, server, client, closed } = await open(draft, { maxBufferedBytes: 100_000 });
    const error = once(socket, 'error');
    client.socket.pause();
    socket.subscribe('topic');
    const chunk = 'x'.repeat(1_000_000);
    while (server.publish('topic', chunk) > 0);
    expect(await error).toMatchObject([{ code: 'HOLDFAST_ERR_BUFFER_OVERFLOW' }]);
    expect((await closed)[0]).toBe(1006);
  });

  it('ends with terminate, at once', async () => {
    const { socket, client, closed } = await open(draft);
    socket.terminate();
    expect(await closed).toEqual([1006, NO_REASON]);
    expect(await client.readToEnd()).toBe('');
    const late = await new Promise((resolve) => socket.send('late', resolve));
    expect(late).toBeInstanceOf(Error);
  });

  it('ends where the client resets TCP', async () => {
    const { client, closed } = await open(draft);
    client.socket.resetAndDestroy();
    expect(await closed).toEqual([1006, NO_REASON]);
  });
});

/** As `readToEnd` has it, which reads UTF-8. */
const CLOSING_FRAME_READ = Buffer.from('\ufffd\0', 'latin1');

describe('the end of a connection of hixie-76', () => {
  it('is its closing frame, answered with ours, without a code', async () => {
    const { socket, client, closed } = await open('hixie-76');
    const seen = messages(socket);
    client.write(Buffer.concat([text('last'), CLOSING_FRAME, text('behind')]));
    expect(await client.readBytes(100)).toEqual(CLOSING_FRAME);
    client.socket.end();
    expect(await closed).toEqual([1005, NO_REASON]);
    expect(seen).toEqual(['last']);
  });

  it('is ours, answered with its own: its messages before that still come', async () => {
    const { socket, client, closed } = await open('hixie-76');
    const seen = messages(socket);
    socket.close(4000, 'not told');
    expect(await client.readBytes(2)).toEqual(CLOSING_FRAME);
    client.write(Buffer.concat([text('last'), CLOSING_FRAME]));
    expect(await client.readBytes(1)).toEqual(NO_REASON);
    client.socket.end();
    expect(await closed).toEqual([1005, NO_REASON]);
    expect(seen).toEqual(['last']);
  });

  it('is 1006 where the client does not answer ours in time', async () => {
    const { socket, client, closed } = await open('hixie-76', { closeTimeout: 20 });
    socket.close();
    expect(await closed).toEqual([1006, NO_REASON]);
    expect(await client.readBytes(100)).toEqual(CLOSING_FRAME);
  });

  it('is 1006 where TCP ends without a closing frame', async () => {
    const { client, closed } = await open('hixie-76');
    client.socket.end();
    expect(await closed).toEqual([1006, NO_REASON]);
  });
});

describe('the end of a connection of hixie-75', () => {
  it('is the end of TCP, by the client', async () => {
    const { socket, client, closed } = await open('hixie-75');
    const seen = messages(socket);
    client.write(Buffer.concat([text('last'), Buffer.of(0xff, 0x00)]));
    client.socket.end();
    expect(await closed).toEqual([1005, NO_REASON]);
    expect(seen).toEqual(['last']);
    expect(await client.readToEnd()).toBe('');
  });

  it('is the end of TCP, by us: its messages before that still come', async () => {
    const { socket, client, closed } = await open('hixie-75');
    const seen = messages(socket);
    socket.send('bye');
    socket.close();
    expect(await client.readBytes(100)).toEqual(text('bye'));
    client.write(text('last'));
    client.socket.end();
    expect(await closed).toEqual([1005, NO_REASON]);
    expect(seen).toEqual(['last']);
  });

  it('is 1006 within a frame', async () => {
    const { client, closed } = await open('hixie-75');
    client.write(Buffer.from('\x00half', 'latin1'));
    client.socket.end();
    expect(await closed).toEqual([1006, NO_REASON]);
  });

  it('is 1006 where the client does not end TCP in time', async () => {
    const { socket, closed } = await open('hixie-75', { closeTimeout: 20 });
    socket.close();
    expect(await closed).toEqual([1006, NO_REASON]);
  });
});
