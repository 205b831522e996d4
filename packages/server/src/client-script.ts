/**
 * Serves `holdfast.js`, the script-tag build of the client, which this package ships: a page needs nothing but a URL. It is
 * read once and kept; browsers are asked to check whether it is still the same.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HttpResponse, ServerRequest } from './server-request.ts';

interface Script {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Lies beside the built server. */
const SCRIPT_URL = new URL('./holdfast.js', import.meta.url);

let script: Promise<Script> | undefined;

/** Answers GET and HEAD with the script; 404 where this package was not built. */
export async function serveClientScript(request: ServerRequest, response: HttpResponse): Promise<void> {
  let found: Script;
  try {
    script ??= load();
    found = await script;
  } catch {
    script = undefined;
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('holdfast: no client script here\n');
    return;
  }
  const headers = {
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'public, no-cache',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
    ETag: found.etag,
  };
  if (request.headers['if-none-match'] === found.etag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Length': found.bytes.length });
  response.end(request.method === 'HEAD' ? undefined : found.bytes);
}

async function load(): Promise<Script> {
  const bytes = await readFile(SCRIPT_URL);
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}
