/**
 * The two forms in which a response body leaves (PROTOCOL.md §5): raw bytes for fetch, and an HTML document of scripts for
 * an iframe. Either all at once, or in chunks, each of which the client sees as soon as it arrives. They do not know what the bytes
 * mean; those of controls come as text in Latin-1, a character for each byte, since Node sends text with the head in one piece.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { HttpResponse } from './server-request.ts';

/** Bytes that may be sent but not changed. */
export type Frames = readonly Buffer[];

export interface ResponseBody {
  /** For logs: the transport that such a body belongs to. */
  readonly transport: 'long-polling' | 'iframe';
  readonly response: HttpResponse;
  /** All of it: nothing has been written before. */
  answer(controls: string, frames: Frames): void;
  /** A chunk. The first one comes with the head. */
  write(controls: string, frames: Frames): void;
  end(): void;
}

/** No cache keeps it, no proxy changes it, nobody guesses its type. */
const COMMON_HEADERS = {
  'Cache-Control': 'no-store, no-transform',
  'X-Content-Type-Options': 'nosniff',
};

/** Pages that are isolated from others embed no document without these words (HTML §7.1.4, Fetch §3.7). It embeds nothing itself. */
const EMBEDDABLE = {
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/** A proxy is not to hold it back until its end: nginx. */
const IN_CHUNKS = { 'X-Accel-Buffering': 'no' };

/** Up to here one piece is less work for Node than several, although it is copied for that. In bytes. */
const JOINED_BYTES = 8 * 1024;

/** A document that waits posts this often, in ms: browsers do not tell one that was cut from one that waits (§5). */
const BEAT_MS = 2000;

/** Raw bytes. */
export class BinaryBody implements ResponseBody {
  readonly transport = 'long-polling';
  readonly response: HttpResponse;
  private readonly headers: Readonly<Record<string, string>>;

  /** @param headers those that are not the same for every body */
  constructor(response: HttpResponse, headers: Readonly<Record<string, string>>) {
    this.response = response;
    this.headers = headers;
  }

  answer(controls: string, frames: Frames): void {
    const { response } = this;
    const bytes = lengthOf(controls, frames);
    this.writeHead(bytes);
    if (bytes <= JOINED_BYTES) {
      response.end(joined(controls, frames), 'latin1');
    } else {
      response.write(controls, 'latin1');
      for (const each of frames) response.write(each);
      response.end();
    }
  }

  write(controls: string, frames: Frames): void {
    const { response } = this;
    if (!response.headersSent) this.writeHead();
    if (lengthOf(controls, frames) <= JOINED_BYTES && (controls !== '' || frames.length > 1)) {
      response.write(joined(controls, frames), 'latin1');
    } else {
      if (controls !== '') response.write(controls, 'latin1');
      for (const each of frames) response.write(each);
    }
  }

  end(): void {
    this.response.end();
  }

  /** @param bytes the length of the body, where it is known */
  private writeHead(bytes?: number): void {
    const headers: Record<string, string> = {
      'Content-Type': 'application/octet-stream',
      'Cache-Control': 'no-store, no-transform',
      'X-Content-Type-Options': 'nosniff',
    };
    if (bytes === undefined) headers['X-Accel-Buffering'] = 'no';
    else headers['Content-Length'] = `${bytes}`;
    // Several times as fast as to spread them.
    this.response.writeHead(200, Object.assign(headers, this.headers));
  }
}

/** Each chunk is a script that posts it to the parent window, to that origin and no other. */
export class DocumentBody implements ResponseBody {
  readonly transport = 'iframe';
  readonly response: HttpResponse;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly nonce = randomBytes(16).toString('base64');
  private readonly origin: string;
  private beatTimer: NodeJS.Timeout | undefined = undefined;

  /** @param origin a serialized origin as the browser sent it, already checked to be one */
  constructor(response: HttpResponse, headers: Readonly<Record<string, string>>, origin: string) {
    this.response = response;
    this.headers = headers;
    this.origin = origin;
  }

  answer(controls: string, frames: Frames): void {
    this.writeHead();
    this.response.end(this.opening() + this.post(controls, frames) + this.script(END));
  }

  write(controls: string, frames: Frames): void {
    const opening = this.start();
    this.beatTimer?.refresh();
    this.response.write(opening + this.post(controls, frames));
  }

  end(): void {
    const opening = this.start();
    clearInterval(this.beatTimer);
    this.response.end(opening + this.script(END));
  }

  /** @returns what the document begins with, once */
  private start(): string {
    if (this.response.headersSent) return '';
    this.writeHead();
    this.beatTimer = setInterval(() => this.response.write(this.script(`p('')`)), BEAT_MS);
    this.response.on('close', () => clearInterval(this.beatTimer));
    return this.opening();
  }

  private writeHead(): void {
    this.response.writeHead(200, {
      ...COMMON_HEADERS,
      ...EMBEDDABLE,
      ...IN_CHUNKS,
      ...this.headers,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; connect-src 'self'; script-src 'nonce-${this.nonce}'`,
      'Referrer-Policy': 'no-referrer',
    });
  }

  private opening(): string {
    const target = JSON.stringify(this.origin).replaceAll('<', '\\u003c');
    return `<!doctype html><meta charset="utf-8"><title>Holdfast</title>${this.script(
      `function p(d){parent.postMessage('holdfast '+d,${target})}`,
    )}`;
  }

  private post(controls: string, frames: Frames): string {
    const bytes = Buffer.concat([Buffer.from(controls, 'latin1'), ...frames]);
    return this.script(`p('${bytes.toString('base64')}')`);
  }

  private script(source: string): string {
    return `<script nonce="${this.nonce}">${source}</script>\n`;
  }
}

const END = `p('.')`;

function lengthOf(controls: string, frames: Frames): number {
  let bytes = controls.length;
  for (const each of frames) bytes += each.length;
  return bytes;
}

/** In Latin-1. */
function joined(controls: string, frames: Frames): string {
  let text = controls;
  for (const each of frames) text += each.toString('latin1');
  return text;
}
