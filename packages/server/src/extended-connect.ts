/**
 * The opening handshake over HTTP/2, read by a server: an extended CONNECT (RFC 8441 §4, §5) → the handshake it asks for, or the
 * refusal it deserves. Pure, like handshake.ts. That the pseudo-header fields are there, once each, nghttp2 has
 * checked before Node says a word of the request.
 */
import type { IncomingHttpHeaders } from 'node:http2';
import {
  INVALID_EXTENSIONS,
  type OpeningHandshake,
  type Refusal,
  readExtensions,
  readProtocols,
  refusal,
  WEBSOCKET_VERSION,
} from './handshake.ts';

/** The value of ":protocol" that means a WebSocket (RFC 8441 §5). */
const WEBSOCKET = 'websocket';

/** Whether it asks for a tunnel of another kind than HTTP/1.1 knows. */
export function isExtendedConnect(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT' && headers[':protocol'] !== undefined;
}

export function isWebSocketConnect(headers: IncomingHttpHeaders): boolean {
  return isExtendedConnect(headers) && headers[':protocol'] === WEBSOCKET;
}

/** As `readOpeningHandshake`: Sec-WebSocket-Key is "superseded by the :protocol pseudo-header field" (RFC 8441 §5). */
export function readExtendedConnect(headers: IncomingHttpHeaders): OpeningHandshake | Refusal {
  if (!isWebSocketConnect(headers)) {
    return refusal(405, 'An opening handshake is a CONNECT with :protocol "websocket"', { Allow: 'CONNECT' });
  }
  // "A recipient [...] MUST treat [...] as malformed" where the two differ (RFC 9113 §8.3.1): Origins are compared with one.
  if (headers.host !== undefined && headers.host !== headers[':authority']) {
    return refusal(400, 'Host is not :authority');
  }
  // 426 would need the field Upgrade (RFC 9110 §15.5.22), which HTTP/2 does not have.
  if (headers['sec-websocket-version'] !== WEBSOCKET_VERSION) {
    return refusal(400, `Missing or unsupported Sec-WebSocket-Version: ${WEBSOCKET_VERSION} is expected`, {
      'Sec-WebSocket-Version': WEBSOCKET_VERSION,
    });
  }
  const protocols = readProtocols(headers['sec-websocket-protocol'] as string | undefined);
  if (protocols === undefined) {
    return refusal(400, 'Invalid Sec-WebSocket-Protocol: different tokens are expected');
  }
  const extensions = readExtensions(headers['sec-websocket-extensions']);
  if (extensions === undefined) return refusal(400, INVALID_EXTENSIONS);
  return { key: undefined, protocols, extensions };
}
