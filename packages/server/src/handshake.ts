/**
 * The opening handshake, read by a server (RFC 6455 §4.2): what a request says → the handshake it asks for, or the
 * refusal it deserves; and the head of the 101 answer. Pure: nothing is read from or written to a socket, and
 * whether this client is welcome here (path, Origin, application) is not known here.
 */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Extension, parseExtensions } from './extensions.ts';

/** The one protocol version there is (RFC 6455 §4.4). */
export const WEBSOCKET_VERSION = '13';

/** Appended to the client's key before hashing (RFC 6455 §1.3). */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** 16 bytes in base64: 22 characters and two of padding. */
const KEY_PATTERN = /^[A-Za-z0-9+/]{22}==$/;

/** `token` of RFC 9110 §5.6.2, which is what RFC 6455 §4.1 allows as the name of a subprotocol. */
const TOKEN_PATTERN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The parts of an `http.IncomingMessage` that a handshake is made of. */
export interface HandshakeRequest {
  readonly method?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. `headers` tells of the first Host alone. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** Why a request is not served, ready to be sent. */
export interface Refusal {
  /** HTTP status code. */
  readonly status: number;
  /** One line for the person who looks for the mistake; the body of the response. */
  readonly reason: string;
  /** Header fields that the status calls for. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that asks for a WebSocket as RFC 6455 §4.2.1 wants it. */
export interface OpeningHandshake {
  /** Sec-WebSocket-Key. Undefined over HTTP/2, which has none. */
  readonly key: string | undefined;
  /** The subprotocols offered, in the client's order of preference. */
  readonly protocols: ReadonlySet<string>;
  /** The extensions offered, in the client's order of preference. */
  readonly extensions: readonly Extension[];
}

export function refusal(status: number, reason: string, headers: Refusal['headers'] = {}): Refusal {
  return { status, reason, headers };
}

export function isRefusal<Wanted extends object>(result: Wanted | Refusal): result is Refusal {
  return 'status' in result;
}

/** Whether `text` may be the name of a subprotocol. */
export function isToken(text: string): boolean {
  return TOKEN_PATTERN.test(text);
}

/** Reads an opening handshake (RFC 6455 §4.2.1), item by item. */
export function readOpeningHandshake(request: HandshakeRequest): OpeningHandshake | Refusal {
  const { headers } = request;
  if (request.method !== 'GET') {
    return refusal(405, 'The opening handshake must be a GET request', { Allow: 'GET' });
  }
  if (request.httpVersionMajor < 1 || (request.httpVersionMajor === 1 && request.httpVersionMinor < 1)) {
    return refusal(400, 'The opening handshake needs HTTP/1.1 or higher');
  }
  if (!headers.host) return refusal(400, 'Missing Host header');
  if (hasSeveralHosts(request)) return refusal(400, 'More than one Host header');
  if (!listHolds(headers.upgrade, 'websocket')) {
    return refusal(400, 'Missing or invalid Upgrade header: "websocket" is expected');
  }
  if (!listHolds(headers.connection, 'upgrade')) {
    return refusal(400, 'Missing or invalid Connection header: "Upgrade" is expected');
  }
  // Before the key: another version may know other keys. §4.2.2: 426 and the versions that are understood.
  if (headers['sec-websocket-version'] !== WEBSOCKET_VERSION) {
    return refusal(426, `Missing or unsupported Sec-WebSocket-Version: ${WEBSOCKET_VERSION} is expected`, {
      'Sec-WebSocket-Version': WEBSOCKET_VERSION,
      Upgrade: 'websocket',
    });
  }
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY_PATTERN.test(key)) {
    return refusal(400, 'Missing or invalid Sec-WebSocket-Key: 16 bytes in base64 are expected');
  }
  const protocols = readProtocols(headers['sec-websocket-protocol']);
  if (protocols === undefined) {
    return refusal(400, 'Invalid Sec-WebSocket-Protocol: different tokens are expected');
  }
  const extensions = readExtensions(headers['sec-websocket-extensions']);
  if (extensions === undefined) return refusal(400, INVALID_EXTENSIONS);
  return { key, protocols, extensions };
}

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2, item 5.4). */
export function acceptKey(key: string): string {
  return hash('sha1', key + ACCEPT_GUID, 'base64');
}

/**
 * The lines of the answer's head, without line ends: 101, or 200 over HTTP/2.
 *
 * @param protocol the subprotocol chosen, '' for none
 * @param extensions the extensions in use, '' for none
 */
export function switchingProtocolsLines(
  { key }: OpeningHandshake,
  protocol: string,
  extensions = '',
): string[] {
  const lines =
    key === undefined
      ? ['HTTP/2 200']
      : [
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${acceptKey(key)}`,
        ];
  if (protocol !== '') lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  if (extensions !== '') lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  return lines;
}

/**
 * A server "MUST respond with a 400" then (RFC 9112 §3.2): a proxy may have gone by the other one, and Origins are
 * compared with Host.
 */
export function hasSeveralHosts({ rawHeaders = [] }: HandshakeRequest): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}

/** Whether a comma-separated list holds `token`, in any case of letters. */
export function listHolds(list: string | undefined, token: string): boolean {
  if (list === undefined) return false;
  // Nearly always it is alone.
  if (list.toLowerCase() === token) return true;
  return list.split(',').some((element) => element.trim().toLowerCase() === token);
}

/** "a list of values", "MUST all be unique strings" (RFC 6455 §4.1, item 10). Undefined where they are not. */
export function readProtocols(header: string | undefined): Set<string> | undefined {
  const protocols = new Set<string>();
  if (header === undefined) return protocols;
  for (const element of header.split(',')) {
    const protocol = element.trim();
    if (!isToken(protocol) || protocols.has(protocol)) return undefined;
    protocols.add(protocol);
  }
  return protocols;
}

/** Undefined where they are malformed (RFC 6455 §9.1). */
export function readExtensions(header: string | undefined): readonly Extension[] | undefined {
  return header === undefined ? NO_EXTENSIONS : parseExtensions(header);
}

const NO_EXTENSIONS: readonly Extension[] = [];

export const INVALID_EXTENSIONS = 'Invalid Sec-WebSocket-Extensions header';
