/**
 * Says what a request is to Holdfast, and whether a rule's `match` means it.
 *
 * Looks at the request's head alone, so that the answer is there before a byte is forwarded. Knows no rules, no
 * counts and no chances: those are the rule list's.
 *
 * @import { IncomingMessage } from 'node:http'
 * @import { Kind, Match } from './types.ts'
 */

/**
 * @typedef {object} Description
 * @property {Kind} kind
 * @property {string} method
 * @property {string} url path and query as sent
 * @property {string} path
 * @property {URLSearchParams} query
 */

/** The query parameter that Holdfast's fallback requests carry. */
const FALLBACK_PARAMETER = 'holdfast';

const FORM_MEDIA_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'];

/**
 * @param {Pick<IncomingMessage, 'method' | 'url' | 'headers'>} request
 * @returns {Description}
 */
export function describe({ method = 'GET', url = '/', headers }) {
  const [path = '/'] = url.split('?', 1);
  const query = new URLSearchParams(url.slice(path.length + 1));
  return { kind: kindOf(method, query, headers), method, url, path, query };
}

/**
 * @param {Pick<Match, 'kind' | 'path' | 'query'>} match
 * @param {Description} request
 */
export function matches({ kind, path, query }, request) {
  if (kind !== undefined && !(Array.isArray(kind) ? kind.includes(request.kind) : kind === request.kind)) {
    return false;
  }
  if (path !== undefined && !pathMatches(path, request.path)) return false;
  return Object.entries(query ?? {}).every(([name, value]) =>
    value === true ? request.query.has(name) : request.query.getAll(name).includes(value),
  );
}

/**
 * @param {string} pattern
 * @param {string} path
 */
function pathMatches(pattern, path) {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/**
 * @param {string} method
 * @param {URLSearchParams} query
 * @param {IncomingMessage['headers']} headers
 * @returns {Kind}
 */
function kindOf(method, query, headers) {
  if (headers.upgrade?.toLowerCase() === 'websocket') return 'upgrade';
  if (method !== 'POST' || !query.has(FALLBACK_PARAMETER)) return 'http';
  return isForm(headers) ? 'form' : 'fetch';
}

/** @param {IncomingMessage['headers']} headers */
function isForm(headers) {
  if (headers['sec-fetch-dest'] === 'iframe') return true;
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return FORM_MEDIA_TYPES.includes(mediaType);
}
