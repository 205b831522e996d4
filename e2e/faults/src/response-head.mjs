/**
 * Hands a server's response head to the client as it was.
 *
 * The one thing that differs per hop is framing: a body that ended with its connection upstream does so
 * downstream too, and chunks are not for clients of HTTP/1.0.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 */
import { pairs, withoutHeaders } from './raw-headers.mjs';

/**
 * @param {ServerResponse} response
 * @param {IncomingMessage} answer
 */
export function writeResponseHead(response, answer) {
  const { rawHeaders, headers, statusCode = 0, statusMessage = '' } = answer;
  const speaksHttp10 = response.req.httpVersion === '1.0';
  const chunked = headers['transfer-encoding'] !== undefined;
  const hasLength = headers['content-length'] !== undefined;
  response.sendDate = false;
  if ((chunked && speaksHttp10) || (!chunked && !hasLength && mayHaveBody(response, statusCode))) {
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
  }
  const forwarded = speaksHttp10 ? withoutHeaders(rawHeaders, ['transfer-encoding']) : rawHeaders;
  response.writeHead(statusCode, statusMessage, [...forwarded]);
  const trailers = () => {
    if (answer.rawTrailers.length > 0 && chunked) response.addTrailers(pairs(answer.rawTrailers));
  };
  answer.prependOnceListener('end', trailers);
  response.flushHeaders();
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 */
function mayHaveBody(response, status) {
  return response.req.method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
}
