/**
 * What the proxy says in its own name, where the server is not asked.
 *
 * The same answer goes out through Node's response object, or as bytes on a socket that an upgrade has detached
 * from Node's HTTP server.
 *
 * @import { FaultOf } from './types.ts'
 */
import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {[string, string][]} headers
 * @property {string} body
 */

/** RFC 6455 §1.3: appended to the client's key before hashing. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * @param {Required<FaultOf<'refuse'>>} fault
 * @returns {Answer}
 */
export function refusal({ status, retryAfterS, body }) {
  const answer = plain(status, body);
  // RFC 9110 §15.5.22: a 426 must say which protocol it wants.
  if (status === 426) answer.headers.push(['Upgrade', 'websocket'], ['Connection', 'Upgrade']);
  if (retryAfterS > 0) answer.headers.push(['Retry-After', String(retryAfterS)]);
  return answer;
}

/**
 * @param {Required<FaultOf<'captive'>>} fault
 * @returns {Answer}
 */
export function captivePortal({ body }) {
  return { status: 200, headers: headersFor('text/html; charset=utf-8', body), body };
}

/**
 * A status with a sentence, as gateways give it.
 *
 * @param {number} status
 * @param {string} [body] default: the status in words
 * @returns {Answer}
 */
export function plain(status, body = '') {
  const words =
    body === '' && status !== 204 && status !== 304 ? `${STATUS_CODES[status] ?? status}\n` : body;
  return { status, headers: headersFor('text/plain; charset=utf-8', words), body: words };
}

/**
 * The answer as the last bytes of a connection.
 *
 * @param {Answer} answer
 * @returns {Buffer}
 */
export function answerBytes({ status, headers, body }) {
  return Buffer.from(`${head(status, [...headers, ['Connection', 'close']])}${body}`);
}

/**
 * RFC 6455 §4.2.2: the opening handshake's answer, from somebody who is no WebSocket server at all.
 *
 * @param {Record<string, string | string[] | undefined>} requestHeaders
 * @returns {Buffer}
 */
export function switchingProtocols(requestHeaders) {
  const key = String(requestHeaders['sec-websocket-key'] ?? '');
  const offered = String(requestHeaders['sec-websocket-protocol'] ?? '');
  const [protocol = ''] = offered.split(',', 1);
  /** @type {[string, string][]} */
  const headers = [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64')],
  ];
  if (protocol.trim() !== '') headers.push(['Sec-WebSocket-Protocol', protocol.trim()]);
  return Buffer.from(head(101, headers));
}

/**
 * @param {number} status
 * @param {[string, string][]} headers
 */
function head(status, headers) {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n`;
}

/**
 * @param {string} mediaType
 * @param {string} body
 * @returns {[string, string][]}
 */
function headersFor(mediaType, body) {
  return [
    ['Content-Type', mediaType],
    ['Content-Length', String(Buffer.byteLength(body))],
    // A lie must not outlive the rule that told it.
    ['Cache-Control', 'no-store'],
  ];
}
