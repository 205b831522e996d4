/**
 * What the HTTP parser could not read, or what came too late → a status, for a server of our own. Node would answer, too,
 * but closes at once: while bytes are still coming in, TCP then resets the connection, and the answer is lost with it.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refusal } from './handshake.ts';
import { endGently, refuse } from './refuse.ts';

/** By Node's error codes; all others are 400. */
const ANSWERS: ReadonlyMap<string | undefined, readonly [status: number, reason: string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'The request did not arrive in time']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'Too large chunk extensions']],
  ['HPE_HEADER_OVERFLOW', [431, 'Too large a head']],
]);

/** For the `clientError` event of an HTTP server. Returns without effect for each further piece of the same. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded) return;
  if (error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  // The answer to a request before is perhaps not complete: nothing may come in its middle.
  if ((socket as Socket).bytesWritten > 0) {
    endGently(socket);
    return;
  }
  const [status, reason] = ANSWERS.get(error.code) ?? [400, 'This is no HTTP request'];
  refuse(socket, refusal(status, reason));
}
