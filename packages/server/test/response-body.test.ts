import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BinaryBody, DocumentBody } from '../src/response-body.ts';

/** Records what is written; a head is sent once. */
class RecordingResponse extends EventEmitter {
  headersSent = false;
  status = 0;
  headers: Record<string, string> = {};
  written: (string | Uint8Array)[] = [];
  ended = false;

  writeHead(status: number, headers: Record<string, string>): this {
    this.headersSent = true;
    this.status = status;
    this.headers = headers;
    return this;
  }

  write(chunk: string | Uint8Array): boolean {
    this.written.push(chunk);
    return true;
  }

  end(): void {
    this.ended = true;
  }

  get text(): string {
    return this.written.join('');
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

describe('a raw body', () => {
  it('is bytes, which nobody keeps or changes', () => {
    const body = new BinaryBody(asResponse(response));
    body.write(new Uint8Array([1, 2]));
    body.write(new Uint8Array([3]));
    body.end();
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      'Content-Type': 'application/octet-stream',
      'Cache-Control': 'no-store, no-transform',
    });
    expect(response.written).toEqual([new Uint8Array([1, 2]), new Uint8Array([3])]);
    expect(response.ended).toBe(true);
  });
});

describe('a document', () => {
  it('posts every chunk in base64, and its end, to the exact origin', () => {
    const body = new DocumentBody(asResponse(response), ORIGIN);
    body.write(new Uint8Array([0, 255, 16]));
    body.end();
    expect(response.text).toContain(`parent.postMessage('holdfast '+d,"${ORIGIN}")`);
    expect(response.text).toContain(`p('AP8Q')`);
    expect(response.text.trimEnd()).toMatch(/p\('\.'\)<\/script>$/);
    expect(response.ended).toBe(true);
  });

  it('allows its own scripts by a nonce, and nothing else', () => {
    const body = new DocumentBody(asResponse(response), ORIGIN);
    body.write(new Uint8Array([1]));
    body.end();
    const policy = response.headers['Content-Security-Policy'] ?? '';
    const [, nonce = ''] =
      /^default-src 'none'; script-src 'nonce-([A-Za-z0-9+/]{22}==)'$/.exec(policy) ?? [];
    const scripts = response.text.match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(2);
    expect(new Set(scripts)).toEqual(new Set([`<script nonce="${nonce}">`]));
  });

  it('draws another nonce for each document', () => {
    const policies = [0, 1].map(() => {
      const each = new RecordingResponse();
      new DocumentBody(asResponse(each), ORIGIN).end();
      return each.headers['Content-Security-Policy'];
    });
    expect(policies[0]).not.toBe(policies[1]);
  });

  it('posts an empty chunk every 2 s in which it has posted nothing', () => {
    const body = new DocumentBody(asResponse(response), ORIGIN);
    body.write(new Uint8Array([1]));
    vi.advanceTimersByTime(1999);
    expect(response.text).not.toMatch(BEAT);
    vi.advanceTimersByTime(1);
    expect(response.text.match(BEAT)).toHaveLength(1);
    vi.advanceTimersByTime(1500);
    body.write(new Uint8Array([2]));
    vi.advanceTimersByTime(1999);
    expect(response.text.match(BEAT)).toHaveLength(1);
    vi.advanceTimersByTime(2001);
    expect(response.text.match(BEAT)).toHaveLength(3);
  });

  it('posts nothing more once it has ended', () => {
    const body = new DocumentBody(asResponse(response), ORIGIN);
    body.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('posts nothing more once the connection is gone', () => {
    const body = new DocumentBody(asResponse(response), ORIGIN);
    body.write(new Uint8Array([1]));
    response.emit('close');
    expect(vi.getTimerCount()).toBe(0);
  });
});
