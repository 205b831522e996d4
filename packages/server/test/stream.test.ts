import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Duplex, type DuplexOptions } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { control } from '@holdfast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createWebSocketStream as createWsStream,
  WebSocket as WsClient,
  WebSocketServer as WsServer,
} from 'ws';
import { WebSocketServer } from '../src/server.ts';
import { createWebSocketStream } from '../src/stream.ts';
import { WebSocket } from '../src/websocket.ts';
import { answer, endAnswering, response, switchingProtocols } from './answering-server.ts';
import { closeAll, listen } from './beside-ws.ts';
import { body, listen as listenHttp, readWire, SESSION, shutDown, statement } from './holdfast-requests.ts';

interface Implementation {
  readonly Server: typeof WebSocketServer;
  readonly Client: typeof WebSocket;
  readonly createStream: (socket: WebSocket, options?: DuplexOptions) => Duplex;
}

const IMPLEMENTATIONS: [name: string, implementation: Implementation][] = [
  ['@holdfast/server', { Server: WebSocketServer, Client: WebSocket, createStream: createWebSocketStream }],
  ['ws', { Server: WsServer, Client: WsClient, createStream: createWsStream } as unknown as Implementation],
];

/** More than a stream and the buffers of TCP hold together. */
const MUCH_BYTES = 32 * 1024 * 1024;

afterEach(async () => {
  await endAnswering();
  await closeAll();
});

/** Resolves when a number has not grown for some turns of the event loop. */
async function standstill(progress: () => number): Promise<void> {
  for (let last = -1, turns = 0; turns < 100; turns++) {
    if (progress() !== last) turns = 0;
    last = progress();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each(IMPLEMENTATIONS)('a stream of %s', (_name, { Server, Client, createStream }) => {
  /** The server's end, and a client whose stream is made while it is CONNECTING. */
  async function pair(
    options?: DuplexOptions,
  ): Promise<{ socket: WebSocket; client: WebSocket; stream: Duplex }> {
    const { port, accepted } = await listen(Server);
    const client = new Client(`ws://127.0.0.1:${port}`);
    const stream = createStream(client, options);
    return { socket: await accepted(), client, stream };
  }

  it('is a Duplex', async () => {
    const { stream } = await pair();
    expect(stream).toBeInstanceOf(Duplex);
  });

  it('sends each chunk as a message, of those written before open too', async () => {
    const { socket, stream } = await pair();
    const messages: string[] = [];
    socket.on('message', (data, isBinary) => messages.push(`${isBinary ? 'binary' : 'text'} ${data}`));
    stream.write('a');
    stream.write(Buffer.from('b'));
    stream.resume().end('c');
    await once(socket, 'close');
    expect(messages).toEqual(['binary a', 'binary b', 'binary c']);
  });

  it('reads each message as a chunk, and ends with the socket', async () => {
    const { socket, stream } = await pair();
    socket.send('text');
    socket.send(Buffer.from(' binary'));
    socket.close();
    expect(String(await buffer(stream))).toBe('text binary');
  });

  it('reads and writes texts where the options say so', async () => {
    const { socket, stream } = await pair({ readableObjectMode: true, decodeStrings: false });
    stream.write('é');
    const [data, isBinary] = await once(socket, 'message');
    expect([String(data), isBinary]).toEqual(['é', false]);
    socket.send('é');
    expect((await once(stream, 'data'))[0]).toBe('é');
    socket.send(Buffer.from('b'));
    expect((await once(stream, 'data'))[0]).toEqual(Buffer.from('b'));
  });

  it('hands its options to the Duplex, objectMode excepted', async () => {
    const { stream } = await pair({ encoding: 'hex', writableHighWaterMark: 5, objectMode: true });
    expect([stream.readableEncoding, stream.writableHighWaterMark]).toEqual(['hex', 5]);
    expect([stream.readableObjectMode, stream.writableObjectMode]).toEqual([false, false]);
  });

  it('closes the socket by end, finishes, ends and closes', async () => {
    const { socket, stream } = await pair();
    const events: string[] = [];
    for (const event of ['finish', 'end', 'close']) stream.on(event, () => events.push(event));
    const closed = once(socket, 'close');
    const over = once(stream, 'close');
    stream.resume().end();
    expect((await closed)[0]).toBe(1005);
    await over;
    expect(events).toEqual(['finish', 'end', 'close']);
    expect(stream.destroyed).toBe(true);
  });

  it('stays writable when the other end has closed, until it is ended', async () => {
    const { socket, stream } = await pair();
    socket.close();
    await once(stream.resume(), 'end');
    expect(stream.destroyed).toBe(false);
    stream.end();
    await once(stream, 'close');
  });

  it('ends by itself with allowHalfOpen off', async () => {
    const { socket, stream } = await pair({ allowHalfOpen: false });
    socket.close();
    await once(stream.resume(), 'close');
  });

  it('terminates the socket by destroy, with the error it is given', async () => {
    for (const error of [undefined, new Error('why')]) {
      const { socket, client, stream } = await pair();
      await once(client, 'open');
      const failed = vi.fn();
      stream.on('error', failed);
      const closed = once(socket, 'close');
      const over = new Promise((resolve) => stream.on('close', resolve));
      stream.destroy(error);
      await over;
      expect(failed.mock.calls).toEqual(error === undefined ? [] : [[error]]);
      expect((await closed)[0]).toBe(1006);
      expect(client.readyState).toBe(3);
    }
  });

  it('fails by destroy while CONNECTING, as the socket does', async () => {
    const { port } = await answer(() => undefined);
    const stream = createStream(new Client(`ws://127.0.0.1:${port}`));
    const closed = new Promise((resolve) => stream.on('close', resolve));
    stream.destroy();
    const [error] = await once(stream, 'error');
    expect(error.message).toBe('WebSocket was closed before the connection was established');
    await closed;
  });

  it('fails where the socket does not open, whatever was written', async () => {
    const { port } = await answer(() => response('404 Not Found', { 'Content-Length': '0' }));
    const stream = createStream(new Client(`ws://127.0.0.1:${port}`));
    const closed = new Promise((resolve) => stream.on('close', resolve));
    const finished = vi.fn();
    stream.on('finish', finished).end('never sent');
    const [error] = await once(stream, 'error');
    expect(error.message).toBe('Unexpected server response: 404');
    await closed;
    expect(finished).not.toHaveBeenCalled();
  });

  it('fails where the peer breaks the protocol, and leaves it the closing handshake', async () => {
    const sent: Buffer[] = [];
    const { port } = await answer((request, socket) => {
      socket.on('data', (chunk: Buffer) => sent.push(chunk));
      socket.on('end', () => socket.end());
      return Buffer.concat([Buffer.from(switchingProtocols(request)), Buffer.from([0x85, 0])]);
    });
    const stream = createStream(new Client(`ws://127.0.0.1:${port}`));
    const [error] = await once(stream, 'error');
    expect(error.code).toBe('WS_ERR_INVALID_OPCODE');
    expect(Buffer.concat(sent)[0]).toBe(0x88);
  });

  it('fails upon a write that comes too late', async () => {
    const { socket, client, stream } = await pair();
    socket.close();
    await once(client, 'close');
    stream.write('late');
    const [error] = await once(stream, 'error');
    expect(error.message).toBe('WebSocket is not open: readyState 3 (CLOSED)');
  });

  it('slows a writer down while the other end does not read, and loses nothing', async () => {
    const { socket, stream } = await pair();
    socket.pause();
    const chunk = randomBytes(64 * 1024);
    let writtenBytes = 0;
    function* chunks(): Generator<Buffer> {
      for (; writtenBytes < MUCH_BYTES; writtenBytes += chunk.length) yield chunk;
    }
    const written = pipeline(chunks, stream.resume());
    await standstill(() => writtenBytes);
    expect(writtenBytes).toBeLessThan(MUCH_BYTES);

    let receivedBytes = 0;
    socket.on('message', (data) => {
      receivedBytes += (data as Buffer).length;
    });
    socket.resume();
    await written;
    expect(receivedBytes).toBe(MUCH_BYTES);
  });

  it('pauses the socket while nobody reads, and loses nothing', async () => {
    const { socket, client, stream } = await pair();
    const chunk = randomBytes(64 * 1024);
    const count = MUCH_BYTES / chunk.length;
    for (let sent = 0; sent < count; sent++) socket.send(chunk);
    socket.close();
    await vi.waitUntil(() => client.isPaused);
    expect(stream.readableLength).toBeLessThan(1024 * 1024);
    const received = await buffer(stream);
    expect(received).toHaveLength(MUCH_BYTES);
    for (let at = 0; at < MUCH_BYTES; at += chunk.length) {
      if (!received.subarray(at, at + chunk.length).equals(chunk)) throw new Error(`Another chunk at ${at}`);
    }
  });

  it('goes into a pipeline, both ways', async () => {
    const { socket, stream } = await pair();
    const echo = createStream(socket);
    void pipeline(echo, echo);
    const data = randomBytes(1024 * 1024);
    const received: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      received.push(chunk);
      length += chunk.length;
      if (length === data.length) stream.end();
    });
    for (let at = 0; at < data.length; at += 1000) stream.write(data.subarray(at, at + 1000));
    await once(stream, 'close');
    expect(Buffer.concat(received).equals(data)).toBe(true);
  });
});

describe('a stream', () => {
  it('sends what waits together, and keeps the messages apart', async () => {
    const { port, accepted } = await listen();
    const stream = createWebSocketStream(new WebSocket(`ws://127.0.0.1:${port}`));
    const socket = await accepted();
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    for (const chunk of ['a', 'b', 'c', 'd']) stream.write(chunk); // while CONNECTING
    const last = once(socket, 'message');
    const called = vi.fn();
    stream.write('e', called);
    await last;
    stream.resume().end();
    await once(stream, 'close');
    expect(messages).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(called).toHaveBeenCalledOnce();
  });

  it('tells a write that waited for open that it was in vain', async () => {
    const { port } = await answer(() => response('404 Not Found', { 'Content-Length': '0' }));
    const stream = createWebSocketStream(new WebSocket(`ws://127.0.0.1:${port}`));
    stream.on('error', () => {});
    const error = await new Promise((resolve) => stream.write('in vain', resolve));
    expect(error).toMatchObject({ message: 'Unexpected server response: 404' });
  });
});

describe('a stream of a session', () => {
  let server: Server;

  afterEach(() => shutDown(server));

  async function start(): Promise<{
    stream: Duplex;
    say: (...args: Parameters<typeof body>) => Promise<string[]>;
  }> {
    server = createServer();
    const wss = new WebSocketServer({ server });
    const { url } = await listenHttp(server);
    const connected = once(wss, 'connection') as Promise<[WebSocket]>;
    const say = async (...args: Parameters<typeof body>): Promise<string[]> => {
      const answered = await fetch(`${url}/?holdfast=${SESSION}`, { method: 'POST', body: body(...args) });
      if (!answered.ok) throw new Error(await answered.text());
      return readWire(new Uint8Array(await answered.arrayBuffer()));
    };
    await say(statement());
    const [socket] = await connected;
    return { stream: createWebSocketStream(socket), say };
  }

  it('is written to and read from over HTTP, and a write is done when it is acknowledged', async () => {
    const { stream, say } = await start();
    const written = vi.fn();
    stream.write('a', written);
    const said = await say(statement({ received: 0, answer: 'hold' }), control('from', 0), 'b');
    expect(said).toContain('0:binary a');
    expect(String((await once(stream, 'data'))[0])).toBe('b');
    expect(written).not.toHaveBeenCalled();
    await say(statement({ received: 1 }));
    expect(written).toHaveBeenCalledOnce();
  });

  it('ends with the close of the client', async () => {
    const { stream, say } = await start();
    const closed = once(stream, 'close');
    stream.resume().end();
    expect(await say(statement({ received: 0, answer: 'hold' }))).toContain('0:close 1005');
    await say(statement({ received: 1 }), control('from', 0), '~close');
    await closed;
  });

  it('is destroyed while the session is paused', async () => {
    const { stream, say } = await start();
    const much = 'x'.repeat(20_000);
    await say(statement({ received: 0 }), control('from', 0), much, much, much, much);
    stream.destroy();
    await once(stream, 'close');
  });
});
