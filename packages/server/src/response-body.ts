/**
 * The two forms in which a response body leaves (PROTOCOL.md §5): raw bytes for fetch, and an HTML document of scripts for
 * an iframe. Both are written in chunks, each of which the client sees as soon as it arrives. They do not know what the bytes mean.
 */
import { randomBytes } from 'node:crypto';
import type { HttpResponse } from './server-request.ts';

/** A response body that is written in chunks. */
export interface ResponseBody {
  /** For logs: the transport that such a body belongs to. */
  readonly transport: 'long-polling' | 'iframe';
  readonly response: HttpResponse;
  /** The first chunk comes with the head. */
  write(chunk: Uint8Array): void;
  end(): void;
}

/** No cache keeps it, no proxy changes or holds it (X-Accel-Buffering: nginx), nobody guesses its type. */
const COMMON_HEADERS = {
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
};

/** A document that waits posts this often, in ms: browsers do not tell one that was cut from one that waits (§5). */
const BEAT_MS = 2000;

/** Raw bytes. */
export class BinaryBody implements ResponseBody {
  readonly transport = 'long-polling';
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    this.response = response;
  }

  write(chunk: Uint8Array): void {
    if (!this.response.headersSent) {
      this.response.writeHead(200, { ...COMMON_HEADERS, 'Content-Type': 'application/octet-stream' });
    }
    this.response.write(chunk);
  }

  end(): void {
    this.response.end();
  }
}

/** Each chunk is a script that posts it to the parent window, to that origin and no other. */
export class DocumentBody implements ResponseBody {
  readonly transport = 'iframe';
  readonly response: HttpResponse;
  private readonly nonce = randomBytes(16).toString('base64');
  private readonly origin: string;
  private beatTimer: NodeJS.Timeout | undefined = undefined;

  /** @param origin a serialized origin as the browser sent it, already checked to be one */
  constructor(response: HttpResponse, origin: string) {
    this.response = response;
    this.origin = origin;
  }

  write(chunk: Uint8Array): void {
    this.start();
    this.beatTimer?.refresh();
    this.script(`p('${Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64')}')`);
  }

  end(): void {
    this.start();
    clearInterval(this.beatTimer);
    this.script(`p('.')`);
    this.response.end();
  }

  private start(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, {
      ...COMMON_HEADERS,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${this.nonce}'`,
      'Referrer-Policy': 'no-referrer',
    });
    const target = JSON.stringify(this.origin).replaceAll('<', '\\u003c');
    this.response.write('<!doctype html><meta charset="utf-8"><title>Holdfast</title>');
    this.script(`function p(d){parent.postMessage('holdfast '+d,${target})}`);
    this.beatTimer = setInterval(() => this.script(`p('')`), BEAT_MS);
    this.response.on('close', () => clearInterval(this.beatTimer));
  }

  private script(source: string): void {
    this.response.write(`<script nonce="${this.nonce}">${source}</script>\n`);
  }
}
