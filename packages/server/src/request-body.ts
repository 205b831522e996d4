/** Reads the body of an HTTP request, with a bound on its size and on the time it takes. It does not know what is in it. */
import type { ServerRequest } from './server-request.ts';

/** Why a body was not read: the status to answer with, and a one-line reason. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/**
 * @param maxBytes a longer body is refused with 413: before it is read where its length is announced
 * @param timeoutMs a slower one with 408
 * @throws BodyError
 */
export function readBody(request: ServerRequest, maxBytes: number, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(new BodyError(413, `The body is longer than ${maxBytes} bytes`));
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => fail(408, 'The body did not arrive in time'), timeoutMs);
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) fail(413, `The body is longer than ${maxBytes} bytes`);
      else chunks.push(chunk);
    };
    const onEnd = (): void => {
      settle();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    };
    const onClose = (): void => fail(400, 'The body was cut');

    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);

    function settle(): void {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
    }
    function fail(status: number, reason: string): void {
      settle();
      request.pause();
      reject(new BodyError(status, reason));
    }
  });
}
