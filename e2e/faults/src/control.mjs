/**
 * The proxy's verbs over HTTP, for another process: JSON in, JSON out.
 *
 *   GET /            host and ports            PUT  /rules?group=G   replace a group's rules
 *   GET /rules       rules with counters       POST /cut             { match?, how? } -> { cut }
 *   GET /stats       totals                    POST /reset           forget rules, counters, log
 *   GET /log?kind=&fault=&limit=               POST /close           end the proxy
 *
 * What is wrong with a request is said in one line of plain text, with 400, 404, 405 or 413. A page cannot use it: a
 * request with an `Origin` is refused.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { FaultProxy, LogFilter } from './types.ts'
 */
import { createServer } from 'node:http';
import { RuleError } from './options.mjs';

/** Far above any list of rules. */
const MAX_BODY_BYTES = 1024 * 1024;

/** @typedef {(proxy: FaultProxy, input: { query: URLSearchParams, body: unknown }) => Promise<unknown>} Verb */

/** @type {Record<string, Record<string, Verb>>} */
const VERBS = {
  '/': {
    GET: ({ host, port, controlPort, url }) => Promise.resolve({ host, port, controlPort, url }),
  },
  '/rules': {
    GET: async (proxy) => ({ rules: await proxy.rules() }),
    PUT: async (proxy, { query, body }) => {
      await proxy.set(/** @type {any} `set` checks it */ (body), { group: query.get('group') ?? '' });
      return { rules: await proxy.rules() };
    },
  },
  '/cut': { POST: async (proxy, { body }) => ({ cut: await proxy.cut(body ?? {}) }) },
  '/log': { GET: async (proxy, { query }) => ({ log: await proxy.log(logFilter(query)) }) },
  '/stats': { GET: (proxy) => proxy.stats() },
  '/reset': {
    POST: async (proxy) => {
      await proxy.reset();
      return {};
    },
  },
  '/close': {
    POST: (proxy) => {
      // The answer is under way before the port is given back.
      void proxy.close();
      return Promise.resolve({});
    },
  },
};

/** Goes to the client as a status and one line. */
class ControlError extends Error {
  /** @override */
  name = 'ControlError';
  code = 'HOLDFAST_FAULTS_BAD_CONTROL_REQUEST';
  status;

  /**
   * @param {string} message
   * @param {ErrorOptions & { status: number }} options
   */
  constructor(message, options) {
    super(message, options);
    this.status = options.status;
  }
}

/** @param {FaultProxy} proxy */
export function createControlServer(proxy) {
  return createServer((request, response) => void serve(proxy, request, response));
}

/**
 * @param {FaultProxy} proxy
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 */
async function serve(proxy, request, response) {
  try {
    const json = JSON.stringify(await perform(proxy, request));
    // A connection kept alive would keep a closing server alive.
    response.shouldKeepAlive &&= request.url !== '/close';
    response.writeHead(200, { 'content-type': 'application/json' }).end(`${json}\n`);
  } catch (error) {
    const status = error instanceof ControlError ? error.status : error instanceof RuleError ? 400 : 500;
    const reason = error instanceof Error ? error.message : String(error);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`${reason.replaceAll(/\s+/g, ' ')}\n`);
  }
}

/**
 * @param {FaultProxy} proxy
 * @param {IncomingMessage} request
 */
async function perform(proxy, request) {
  if (request.headers.origin !== undefined)
    throw new ControlError('the control port is not for pages', { status: 403 });
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control.invalid');
  const verbs = Object.hasOwn(VERBS, pathname) ? VERBS[pathname] : undefined;
  if (verbs === undefined)
    throw new ControlError(`there is no ${pathname}; there is ${Object.keys(VERBS).join(', ')}`, {
      status: 404,
    });
  const method = request.method ?? 'GET';
  const verb = Object.hasOwn(verbs, method) ? verbs[method] : undefined;
  if (verb === undefined)
    throw new ControlError(`${pathname} takes ${Object.keys(verbs).join(', ')}`, { status: 405 });
  return verb(proxy, { query: searchParams, body: await readJson(request) });
}

/**
 * @param {IncomingMessage} request
 * @returns {Promise<unknown>} `undefined` without a body
 */
async function readJson(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new ControlError(`a body has ${MAX_BODY_BYTES} bytes at most`, { status: 413 });
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ControlError(`the body is no JSON: ${reason}`, { status: 400, cause });
  }
}

/**
 * @param {URLSearchParams} query
 * @returns {LogFilter}
 */
function logFilter(query) {
  const limit = query.get('limit');
  if (limit !== null && !/^\d{1,9}$/.test(limit))
    throw new ControlError('limit: must be a whole number', { status: 400 });
  return /** @type {LogFilter} */ ({
    ...(query.has('kind') ? { kind: query.get('kind') } : {}),
    ...(query.has('fault') ? { fault: query.get('fault') } : {}),
    ...(limit === null ? {} : { limit: Number(limit) }),
  });
}
