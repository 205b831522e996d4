/**
 * Which web pages may connect. A browser sends cookies along with a WebSocket from any page, and no CORS check
 * protects it, so the server has to look at Origin (RFC 6455 §10.2). A request → a refusal's reason, or undefined.
 * Safe by default: a page of the request's own host, or none at all (not a browser); others when listed.
 */
import type { IncomingMessage } from 'node:http';
import { hostOf, isEncrypted, type ServerRequest } from './server-request.ts';

/** Decides about one Origin. `origin` as the browser sent it, 'null' for an opaque one (a sandboxed iframe, a file). */
export type OriginPredicate<Request extends ServerRequest = IncomingMessage> = (
  origin: string,
  request: Request,
) => boolean;

/**
 * The Origins allowed beside the request's own host:
 * - `'https://app.example'`: this one. The scheme counts, a default port may be left out, a path is an error.
 * - `'null'`: opaque origins. Any page can make itself one, so this is nearly as open as `'*'`.
 * - `'*'`: every page of the web, with its visitor's cookies. Only for servers that do not go by cookies.
 * - a RegExp: must match the whole Origin, as if it stood between `^` and `$`.
 * - a function instead of a list decides alone, also about the request's own host.
 */
export type Origins<Request extends ServerRequest = IncomingMessage> =
  | string
  | RegExp
  | readonly (string | RegExp)[]
  | OriginPredicate<Request>;

/** Why a request is refused, in one line; undefined when it is not. */
export type OriginCheck<Request extends ServerRequest> = (request: Request) => string | undefined;

/** scheme "://" host [":" port], and nothing else (RFC 6454 §6.2). */
const SERIALIZED_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i;

/**
 * Builds the check for the server's `origins` option.
 *
 * @throws TypeError an entry that is no Origin and so would never match
 */
export function createOriginCheck<Request extends ServerRequest>(
  origins: Origins<Request> = [],
): OriginCheck<Request> {
  if (typeof origins === 'function') return predicateCheck(origins);
  const entries = typeof origins === 'string' || origins instanceof RegExp ? [origins] : origins;
  const listed = new Set<string>();
  const patterns: RegExp[] = [];
  for (const entry of entries) {
    if (typeof entry === 'string') listed.add(parseEntry(entry));
    else patterns.push(new RegExp(`^(?:${entry.source})$`, entry.flags.replace(/[gy]/g, '')));
  }
  return (request) => {
    const origin = request.headers.origin;
    if (origin === undefined || listed.has('*') || isOwnHost(origin, request)) return undefined;
    if (listed.has(normalizeOrigin(origin))) return undefined;
    return patterns.some((pattern) => pattern.test(origin)) ? undefined : reasonFor(origin);
  };
}

function predicateCheck<Request extends ServerRequest>(
  isAllowed: OriginPredicate<Request>,
): OriginCheck<Request> {
  return (request) => {
    const origin = request.headers.origin;
    return origin === undefined || isAllowed(origin, request) ? undefined : reasonFor(origin);
  };
}

function reasonFor(origin: string): string {
  // What the peer sent goes back to the peer alone; its length is its own business up to a point.
  return `Origin ${JSON.stringify(origin.slice(0, 100))} is not allowed: list it in the server's "origins"`;
}

/**
 * Whether `origin` is the host and port that the request was sent to. A Host without a port means the default one; of
 * which scheme is known when this very socket is encrypted, else it is the Origin's, since a proxy may have
 * taken TLS off.
 */
function isOwnHost(origin: string, request: ServerRequest): boolean {
  const host = hostOf(request);
  if (host !== undefined && isSameText(origin, host, request)) return true;
  if (host === undefined || !/^https?:/i.test(origin) || !SERIALIZED_ORIGIN.test(origin)) return false;
  const scheme = isEncrypted(request) ? 'https:' : origin.slice(0, origin.indexOf(':') + 1);
  const own = parseUrl(`${scheme}//${host}`);
  const theirs = parseUrl(origin);
  return own !== undefined && theirs !== undefined && hostAndPort(own) === hostAndPort(theirs);
}

/** A host of letters and digits, and a port: there is one way to write it, but for a default port. */
const PLAIN_HOST = /^[a-z0-9.-]+(?::[1-9]\d{0,4})?$/;

/** Nearly every browser's case, without parsing anything. */
function isSameText(origin: string, host: string, request: ServerRequest): boolean {
  const isSame = origin === `https://${host}` || (origin === `http://${host}` && !isEncrypted(request));
  return isSame && PLAIN_HOST.test(host);
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/** The one spelling of an Origin: lower case, IDNA, no default port. Schemes unknown to URL keep their text. */
function normalizeOrigin(origin: string): string {
  if (!SERIALIZED_ORIGIN.test(origin)) return origin;
  const normalized = parseUrl(origin)?.origin ?? 'null';
  return normalized === 'null' ? origin.toLowerCase() : normalized;
}

function parseEntry(entry: string): string {
  if (entry === '*' || entry === 'null') return entry;
  if (SERIALIZED_ORIGIN.test(entry) && parseUrl(entry) !== undefined) return normalizeOrigin(entry);
  throw new TypeError(`origins: ${JSON.stringify(entry)} is not an origin such as "https://app.example"`);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
