import { once } from 'node:events';
import { connect, createServer, type Server, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isPlainSocket, readDirectly, writeDirectly } from '../src/direct-socket.ts';
import { FrameWriter } from '../src/frame-writer.ts';

const MEBIBYTE = 1024 * 1024;

let server: Server;
/** The two ends of a connection over TCP. */
let socket: Socket;
let peer: Socket;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  peer = connect((server.address() as { port: number }).port, '127.0.0.1');
  [socket] = await accepted;
});

afterEach(() => {
  socket.destroy();
  peer.destroy();
  server.close();
});

/** What has been read. */
class Received {
  readonly chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  get length(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  take = (chunk: Buffer): void => {
    this.chunks.push(chunk);
  };

  reaches(length: number): Promise<void> {
    return vi.waitFor(() => expect(this.length).toBe(length), { timeout: 10_000 });
  }
}

describe('readDirectly', () => {
  it('takes what comes past the events of the stream', async () => {
    const received = new Received();
    readDirectly(socket, received.take);
    const emit = vi.spyOn(socket, 'emit');
    peer.write('one');
    await received.reaches(3);
    peer.write('two');
    await received.reaches(6);
    expect(received.text).toBe('onetwo');
    expect(emit.mock.calls.map(([name]) => name)).not.toContain('data');
  });

  it('leaves what comes while it is paused to the stream, which slows the peer down', async () => {
    const received = new Received();
    readDirectly(socket, received.take);
    peer.write('a');
    await received.reaches(1);
    socket.pause();
    const much = Buffer.alloc(32 * MEBIBYTE, 'b');
    peer.write(much);
    // Once the system's buffers are full, nothing moves any more.
    await vi.waitFor(() =>
      expect(socket.readableLength).toBeGreaterThanOrEqual(socket.readableHighWaterMark),
    );
    expect(socket.readableLength).toBeLessThan(2 * MEBIBYTE);
    expect(peer.writableLength).toBeGreaterThan(0);
    expect(received.length).toBe(1);
    socket.resume();
    await received.reaches(1 + much.length);
    peer.write('c');
    await received.reaches(2 + much.length);
    expect(
      Buffer.concat(received.chunks).equals(Buffer.concat([Buffer.from('a'), much, Buffer.from('c')])),
    ).toBe(true);
  });

  it('keeps the order where it is paused and resumed within what comes', async () => {
    const received = new Received();
    readDirectly(socket, (chunk) => {
      received.take(chunk);
      socket.pause();
      setImmediate(() => socket.resume());
    });
    const sent = Array.from({ length: 200 }, (_, i) => `${i} `);
    for (const text of sent) {
      peer.write(text);
      await new Promise(setImmediate);
    }
    await received.reaches(sent.join('').length);
    expect(received.text).toBe(sent.join(''));
  });

  it('lets others listen', async () => {
    const received = new Received();
    const others = new Received();
    readDirectly(socket, received.take);
    socket.on('data', others.take);
    peer.write('both');
    await received.reaches(4);
    socket.off('data', others.take);
    peer.write('one');
    await received.reaches(7);
    expect(others.text).toBe('both');
  });

  it('lets others look at what is pushed', async () => {
    const seen: unknown[] = [];
    socket.push = function (this: Socket, chunk) {
      seen.push(chunk);
      return Socket.prototype.push.call(this, chunk);
    };
    const received = new Received();
    readDirectly(socket, received.take);
    peer.write('seen');
    await received.reaches(4);
    expect(seen).toEqual([Buffer.from('seen')]);
  });

  it('tells the end of the stream behind what came before', async () => {
    const received = new Received();
    readDirectly(socket, received.take);
    const ended = once(socket, 'end');
    peer.end('last');
    await ended;
    expect(received.text).toBe('last');
  });

  it('listens to any other stream', async () => {
    const stream = new PassThrough();
    const received = new Received();
    readDirectly(stream, received.take);
    stream.write('one');
    await received.reaches(3);
    expect(Object.hasOwn(stream, 'push')).toBe(false);
  });
});

describe('isPlainSocket', () => {
  it('is a socket of node:net, unless somebody looks at what is written', () => {
    expect(isPlainSocket(socket)).toBe(true);
    expect(isPlainSocket(new PassThrough())).toBe(false);
    expect(isPlainSocket(new (class extends Socket {})())).toBe(false);
    socket.write = Socket.prototype.write;
    expect(isPlainSocket(socket)).toBe(false);
  });
});

describe('writeDirectly', () => {
  it('calls back at once where the system takes it', async () => {
    const callback = vi.fn();
    writeDirectly(socket, Buffer.from('hello'), callback);
    expect(callback).toHaveBeenCalledOnce();
    expect(callback.mock.calls[0]?.[0] ?? null).toBe(null);
    expect(`${await once(peer, 'data')}`).toBe('hello');
  });

  it('says why it cannot be written', () => {
    socket.destroy();
    const callback = vi.fn();
    writeDirectly(socket, Buffer.from('hello'), callback);
    expect(callback.mock.calls[0]?.[0]).toBeInstanceOf(Error);
  });
});

describe('FrameWriter on a plain socket', () => {
  /** Frames of other makes in turns, until the system takes no more; then more of them. */
  it('keeps the order of what the system takes, what waits, and what is written with a callback', async () => {
    const writer = new FrameWriter(socket, false);
    peer.pause();
    const due: number[] = [];
    let called = 0;
    let callbacks = 0;
    let left = 500;
    const payload = (): Buffer => {
      const size = [5, 3000, 20_000][due.length % 3] as number;
      due.push(due.length % 251);
      return Buffer.alloc(size, due.at(-1));
    };
    let bytes = 0;
    while (left > 0) {
      if (writer.pendingBytes > 0) left--;
      const data = payload();
      bytes += data.length + (data.length < 126 ? 2 : 4);
      if (due.length % 5 === 0) {
        callbacks++;
        writer.write(2, true, data, () => called++);
      } else {
        writer.write(2, true, data);
      }
      writer.release();
      if (left % 50 === 0) await new Promise(setImmediate);
    }
    expect(writer.isWritten).toBe(false);
    const received = new Received();
    peer.on('data', received.take);
    peer.resume();
    await received.reaches(bytes);
    await vi.waitFor(() => expect([writer.pendingBytes, called]).toEqual([0, callbacks]));
    expect(writer.isWritten).toBe(true);
    expect(filled(Buffer.concat(received.chunks))).toEqual(due);
  });

  it('counts what waits as pending, and the stream does not', async () => {
    const writer = new FrameWriter(socket, false);
    peer.pause();
    fill(writer);
    expect([writer.pendingBytes, socket.writableLength]).toEqual([10_004, 0]);
    writeFrame(writer);
    expect([writer.pendingBytes, socket.writableLength]).toEqual([20_008, 10_004]);
    peer.resume();
    await vi.waitFor(() => expect(writer.isWritten).toBe(true));
  });

  it('lets what waits leave before the socket ends', async () => {
    const writer = new FrameWriter(socket, false);
    peer.pause();
    const written = fill(writer);
    socket.end();
    const received = new Received();
    peer.on('data', received.take);
    peer.resume();
    await once(peer, 'end');
    expect(received.length).toBe(written);
  });

  it('destroys the socket where a write fails, even one that has waited', async () => {
    const writer = new FrameWriter(socket, false);
    const errors: NodeJS.ErrnoException[] = [];
    socket.on('error', (error) => errors.push(error));
    // Nothing is read any more, so that only a write can notice.
    readDirectly(socket, () => {});
    socket.pause();
    peer.write(Buffer.alloc(MEBIBYTE));
    await vi.waitFor(() =>
      expect(socket.readableLength).toBeGreaterThanOrEqual(socket.readableHighWaterMark),
    );
    peer.pause();
    fill(writer);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    peer.resetAndDestroy();
    await closed;
    expect(writer.pendingBytes).toBe(0);
    expect(errors.map(({ syscall }) => syscall)).toEqual(['write']);
  });
});

const FRAME_BYTES = 10_004;

function writeFrame(writer: FrameWriter): void {
  writer.write(2, true, Buffer.alloc(FRAME_BYTES - 4));
  writer.release();
}

/** Writes until the system takes no more. @returns how many bytes */
function fill(writer: FrameWriter): number {
  let written = 0;
  while (writer.pendingBytes === 0) {
    writeFrame(writer);
    written += FRAME_BYTES;
  }
  return written;
}

/** With which byte the payload of each frame is filled. */
function filled(frames: Buffer): (number | undefined)[] {
  const fills: (number | undefined)[] = [];
  for (let at = 0; at < frames.length; ) {
    const short = (frames[at + 1] as number) & 0x7f;
    const start = at + (short < 126 ? 2 : 4);
    fills.push(frames[start]);
    at = start + (short < 126 ? short : frames.readUInt16BE(at + 2));
  }
  return fills;
}
