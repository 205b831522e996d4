/**
 * The address given to a client, or in the Location of a redirect → where to connect and what to ask for. Pure. The schemes are
 * those of ws: `ws:`, `wss:`, `http:` and `https:` for them, `ws+unix:` for a Unix socket or a named pipe; and `wss+unix:`,
 * which is TLS on one.
 */
import querystring from 'node:querystring';

export interface ClientAddress {
  /** As `url` gives it: normalized, the scheme one of a WebSocket. */
  readonly href: string;
  readonly isSecure: boolean;
  /** Without the brackets of IPv6; '' for IPC. */
  readonly host: string;
  /** Undefined for IPC. */
  readonly port: number | undefined;
  /** The path of a Unix socket or a named pipe: the address is on this machine, and IPC. Undefined for TCP. */
  readonly socketPath: string | undefined;
  /** The path and the query, as in the request line. */
  readonly resource: string;
  /** User and password of the URL, as they go into Authorization; undefined where there are none. */
  readonly credentials: string | undefined;
  /** Equal for addresses that lead to the same server. */
  readonly authority: string;
}

const DEFAULT_PORT = 80;
const DEFAULT_SECURE_PORT = 443;

/** The scheme of a WebSocket for each that is taken. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
  ['http:', 'ws:'],
  ['https:', 'wss:'],
  ['ws+unix:', 'ws+unix:'],
  ['wss+unix:', 'wss+unix:'],
]);

/**
 * @param base what a relative address is relative to
 * @throws SyntaxError no URL, another scheme, a fragment, or IPC without a path
 */
export function parseAddress(address: string | URL, base?: string): ClientAddress {
  const url = parseUrl(address, base);
  const scheme = SCHEMES.get(url.protocol);
  if (scheme === undefined) {
    const schemes = [...SCHEMES.keys()].map((each) => `"${each}"`).join(', ');
    throw new SyntaxError(`The URL's protocol must be one of ${schemes}`);
  }
  url.protocol = scheme;
  const isIpc = scheme.endsWith('+unix:');
  if (isIpc && url.pathname === '') throw new SyntaxError("The URL's pathname is empty");
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier');

  const isSecure = scheme.startsWith('wss');
  const target = url.pathname + url.search;
  const common = { href: url.href, isSecure, credentials: credentialsOf(url) };
  if (isIpc) {
    const colon = target.indexOf(':');
    const socketPath = colon < 0 ? target : target.slice(0, colon);
    const resource = colon < 0 ? '' : target.slice(colon + 1);
    return { ...common, host: '', port: undefined, socketPath, resource, authority: `ipc ${socketPath}` };
  }
  return {
    ...common,
    host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === '' ? (isSecure ? DEFAULT_SECURE_PORT : DEFAULT_PORT) : Number(url.port),
    socketPath: undefined,
    resource: target,
    authority: url.host,
  };
}

/** A copy in any case: the caller's URL is not changed. */
function parseUrl(address: string | URL, base: string | undefined): URL {
  try {
    return new URL(address, base);
  } catch (cause) {
    throw new SyntaxError(`Invalid URL: ${address}`, { cause });
  }
}

function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `${querystring.unescape(username)}:${querystring.unescape(password)}`;
}
