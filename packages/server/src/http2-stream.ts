/**
 * An HTTP/2 stream in the place of a TCP connection (RFC 8441 §5): the heads of responses, and how the stream ends. An orderly end is
 * END_STREAM, which `end` of Node's stream is already.
 */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';

/** RFC 9113 §7. */
const NO_ERROR = 0x00;
const CANCEL = 0x08;

/** Fields that HTTP/2 has no use for, and forbids (RFC 9113 §8.2.2). */
const CONNECTION_SPECIFIC = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

export function isHttp2Stream(socket: Duplex): socket is ServerHttp2Stream {
  return 'rstCode' in socket;
}

/** Ends a byte stream of either kind at once: "TCP-level connections reset" are "RST_STREAM [...] CANCEL" (RFC 8441 §5). */
export function abort(socket: Duplex): void {
  if (isHttp2Stream(socket)) socket.close(CANCEL);
  socket.destroy();
}

/**
 * Sends the head of a response.
 *
 * @param fields `Name: value`; those of HTTP/1.1 alone are left out
 * @throws Error a field that HTTP/2 does not allow
 */
export function respond(stream: ServerHttp2Stream, status: number, fields: readonly string[]): void {
  const headers: OutgoingHttpHeaders = { ':status': status };
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).trim().toLowerCase();
    if (colon < 0 || CONNECTION_SPECIFIC.has(name)) continue;
    const value = field.slice(colon + 1).trim();
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  stream.respond(headers);
}

/**
 * Sends a whole response, and is done with the request, whatever more of it may come: "without error" (RFC 9113 §8.1).
 *
 * @param timeoutMs how long the client may take to receive it
 */
export function answer(
  stream: ServerHttp2Stream,
  status: number,
  fields: readonly string[],
  body: string,
  timeoutMs: number,
): void {
  respond(stream, status, fields);
  const timer = setTimeout(() => abort(stream), timeoutMs);
  stream.once('close', () => clearTimeout(timer));
  stream.end(body, () => stream.close(NO_ERROR));
}
