/** Reads the body of an HTTP request, with a bound on its size and on the time it takes. It does not know what is in it. */
import { Buffer } from 'node:buffer';
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

/** Under this key a request knows who reads its body: the listeners are then the same functions for all. */
const readerKey: unique symbol = Symbol('holdfast.body');

type ReadRequest = ServerRequest & { [readerKey]?: BodyReader | undefined };

/**
 * @param maxBytes a longer body is refused with 413: before it is read where its length is announced
 * @param timeoutMs a slower one with 408
 * @param done called once, perhaps at once
 */
export function readBody(
  request: ReadRequest,
  maxBytes: number,
  timeoutMs: number,
  done: (outcome: Buffer | BodyError) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    done(tooLong(maxBytes));
    return;
  }
  request[readerKey] = new BodyReader(request, maxBytes, timeoutMs, done);
  request.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut);
}

class BodyReader {
  private readonly request: ReadRequest;
  private readonly maxBytes: number;
  private readonly timer: NodeJS.Timeout;
  private readonly done: (outcome: Buffer | BodyError) => void;
  /** What has come; most bodies come in one piece. */
  private body: Buffer | Buffer[] | undefined = undefined;
  private length = 0;

  constructor(
    request: ReadRequest,
    maxBytes: number,
    timeoutMs: number,
    done: (outcome: Buffer | BodyError) => void,
  ) {
    this.request = request;
    this.maxBytes = maxBytes;
    this.done = done;
    this.timer = setTimeout(
      () => this.fail(new BodyError(408, 'The body did not arrive in time')),
      timeoutMs,
    );
  }

  push(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.length > this.maxBytes) this.fail(tooLong(this.maxBytes));
    else if (this.body === undefined) this.body = chunk;
    else if (Array.isArray(this.body)) this.body.push(chunk);
    else this.body = [this.body, chunk];
  }

  end(): void {
    const { body = [] } = this;
    this.settle(Array.isArray(body) ? Buffer.concat(body) : body);
  }

  fail(error: BodyError): void {
    this.request.pause();
    this.settle(error);
  }

  private settle(outcome: Buffer | BodyError): void {
    clearTimeout(this.timer);
    this.request[readerKey] = undefined;
    this.done(outcome);
  }
}

function onData(this: ReadRequest, chunk: Buffer): void {
  this[readerKey]?.push(chunk);
}

function onEnd(this: ReadRequest): void {
  this[readerKey]?.end();
}

function onCut(this: ReadRequest): void {
  this[readerKey]?.fail(new BodyError(400, 'The body was cut'));
}

function tooLong(maxBytes: number): BodyError {
  return new BodyError(413, `The body is longer than ${maxBytes} bytes`);
}
