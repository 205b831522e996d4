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

/**
 * What is taken from an old engine before the legacy script runs, by the query parameter `lacks`: its WebSocket, or with it all that is
 * newer than ES5. What it keeps are XMLHttpRequest, typed arrays, and their time's DOM.
 */
const LEGACY_GLOBALS = new Map([
  ['websocket', ['WebSocket']],
  [
    'es2015',
    // biome-ignore format: a list
    ['WebSocket', 'Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Symbol', 'Reflect', 'Proxy', 'URL', 'fetch', 'ReadableStream'],
  ],
]);

/** Functions that are newer than ES5, by what has them. */
const ES2015_FUNCTIONS = {
  Object: ['assign', 'entries', 'values', 'is', 'getOwnPropertySymbols', 'getOwnPropertyDescriptors'],
  Number: ['isInteger', 'isSafeInteger', 'isNaN', 'isFinite'],
  Math: ['imul', 'clz32', 'trunc', 'sign', 'log2', 'fround'],
  Array: ['from', 'of'],
  'Array.prototype': ['find', 'findIndex', 'fill', 'includes', 'entries', 'keys', 'values', 'copyWithin'],
  'String.prototype': ['startsWith', 'endsWith', 'includes', 'repeat', 'codePointAt', 'normalize'],
  'Object.getPrototypeOf(Uint8Array)': ['from', 'of'],
  // biome-ignore format: a list
  'Object.getPrototypeOf(Uint8Array.prototype)': ['slice', 'fill', 'find', 'findIndex', 'every', 'some', 'map', 'filter', 'forEach', 'indexOf', 'includes', 'join', 'entries', 'keys', 'values'],
  'Element.prototype': ['remove', 'append', 'prepend', 'matches', 'closest'],
};

/** Takes away what Chromium got between version 63 and now, as far as a client could want it. Its fetch knew no signals. */
const CHROMIUM_63 = `
  for (const name of ['AbortController', 'queueMicrotask', 'structuredClone', 'WeakRef']) delete self[name];
  for (const name of ['flat', 'flatMap', 'at', 'findLast', 'toSorted']) delete Array.prototype[name];
  for (const name of ['matchAll', 'replaceAll', 'at', 'trimStart', 'trimEnd']) delete String.prototype[name];
  for (const name of ['arrayBuffer', 'text', 'stream', 'bytes']) delete Blob.prototype[name];
  for (const name of ['fromEntries', 'hasOwn', 'groupBy']) delete Object[name];
  for (const name of ['finally']) delete Promise.prototype[name];
  for (const name of ['allSettled', 'any', 'withResolvers', 'try']) delete Promise[name];
  const { EventTarget, fetch } = self;
  self.EventTarget = function () { throw new TypeError('Illegal constructor'); };
  self.EventTarget.prototype = EventTarget.prototype;
  self.fetch = (url, { signal, ...init }) => fetch(url, init);`;

/** Modules (and one script) that run in pages, and where they are from here. They import each other by these paths. */
const MODULES = new Map([
  ['/probe.mjs', '../pages/probe.mjs'],
  ['/legacy-probe.js', '../pages/legacy-probe.js'],
  ['/numbered.mjs', '../pages/numbered.mjs'],
  ['/first-echo.mjs', '../pages/first-echo.mjs'],
  ['/echo-worker.mjs', '../pages/echo-worker.mjs'],
  ['/payload.mjs', '../pages/payload.mjs'],
  ['/stream-cases.mjs', '../stream/cases.mjs'],
  ['/chaos/pages/messages.mjs', '../../chaos/pages/messages.mjs'],
  ['/chaos/pages/checker.mjs', '../../chaos/pages/checker.mjs'],
]);

/** The client as it is built, for pages that import it. */
const CLIENT_MODULE = /^\/client\/([\w-]+\.mjs)$/;

/**
 * @param {IncomingMessage | Http2ServerRequest} request
 * @param {ServerResponse | Http2ServerResponse} response
 */
export function servePage(request, response) {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  const built = CLIENT_MODULE.exec(pathname)?.[1];
  const module = built === undefined ? MODULES.get(pathname) : `../../packages/client/dist/${built}`;
  if (pathname === '/page') servePageItself(searchParams, response);
  else if (pathname === '/place') servePlace(searchParams, response);
  else if (pathname === '/legacy-page') serveLegacyPage(searchParams, response);
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
 * A page with the client's script alone, for tests of where it runs.
 *
 * @param {URLSearchParams} query `headers`: further ones, in JSON; `attributes`: those of the script's tag
 * @param {ServerResponse | Http2ServerResponse} response
 */
function servePlace(query, response) {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    ...JSON.parse(query.get('headers') ?? '{}'),
  });
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Holdfast test page</title>
<script src="/socket/holdfast.js" ${query.get('attributes') ?? ''}></script>
`);
}

/**
 * @param {URLSearchParams} query `lacks`: what is taken from the engine before
 * @param {ServerResponse | Http2ServerResponse} response
 */
function serveLegacyPage(query, response) {
  const lacks = query.get('lacks') ?? '';
  const removals = (LEGACY_GLOBALS.get(lacks) ?? []).map((name) => `delete window.${name};`);
  if (lacks === 'es2015') {
    for (const [owner, names] of Object.entries(ES2015_FUNCTIONS)) {
      for (const name of names) removals.push(`delete (${owner}).${name};`);
    }
  }
  if (lacks === 'chromium-63') removals.push(`{${CHROMIUM_63}}`);
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Holdfast test page</title>
<script>${removals.join('\n')}</script>
<script src="/socket/${lacks === 'chromium-63' ? 'holdfast.js' : 'holdfast.legacy.js'}"></script>
<script src="/legacy-probe.js"></script>
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
