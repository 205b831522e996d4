/**
 * A refusal → the HTTP response on a raw socket or on an HTTP/2 stream, for requests that came as a handshake and so have no
 * `ServerResponse`. Afterwards it ends, at the latest after a bounded time.
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from './handshake.ts';
import { answer, isHttp2Stream } from './http2-stream.ts';

/**
 * How long the client may take to read the response and close. Closing at once while its bytes are still
 * coming in would make TCP reset the connection, and the response could be lost with it.
 */
export const LINGER_MS = 2000;

/** The fields and the body of a refusal, for a raw socket and for a `ServerResponse` alike. */
export function refusalResponse(refusal: Refusal): { headers: Record<string, string>; body: string } {
  const body = `${refusal.reason}\n`;
  return {
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(body)),
      'X-Content-Type-Options': 'nosniff',
      ...refusal.headers,
    },
    body,
  };
}

/** Answers with `refusal` and ends the connection, or the stream. */
export function refuse(socket: Duplex, refusal: Refusal): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = refusalResponse(refusal);
  if (isHttp2Stream(socket)) {
    answer(socket, refusal.status, headerLines(headers), body, LINGER_MS);
    return;
  }
  // With 426, "Upgrade" has to be announced in Connection (RFC 9110 §7.8).
  headers['Connection'] = 'Upgrade' in headers ? 'close, Upgrade' : 'close';
  const statusLine = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}`;
  endGently(socket, `${[statusLine, ...headerLines(headers)].join('\r\n')}\r\n\r\n${body}`);
}

function headerLines(headers: Record<string, string>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

/** Ends the connection so that what was written, and `lastBytes`, arrive; within bounds what still comes is read and dropped. */
export function endGently(socket: Duplex, lastBytes = ''): void {
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
  socket.resume();
  socket.end(lastBytes);
}
