/**
 * The plain listener: pages that differ in their content security policy and in how they bring in the client script, and
 * the page's side of the tests. It is what an application has beside its WebSocket server, and answers everything else with 404.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
 */
import { readFileSync } from 'node:fs';

/** By the page's query parameter `csp`. */
const POLICIES = new Map([
  ['strict', "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'none'"],
  ['no-connect', "connect-src 'none'"],
]);

/** Modules that run in pages, and where they are from here. They import each other by these paths. */
const MODULES = new Map([
  ['/probe.mjs', '../pages/probe.mjs'],
  ['/numbered.mjs', '../pages/numbered.mjs'],
  ['/payload.mjs', '../pages/payload.mjs'],
  ['/chaos/pages/messages.mjs', '../../chaos/pages/messages.mjs'],
  ['/chaos/pages/checker.mjs', '../../chaos/pages/checker.mjs'],
]);

/**
 * @param {IncomingMessage | Http2ServerRequest} request
 * @param {ServerResponse | Http2ServerResponse} response
 */
export function servePage(request, response) {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  const module = MODULES.get(pathname);
  if (pathname === '/page') servePageItself(searchParams, response);
  else if (module !== undefined) serveModule(module, response);
  else if (pathname === '/favicon.ico') response.writeHead(204).end();
  else
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('the plain listener knows no such page\n');
}

/**
 * @param {URLSearchParams} query `csp`: the name of a policy; `install`: the client script's `data-install`
 * @param {ServerResponse | Http2ServerResponse} response
 */
function servePageItself(query, response) {
  const policy = POLICIES.get(query.get('csp') ?? '');
  const install = query.get('install');
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    ...(policy === undefined ? {} : { 'Content-Security-Policy': policy }),
  });
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Holdfast test page</title>
<script src="/socket/holdfast.js"${install === null ? '' : ` data-install="${install}"`}></script>
<script type="module" src="/probe.mjs"></script>
`);
}

/**
 * @param {string} path from here
 * @param {ServerResponse | Http2ServerResponse} response
 */
function serveModule(path, response) {
  response
    .writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' })
    .end(readFileSync(new URL(path, import.meta.url)));
}
