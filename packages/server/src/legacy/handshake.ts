/**
 * The opening handshakes of 2010, read by a server: hixie-75 (draft-hixie-thewebsocketprotocol-75) and hixie-76, which is hybi-00
 * too (draft-hixie-thewebsocketprotocol-76). A request → the handshake it asks for, or the refusal it deserves; and the head of the
 * 101 answer. Pure, like handshake.ts. The clients compare the answer byte by byte: case and order are the drafts'.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type HandshakeRequest, hasSeveralHosts, listHolds, type Refusal, refusal } from '../handshake.ts';
import { isEncrypted } from '../server-request.ts';

/** hixie-76 has keys, a challenge and a closing handshake; hixie-75 has none of them. */
export type LegacyDraft = 'hixie-75' | 'hixie-76';

export interface LegacyHandshake {
  readonly draft: LegacyDraft;
  /** The one subprotocol offered, if any: "characters in the range U+0021 to U+007E", commas too. */
  readonly protocols: ReadonlySet<string>;
  readonly origin: string;
  /** The URL that the client has opened. It fails the connection unless this is the one. */
  readonly location: string;
  /** The numbers that the keys hide; undefined in hixie-75. */
  readonly keyNumbers: readonly [number, number] | undefined;
}

/** Eight bytes behind the head of a request, "/key_3/" (hixie-76 §5.2). */
export const KEY_3_BYTES = 8;

const MAX_UINT32 = 0xffff_ffff;

/** What no character of a subprotocol may be (hixie-76 §5.1). */
const PROTOCOL_PATTERN = /^[\x21-\x7e]+$/;

/** Whether a request is meant as one of the two, well-formed or not. All later drafts have a version, or a key. */
export function isLegacyHandshake({ method, headers }: HandshakeRequest): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-key'] === undefined &&
    headers['sec-websocket-version'] === undefined &&
    // hybi-01 to -03 have the keys of hixie-76 and other frames.
    headers['sec-websocket-draft'] === undefined
  );
}

export function readLegacyHandshake(request: IncomingMessage): LegacyHandshake | Refusal {
  const { headers, url } = request;
  const { host, origin } = headers;
  const key1 = headers['sec-websocket-key1'];
  const key2 = headers['sec-websocket-key2'];
  const draft: LegacyDraft = key1 === undefined && key2 === undefined ? 'hixie-75' : 'hixie-76';
  if (!listHolds(headers.connection, 'upgrade')) {
    return refusal(400, 'Missing or invalid Connection header: "Upgrade" is expected');
  }
  if (host === undefined || hasSeveralHosts(request)) return refusal(400, 'One Host header is expected');
  // Both drafts have it in every request. Without it the answer could not name it.
  if (origin === undefined) return refusal(400, 'Missing Origin header');
  const keyNumbers = draft === 'hixie-75' ? undefined : readKeys(key1, key2);
  if (keyNumbers === null) {
    return refusal(400, 'Missing or invalid Sec-WebSocket-Key1 or Sec-WebSocket-Key2');
  }
  const protocol = headers[draft === 'hixie-75' ? 'websocket-protocol' : 'sec-websocket-protocol'];
  if (protocol !== undefined && !PROTOCOL_PATTERN.test(String(protocol))) {
    return refusal(400, 'A subprotocol has no spaces, and ASCII alone');
  }
  const location = `${isSecure(request) ? 'wss' : 'ws'}://${host}${url}`;
  return {
    draft,
    protocols: new Set(protocol === undefined ? [] : [String(protocol)]),
    origin,
    location,
    keyNumbers,
  };
}

/**
 * The lines of the 101 answer's head, without line ends. In hixie-76 `challengeResponse` follows.
 *
 * @param protocol the subprotocol chosen, '' for none
 */
export function legacyResponseLines(
  { draft, origin, location }: LegacyHandshake,
  protocol: string,
): string[] {
  const [reason, prefix] =
    draft === 'hixie-75' ? ['Web Socket Protocol Handshake', ''] : ['WebSocket Protocol Handshake', 'Sec-'];
  const lines = [
    `HTTP/1.1 101 ${reason}`,
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    `${prefix}WebSocket-Origin: ${origin}`,
    `${prefix}WebSocket-Location: ${location}`,
  ];
  if (protocol !== '') lines.push(`${prefix}WebSocket-Protocol: ${protocol}`);
  return lines;
}

/** "Let /challenge/ be the concatenation of /part_1/ [...], /part_2/ [...], and the eight bytes of /key_3/" (hixie-76 §5.2). */
export function challengeResponse([part1, part2]: readonly [number, number], key3: Uint8Array): Buffer {
  const challenge = Buffer.alloc(2 * Uint32Array.BYTES_PER_ELEMENT + KEY_3_BYTES);
  challenge.writeUInt32BE(part1, 0);
  challenge.writeUInt32BE(part2, Uint32Array.BYTES_PER_ELEMENT);
  challenge.set(key3, 2 * Uint32Array.BYTES_PER_ELEMENT);
  return createHash('md5').update(challenge).digest();
}

/** Null unless both are what the draft asks for. */
function readKeys(key1: unknown, key2: unknown): readonly [number, number] | null {
  const parts = [readKey(key1), readKey(key2)] as const;
  return parts[0] === undefined || parts[1] === undefined ? null : [parts[0], parts[1]];
}

/** The digits of a key as one number, divided by the number of its spaces: "an integral multiple" of it. */
function readKey(key: unknown): number | undefined {
  if (typeof key !== 'string') return undefined;
  const number = Number(key.replace(/[^0-9]/g, '') || Number.NaN);
  const spaces = key.split(' ').length - 1;
  const isValid = spaces > 0 && number <= MAX_UINT32 && number % spaces === 0;
  return isValid ? number / spaces : undefined;
}

/**
 * Whether the client has opened a `wss:` URL. A proxy that took TLS off is believed: what it says decides about nothing but the
 * URL that this client is told.
 */
function isSecure(request: IncomingMessage): boolean {
  const forwarded = String(request.headers['x-forwarded-proto'] ?? '');
  return isEncrypted(request) || /^(https|wss)\b/i.test(forwarded.trim());
}
