/**
 * The opening handshake, as a client speaks it (RFC 6455 §4.1): the header fields of the request, and whether the answer
 * establishes the connection. Pure: requests are made in opening.ts.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { acceptDeflateResponse, type DeflateAgreement, deflateOffer } from './deflate/negotiation.ts';
import type { PerMessageDeflateOptions } from './deflate/options.ts';
import { acceptKey, isToken, listHolds } from './handshake.ts';

/** What was said, for the answer to be compared with. */
export interface OfferedHandshake {
  /** "a randomly selected 16-byte value that has been base64-encoded" (item 7), new for each request. */
  readonly key: string;
  readonly protocols: ReadonlySet<string>;
  /** How messages could be compressed; undefined: not at all. */
  readonly deflate: PerMessageDeflateOptions | undefined;
}

/** The parts of an `http.IncomingMessage` that an answer is made of. */
export interface HandshakeAnswer {
  readonly headers: IncomingHttpHeaders;
}

/** What the server made of the offer. */
export interface AcceptedHandshake {
  /** The subprotocol in use, or ''. */
  readonly protocol: string;
  /** How messages are compressed; undefined: not. */
  readonly deflate: DeflateAgreement | undefined;
}

/** Why there is no connection; `code` is the same for all of these. */
export class OpeningHandshakeError extends Error {
  readonly code = 'HOLDFAST_ERR_OPENING_HANDSHAKE';
}

export function offerHandshake(
  protocols: ReadonlySet<string>,
  deflate?: PerMessageDeflateOptions,
): OfferedHandshake {
  return { key: randomBytes(16).toString('base64'), protocols, deflate };
}

/**
 * The subprotocols of the API's argument.
 *
 * @throws SyntaxError one of them is no token, or stands there twice (item 10)
 */
export function checkProtocols(protocols: readonly string[]): ReadonlySet<string> {
  const checked = new Set<string>();
  for (const protocol of protocols) {
    if (typeof protocol !== 'string' || !isToken(protocol) || checked.has(protocol)) {
      throw new SyntaxError('An invalid or duplicated subprotocol was specified');
    }
    checked.add(protocol);
  }
  return checked;
}

/** The fields of a request that are a handshake's own. */
export function handshakeHeaders(
  { key, protocols, deflate }: OfferedHandshake,
  version: number,
): OutgoingHttpHeaders {
  return {
    'Sec-WebSocket-Version': version,
    'Sec-WebSocket-Key': key,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    ...(deflate !== undefined && { 'Sec-WebSocket-Extensions': deflateOffer(deflate) }),
    ...(protocols.size > 0 && { 'Sec-WebSocket-Protocol': [...protocols].join(',') }),
  };
}

/**
 * Whether the fields of a 101 answer are what was asked for (the numbered items after "Once the client's opening handshake has
 * been sent").
 *
 * @throws OpeningHandshakeError they are not
 */
export function acceptAnswer(offered: OfferedHandshake, { headers }: HandshakeAnswer): AcceptedHandshake {
  if (headers.upgrade?.toLowerCase() !== 'websocket') fail('Invalid Upgrade header');
  if (!listHolds(headers.connection, 'upgrade')) fail('Invalid Connection header');
  if (headers['sec-websocket-accept'] !== acceptKey(offered.key)) fail('Invalid Sec-WebSocket-Accept header');
  return {
    deflate: acceptExtensions(offered.deflate, headers['sec-websocket-extensions']),
    protocol: acceptProtocol(offered.protocols, headers['sec-websocket-protocol']),
  };
}

/** Whatever "was not present in the client's handshake" fails the connection (item 5). */
function acceptExtensions(
  offered: PerMessageDeflateOptions | undefined,
  header: string | undefined,
): DeflateAgreement | undefined {
  try {
    return acceptDeflateResponse(header, offered);
  } catch (error) {
    throw new OpeningHandshakeError((error as Error).message, { cause: error });
  }
}

/** Stricter than item 6, as browsers are: a server that chooses none of several that are offered is refused, too. */
function acceptProtocol(offered: ReadonlySet<string>, chosen: string | undefined): string {
  if (chosen === undefined) {
    if (offered.size > 0) fail('Server sent no subprotocol');
    return '';
  }
  if (offered.size === 0) fail('Server sent a subprotocol but none was requested');
  if (!offered.has(chosen)) fail('Server sent an invalid subprotocol');
  return chosen;
}

function fail(message: string): never {
  throw new OpeningHandshakeError(message);
}
