import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BinaryBody, DocumentBody } from '../src/response-body.ts';

/** Records what is written; a head is sent once. */
class RecordingResponse extends EventEmitter {
  headersSent = false;
  status = 0;
  headers: Record<string, string> = {};
  written: Buffer[] = [];
  ended = false;

  writeHead(status: number, headers: Record<string, string>): this {
    this.headersSent = true;
    this.status = status;
    this.headers = headers;
    return this;
  }

  write(chunk: string | Uint8Array, encoding: BufferEncoding = 'utf8'): boolean {
    this.written.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
    return true;
  }

  end(chunk?: string | Uint8Array, encoding?: BufferEncoding): void {
    if (chunk !== undefined) this.write(chunk, encoding);
    this.ended = true;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.written);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

/** The body uses no more of a response than the recording one has. */
const asResponse = (recording: RecordingResponse): ServerResponse => recording as unknown as ServerResponse;

const ORIGIN = 'https://app.example';
const BEAT = /p\(''\)/g;

let response: RecordingResponse;

beforeEach(() => {
  vi.useFakeTimers();
  response = new RecordingResponse();
});

afterEach(() => {
  vi.useRealTimers();
});

const READABLE = { Vary: 'Origin' };
/** A frame of four bytes, as far as a body knows. */
const FRAME = Buffer.from([0x82, 2, 0xff, 0]);

describe('a raw body', () => {
  let body: BinaryBody;

  beforeEach(() => {
    body = new BinaryBody(asResponse(response), READABLE);
  });

  it('is bytes, which nobody keeps, changes or holds back', () => {
    body.write('\x81\x01a', []);
    body.write('', [FRAME]);
    body.write('\x81\x01b', [FRAME, FRAME]);
    body.end();
    expect(response.status).toBe(200);
    expect(response.headers).toEqual({
      'Content-Type': 'application/octet-stream',
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
      Vary: 'Origin',
    });
    expect(response.written).toEqual([
      Buffer.from([0x81, 1, 0x61]),
      FRAME,
      Buffer.concat([Buffer.from([0x81, 1, 0x62]), FRAME, FRAME]),
    ]);
    expect(response.ended).toBe(true);
  });

  it('has a length where it leaves at once', () => {
    body.answer('\x81\x01a', [FRAME]);
    expect(response.headers).toMatchObject({ 'Content-Length': '7', Vary: 'Origin' });
    expect(response.headers).not.toHaveProperty('X-Accel-Buffering');
    expect(response.written).toEqual([Buffer.concat([Buffer.from([0x81, 1, 0x61]), FRAME])]);
    expect(response.ended).toBe(true);
  });

  it('does not copy what is long', () => {
    const long = Buffer.alloc(10_000, 1);
    const written: unknown[] = [];
    response.write = (chunk): boolean => written.push(chunk) > 0;
    body.answer('\x81\x01a', [long, FRAME]);
    expect(response.headers['Content-Length']).toBe('10007');
    expect(written).toEqual(['\x81\x01a', long, FRAME]);
    expect(written[1]).toBe(long);
    body.write('', [long, long]);
    expect(written[3]).toBe(long);
  });
});

describe('a document', () => {
  it('posts every chunk in base64, and its end, to the exact origin', () => {
    const body = new DocumentBody(asResponse(response), READABLE, ORIGIN);
    body.write('\x00', [Buffer.from([255]), Buffer.from([16])]);
    body.end();
    expect(response.text).toContain(`parent.postMessage('holdfast '+d,"${ORIGIN}")`);
    expect(response.text).toContain(`p('AP8Q')`);
    expect(response.text.trimEnd()).toMatch(/p\('\.'\)<\/script>$/);
    expect(response.ended).toBe(true);
  });

  it('may be written at once', () => {
    const body = new DocumentBody(asResponse(response), READABLE, ORIGIN);
    body.answer('\x00', [Buffer.from([255, 16])]);
    expect(response.written).toHaveLength(1);
    expect(response.headers).toMatchObject({ 'Content-Type': 'text/html; charset=utf-8', Vary: 'Origin' });
    expect(response.text).toMatch(/^<!doctype html>.*postMessage.*p\('AP8Q'\).*p\('\.'\)<\/script>\n$/s);
    expect(response.ended).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('allows its own scripts by a nonce, and nothing else', () => {
    const body = new DocumentBody(asResponse(response), READABLE, ORIGIN);
    body.write('\x01', []);
    body.end();
    const policy = response.headers['Content-Security-Policy'] ?? '';
    const [, nonce = ''] =
      /^default-src 'none'; connect-src 'self'; script-src 'nonce-([A-Za-z0-9+/]{22}==)'$/.exec(policy) ?? [];
    const scripts = response.text.match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(2);
    expect(new Set(scripts)).toEqual(new Set([`<script nonce="${nonce}">`]));
  });

  it('may be embedded by pages that are isolated from other origins', () => {
    new DocumentBody(asResponse(response), READABLE, ORIGIN).end();
    expect(response.headers).toMatchObject({
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
  });

  it('draws another nonce for each document', () => {
    const policies = [0, 1].map(() => {
      const each = new RecordingResponse();
      new DocumentBody(asResponse(each), READABLE, ORIGIN).end();
      return each.headers['Content-Security-Policy'];
    });
    expect(policies[0]).not.toBe(policies[1]);
  });

  it('posts an empty chunk every 2 s in which it has posted nothing', () => {
    const body = new DocumentBody(asResponse(response), READABLE, ORIGIN);
    body.write('\x01', []);
    vi.advanceTimersByTime(1999);
    expect(response.text).not.toMatch(BEAT);
    vi.advanceTimersByTime(1);
    expect(response.text.match(BEAT)).toHaveLength(1);
    vi.advanceTimersByTime(1500);
    body.write('\x02', []);
    vi.advanceTimersByTime(1999);
    expect(response.text.match(BEAT)).toHaveLength(1);
    vi.advanceTimersByTime(2001);
    expect(response.text.match(BEAT)).toHaveLength(3);
  });

  it('posts nothing more once it has ended', () => {
    const body = new DocumentBody(asResponse(response), READABLE, ORIGIN);
    body.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('posts nothing more once the connection is gone', () => {
    const body = new DocumentBody(asResponse(response), READABLE, ORIGIN);
    body.write('\x01', []);
    response.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });
});
