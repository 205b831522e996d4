/**
 * Serves the page: every file under public/, by its path, and nothing else.
 *
 * The list of files is read once at the start, so no request can name a file outside it. Contents are read anew each
 * time, so that a change shows on reload.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** @type {Record<string, string>} */
const MEDIA_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The page needs its own files, its own server, and the iframe that the last transport lives in. The server's document
 * in that iframe brings a policy of its own.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // Engines that read 'self' as http alone need the schemes.
  "connect-src 'self' ws: wss:",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "object-src 'none'",
].join('; ');

/**
 * @param {string} folder absolute path
 * @returns {(request: IncomingMessage, response: ServerResponse) => Promise<void>}
 */
export function serveFiles(folder) {
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && extname(entry.name) in MEDIA_TYPES)
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [`/${relative(folder, path).split(sep).join('/')}`, path]),
  );

  return async (request, response) => {
    const [pathname = '/'] = (request.url ?? '/').split('?', 1);
    const file = files.get(pathname === '/' ? '/index.html' : pathname);
    if (file === undefined) return refuse(response, 404, 'There is no such page.');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'Only GET and HEAD.');
    const content = await readFile(file);
    response.writeHead(200, {
      'Content-Type': MEDIA_TYPES[extname(file)],
      'Content-Length': content.length,
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : content);
  };
}

/** @param {ServerResponse} response @param {number} status @param {string} reason */
function refuse(response, status, reason) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${reason}\n`);
}
