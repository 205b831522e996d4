import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import {
  encodeFrame,
  FrameDecoder,
  OPCODE_BINARY,
  OPCODE_CONTINUATION,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FrameWriter } from '../src/frame-writer.ts';
import { endOfTurn, RecordingStream } from './recording-stream.ts';

function frames(...payloads: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    payloads.map((payload) =>
      encodeFrame(typeof payload === 'string' ? OPCODE_TEXT : OPCODE_BINARY, Buffer.from(payload)),
    ),
  );
}

function write(writer: FrameWriter, payload: string | Uint8Array, callback?: (error?: Error) => void): void {
  writer.write(typeof payload === 'string' ? OPCODE_TEXT : OPCODE_BINARY, true, payload, callback);
}

describe('FrameWriter', () => {
  it('gathers what is written in one turn into one write', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    write(writer, 'a');
    write(writer, Buffer.from('b'));
    expect(stream.writes).toEqual([]);
    expect(writer.pendingBytes).toBe(6);
    await endOfTurn();
    expect(stream.writes).toEqual([frames('a', Buffer.from('b'))]);
    expect(writer.pendingBytes).toBe(0);
  });

  it('gathers what is written in promise callbacks of one turn', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const later = async (text: string): Promise<void> => {
      await Promise.resolve();
      write(writer, text);
      await Promise.resolve();
      write(writer, text);
    };
    void later('a');
    void later('b');
    await endOfTurn();
    expect(stream.writes).toEqual([frames('a', 'b', 'a', 'b')]);
  });

  it('gathers until it is released, while it is held', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    writer.hold();
    write(writer, 'a');
    await endOfTurn();
    expect(stream.writes).toEqual([]);
    write(writer, 'b');
    writer.release();
    expect(stream.writes).toEqual([frames('a', 'b')]);
  });

  it('does not gather without bound', () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    for (let i = 0; i < 1000; i++) write(writer, 'x'.repeat(100));
    expect(stream.writes.length).toBeGreaterThan(1);
    expect(writer.pendingBytes).toBeLessThan(64 * 1024);
  });

  it('writes a large payload at once, behind what was gathered, without copying it', () => {
    const stream = new RecordingStream();
    const taken: Buffer[] = [];
    vi.spyOn(stream, '_writev').mockImplementation((chunks, callback) => {
      taken.push(...chunks.map(({ chunk }) => chunk));
      callback();
    });
    const writer = new FrameWriter(stream, false);
    const large = Buffer.alloc(100_000, 1);
    write(writer, 'a');
    write(writer, large);
    expect(Buffer.concat(taken)).toEqual(frames('a', large));
    expect(taken).toContain(large);
  });

  it('writes a large text at once', () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    write(writer, 'é'.repeat(50_000));
    expect(stream.writes).toEqual([frames('é'.repeat(50_000))]);
  });

  it('does not let a buffer that is filled again change what was sent', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const reused = Buffer.from('first');
    write(writer, reused);
    reused.write('other');
    await endOfTurn();
    expect(stream.written).toEqual(frames(Buffer.from('first')));
  });

  it.each([0, 1, 40, 41, 42, 48, 49, 125, 126, 127, 16_383, 16_384, 65_535, 65_536])(
    'writes %i bytes, as binary and as text',
    async (length) => {
      const stream = new RecordingStream();
      const writer = new FrameWriter(stream, false);
      const payloads = [
        Buffer.alloc(length, 0x62),
        'a'.repeat(length),
        'é'.repeat(length / 2),
        '€'.repeat(length / 3),
      ];
      for (const payload of payloads) write(writer, payload);
      await endOfTurn();
      expect(stream.written.equals(frames(...payloads))).toBe(true);
    },
  );

  it.each(['a\ud800', '\udc00', '😀'.repeat(20), `${'a'.repeat(40)}€`, 'x\ud83d'.repeat(30)])(
    'writes the text %j as UTF-8, as Buffer.from does',
    async (text) => {
      const stream = new RecordingStream();
      const writer = new FrameWriter(stream, false);
      write(writer, text);
      await endOfTurn();
      expect(stream.written).toEqual(frames(text));
    },
  );

  it('writes fragments', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    writer.write(OPCODE_TEXT, false, 'a');
    writer.write(OPCODE_CONTINUATION, false, Buffer.alloc(20_000));
    writer.write(OPCODE_CONTINUATION, true, 'b');
    await endOfTurn();
    const decoder = new FrameDecoder({ expectMasked: false });
    decoder.push(stream.written);
    expect(
      [decoder.next(), decoder.next(), decoder.next()].map((frame) => [frame?.fin, frame?.opcode]),
    ).toEqual([
      [false, OPCODE_TEXT],
      [false, OPCODE_CONTINUATION],
      [true, OPCODE_CONTINUATION],
    ]);
  });

  it('masks where it is a client, with keys that differ, and leaves payloads as they are', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, true);
    const payloads = ['short', 'x'.repeat(1000), Buffer.alloc(20, 1), Buffer.alloc(70_000, 2)];
    for (const payload of payloads) write(writer, payload);
    await endOfTurn();
    expect(payloads[3]).toEqual(Buffer.alloc(70_000, 2));
    const keys = new Set<string>();
    const decoder = new FrameDecoder({ expectMasked: true });
    const wire = Buffer.from(stream.written);
    keys.add(wire.toString('hex', 2, 6)).add(wire.toString('hex', 6 + 5 + 4, 6 + 5 + 8));
    decoder.push(wire);
    for (const payload of payloads) {
      expect(Buffer.from(decoder.next()?.payload ?? [])).toEqual(Buffer.from(payload));
    }
    expect(keys.size).toBe(2);
  });

  it('calls back in order, when the stream has taken the bytes', async () => {
    const stream = new RecordingStream();
    stream.stalled = true;
    const writer = new FrameWriter(stream, false);
    const called: number[] = [];
    write(writer, 'a', () => called.push(1));
    write(writer, Buffer.alloc(50_000), () => called.push(2));
    write(writer, 'b', () => called.push(3));
    await endOfTurn();
    expect(called).toEqual([]);
    stream.letGo();
    await endOfTurn();
    expect(called).toEqual([1, 2, 3]);
  });

  it('hands a shared frame to every stream as it is, at the end of the turn', async () => {
    const shared = frames('for all');
    const taken = [new RecordingStream(), new RecordingStream()].map((stream) => {
      const write = vi.spyOn(stream, '_write');
      const writer = new FrameWriter(stream, false);
      writer.writeShared(shared);
      expect(write).not.toHaveBeenCalled();
      expect(writer.pendingBytes).toBe(shared.length);
      return write;
    });
    await endOfTurn();
    for (const write of taken) expect(write.mock.calls.map(([chunk]) => chunk)).toEqual([shared]);
    for (const write of taken) expect(write.mock.calls[0]?.[0]).toBe(shared);
  });

  it('hands a large shared frame on as it is, behind what was gathered', () => {
    const stream = new RecordingStream();
    const taken: Buffer[] = [];
    vi.spyOn(stream, '_writev').mockImplementation((chunks, callback) => {
      taken.push(...chunks.map(({ chunk }) => chunk));
      callback();
    });
    const large = frames('x'.repeat(100_000));
    const writer = new FrameWriter(stream, false);
    writer.writeShared(frames('a'));
    writer.writeShared(large);
    expect(Buffer.concat(taken)).toEqual(Buffer.concat([frames('a'), large]));
    expect(taken.at(-1)).toBe(large);
  });

  it.each([1, 2, 3, 4])('writes shared frames and others in their order, in one write (%i)', async (seed) => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const random = fc.sample(fc.array(fc.boolean(), { minLength: 2, maxLength: 20 }), {
      numRuns: 1,
      seed,
    })[0] as boolean[];
    const texts = random.map((_, index) => `message ${index}`);
    for (const [index, isShared] of random.entries()) {
      const text = texts[index] as string;
      if (isShared) writer.writeShared(frames(text));
      else write(writer, text);
    }
    await endOfTurn();
    expect(stream.writes).toEqual([frames(...texts)]);
  });

  it('does not write into a shared frame what is written behind it', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const shared = frames('shared');
    writer.writeShared(shared);
    write(writer, 'own');
    await endOfTurn();
    expect(shared).toEqual(frames('shared'));
  });

  it('calls back who was written before a shared frame with that', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const callback = vi.fn();
    write(writer, 'a', callback);
    writer.writeShared(frames('b'));
    await endOfTurn();
    expect(callback).toHaveBeenCalledExactlyOnceWith(undefined);
  });

  it('writes no shared frame once it is abandoned', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    writer.writeShared(frames('a'));
    writer.abandon('gone');
    expect(writer.pendingBytes).toBe(0);
    await endOfTurn();
    expect(stream.writes).toEqual([]);
  });

  it('calls back with an error when it is abandoned', () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const callback = vi.fn();
    write(writer, 'a', callback);
    writer.abandon('gone');
    expect(callback.mock.calls).toEqual([[new Error('gone')]]);
    expect(writer.pendingBytes).toBe(0);
  });

  it('calls back with an error when the stream is destroyed while it writes', async () => {
    const stream = new RecordingStream();
    stream.stalled = true;
    const writer = new FrameWriter(stream, false);
    const callback = vi.fn();
    write(writer, 'a', callback);
    writer.flush();
    stream.destroy();
    stream.letGo();
    await endOfTurn();
    expect(callback).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
  });

  it('calls back with an error when the stream is destroyed', async () => {
    const stream = new RecordingStream();
    stream.destroy();
    const writer = new FrameWriter(stream, false);
    const callback = vi.fn();
    write(writer, 'a', callback);
    await endOfTurn();
    expect(callback).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
  });

  it('flushes the others when one stream throws', async () => {
    const broken = new RecordingStream();
    broken.on('error', () => {});
    vi.spyOn(broken, '_write').mockImplementation(() => {
      throw new Error('broken');
    });
    const good = new RecordingStream();
    write(new FrameWriter(broken, false), 'a');
    write(new FrameWriter(good, false), 'b');
    await endOfTurn();
    expect(good.written).toEqual(frames('b'));
    expect(broken.destroyed).toBe(true);
  });

  it('takes what is written within a write of the same stream', async () => {
    const stream = new RecordingStream();
    const writer = new FrameWriter(stream, false);
    const plain = stream._write.bind(stream);
    vi.spyOn(stream, '_write').mockImplementationOnce((chunk, encoding, callback) => {
      write(writer, 'b');
      plain(chunk, encoding, callback);
    });
    write(writer, 'a');
    await endOfTurn();
    expect(stream.written).toEqual(frames('a', 'b'));
  });

  it('delivers every byte over TCP, whatever is written and however slowly it is read', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(port, '127.0.0.1');
    const [socket] = await accepted;
    const writer = new FrameWriter(socket, false);
    const other = new FrameWriter(new RecordingStream(), false);

    const sizes = fc.sample(
      fc.array(fc.oneof(fc.nat(200), fc.nat(40_000)), { minLength: 300, maxLength: 300 }),
      {
        numRuns: 1,
        seed: 5,
      },
    )[0] as number[];
    const sent: Buffer[] = [];
    for (const [index, size] of sizes.entries()) {
      const payload = Buffer.alloc(size, index);
      sent.push(payload);
      write(writer, payload);
      write(other, 'between'); // so that regions are not always the last of their slab
      if (index % 7 === 0) await endOfTurn();
    }
    const due = frames(...sent);
    const received: Buffer[] = [];
    let length = 0;
    client.on('data', (chunk: Buffer) => {
      received.push(chunk);
      length += chunk.length;
      if (length === due.length) client.destroy();
    });
    await once(client, 'close');
    expect(Buffer.concat(received).equals(due)).toBe(true);
    server.close();
  });
});
