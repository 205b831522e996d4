/**
 * Serves the script-tag builds of the client, which this package ships: a page needs nothing but a URL. Each is read once and
 * kept; browsers are asked to check whether it is still the same.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HttpResponse, ServerRequest } from './server-request.ts';

interface Script {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** The one for browsers since 2017, and the one for those before. */
export type ScriptName = 'holdfast.js' | 'holdfast.legacy.js';

/** They lie beside the built server. */
const SCRIPT_URLS: Readonly<Record<ScriptName, URL>> = {
  'holdfast.js': new URL('./holdfast.js', import.meta.url),
  'holdfast.legacy.js': new URL('./holdfast.legacy.js', import.meta.url),
};

const scripts: Map<ScriptName, Promise<Script>> = new Map();

/** The script that is meant by the last part of a path. */
export function scriptName(file: string): ScriptName | undefined {
  return Object.hasOwn(SCRIPT_URLS, file) ? (file as ScriptName) : undefined;
}

/** Answers GET and HEAD with the script; 404 where this package was not built. */
export async function serveClientScript(
  name: ScriptName,
  request: ServerRequest,
  response: HttpResponse,
): Promise<void> {
  let found: Script;
  try {
    found = await load(name);
  } catch {
    scripts.delete(name);
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('holdfast: no client script here\n');
    return;
  }
  const headers = {
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'public, no-cache',
    // It holds nothing that is anybody's own. Pages of other origins may check its hash (Subresource Integrity §3.3: by CORS alone).
    'Access-Control-Allow-Origin': '*',
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

function load(name: ScriptName): Promise<Script> {
  const script = scripts.get(name) ?? read(SCRIPT_URLS[name]);
  scripts.set(name, script);
  return script;
}

async function read(url: URL): Promise<Script> {
  const bytes = await readFile(url);
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}
