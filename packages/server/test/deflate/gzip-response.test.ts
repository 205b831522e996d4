import { EventEmitter, once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Compression } from '../../src/deflate/compression.ts';
import { GzipResponse } from '../../src/deflate/gzip-response.ts';
import type { HttpResponse } from '../../src/server-request.ts';
import { json, noise } from './texts.ts';

/** Records what is written, as a response that takes everything at once. */
class RecordingResponse extends EventEmitter implements HttpResponse {
  headersSent = false;
  writableLength = 0;
  head: unknown[] = [];
  written: Buffer[] = [];
  isEnded = false;
  isDestroyed = false;

  setHeader(): void {}
  writeHead(...head: unknown[]): void {
    this.headersSent = true;
    this.head = head;
  }
  write(chunk: string | Uint8Array): boolean {
    this.written.push(Buffer.from(chunk as Uint8Array));
    return true;
  }
  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk);
    this.isEnded = true;
  }
  destroy(): void {
    this.isDestroyed = true;
    this.emit('close');
  }
  get body(): Buffer {
    return Buffer.concat(this.written);
  }
}

/** Compressed in a thread. */
const LONG = json(100_000);

function setup(compression = new Compression({ threshold: 100 })) {
  const recording = new RecordingResponse();
  const response = new GzipResponse(recording, compression);
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  return { recording, response, compression };
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('GzipResponse', () => {
  it('says so in its head', () => {
    const { recording } = setup();
    expect(recording.head).toEqual([200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }]);
  });

  it('leaves a body that is known to be short as it is', () => {
    for (const [length, isCoded] of [
      [99, false],
      [100, true],
    ] as const) {
      const recording = new RecordingResponse();
      const response = new GzipResponse(recording, new Compression({ threshold: 100 }));
      response.writeHead(200, { 'Content-Length': `${length}` });
      const [, headers] = recording.head as [number, Record<string, string>];
      expect(Object.keys(headers)).toEqual([isCoded ? 'Content-Encoding' : 'Content-Length']);
      response.write('é', 'latin1');
      response.end('x'.repeat(length - 1), 'latin1');
      const expected = `\xe9${'x'.repeat(length - 1)}`;
      const body = isCoded ? gunzipSync(recording.body) : recording.body;
      expect([body.toString('latin1'), recording.isEnded]).toEqual([expected, true]);
    }
  });

  it('is gzip of whatever is written, in order', async () => {
    const chunk = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 0, max: 40_000 }).map((length) => json(length)),
      fc.constantFrom(noise(70_000), Buffer.alloc(0)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 8 }),
        fc.integer({ max: 100_000, min: 0 }),
        async (chunks, threshold) => {
          const { recording, response } = setup(new Compression({ threshold }));
          for (const each of chunks) response.write(each);
          response.end();
          await vi.waitFor(() => expect(recording.isEnded).toBe(true));
          const expected = Buffer.concat(chunks.map((each) => Buffer.from(each as string)));
          expect(gunzipSync(recording.body).equals(expected)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('compresses long chunks, in reference to those before, and leaves short ones', () => {
    const { recording, response } = setup();
    response.write(json(1000));
    response.write(json(1000));
    response.write('short');
    const lengths = recording.written.slice(1).map(({ length }) => length) as [number, number, number];
    expect(lengths[0]).toBeLessThan(500);
    expect(lengths[1]).toBeLessThan(lengths[0] / 4);
    expect(lengths[2]).toBe('short'.length + 5);
  });

  it('ends with what end is given', () => {
    const { recording, response } = setup();
    response.end('the end');
    expect(gunzipSync(recording.body).toString()).toBe('the end');
    expect(recording.isEnded).toBe(true);
  });

  it('holds no memory of zlib before something long is written, nor once it has ended', () => {
    const { response, compression } = setup();
    response.write('short');
    expect(compression.contexts.bytes).toBe(0);
    response.write(json(1000));
    response.end();
    const next = setup(compression);
    next.response.write(json(1000));
    expect(compression.contexts.bytes).toBe(256 * 1024);
  });

  it('counts what waits to be compressed, and tells when it does not any more', async () => {
    const { recording, response } = setup();
    const onDrain = vi.fn();
    response.on('drain', onDrain);
    recording.writableLength = 7;
    expect(response.write(LONG)).toBe(false);
    response.write('behind');
    expect(response.writableLength).toBe(LONG.length + 6 + 7);
    await vi.waitFor(() => expect(onDrain).toHaveBeenCalledOnce());
    expect(response.writableLength).toBe(7);
    recording.emit('drain');
    expect(onDrain).toHaveBeenCalledTimes(2);
  });

  it('writes nothing more once the response is closed', async () => {
    const { recording, response, compression } = setup();
    response.write(LONG);
    response.end();
    recording.destroy();
    expect(response.writableLength).toBe(0);
    // Work of others in the same threads is done after that.
    const later = setup(compression);
    later.response.end(LONG);
    await vi.waitFor(() => expect(later.recording.isEnded).toBe(true));
    expect(recording.written).toHaveLength(1);
    expect(recording.isEnded).toBe(false);
  });

  it('can be read by the client as it comes', async () => {
    let write: (chunk: string | Uint8Array) => void = () => {};
    server = createServer((_request, raw) => {
      const response = new GzipResponse(raw, new Compression({ threshold: 100 }));
      response.writeHead(200);
      write = (chunk) => response.write(chunk);
      write('head');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const incoming = await new Promise<IncomingMessage>((resolve) =>
      get({ port, host: '127.0.0.1' }, resolve),
    );
    const gunzip = incoming.pipe(createGunzip());
    let received = '';
    gunzip.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    let sent = 'head';
    for (const chunk of ['', 'a', json(50), json(1000), json(50_000), 'b']) {
      await vi.waitFor(() => expect(received).toBe(sent));
      write(chunk);
      sent += chunk;
    }
    await vi.waitFor(() => expect(received).toBe(sent));
  });
});
