/**
 * Reads the body of an HTTP request, with a bound on its size, compressed and not, and on the time it takes. It does not know what is
 * in it.
 */
import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip, type ZlibOptions } from 'node:zlib';
import { codingOf } from './content-coding.ts';
import type { Compression } from './deflate/compression.ts';
import type { ServerRequest } from './server-request.ts';
import type { TimeoutList, Timeouts, Waiting } from './timeouts.ts';

/** Why a body was not read: the status to answer with, a one-line reason, and fields that the status calls for. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: string, headers: Readonly<Record<string, string>> = {}) {
    super(reason);
    this.status = status;
    this.headers = headers;
  }
}

/** What holds for one body. */
export interface BodyLimits {
  /** A longer one is refused with 413: before it is read where its length is announced. */
  readonly maxBytes: number;
  /** A slower one is refused with 408. */
  readonly timeoutMs: number;
  readonly timeouts: Timeouts;
}

/** What has come of a body, or why it has not. */
type Outcome = Buffer | BodyError;

/**
 * Reads a body that may have a content coding (RFC 9110 §8.4).
 *
 * @param limits `maxBytes` holds for the body as it comes, and for what it is inflated to
 * @param compression undefined: it must have none; else it may be gzip
 * @param done called once, perhaps at once. 415 for a coding that is not taken, with those that are; 400 for what is no gzip; and
 *   as the limits have it
 */
export function readCodedBody(
  request: ServerRequest,
  limits: BodyLimits,
  compression: Compression | undefined,
  done: (outcome: Outcome) => void,
): void {
  const coding = codingOf(request.headers['content-encoding']);
  if (coding === 'identity') {
    readBody(request, limits, done);
  } else if (coding === 'gzip' && compression !== undefined) {
    readBody(request, limits, (body) => {
      if (body instanceof BodyError) done(body);
      else void inflate(body, limits.maxBytes, compression).then(done);
    });
  } else {
    const taken = compression === undefined ? 'identity' : 'gzip';
    done(new BodyError(415, `The body has the content coding ${coding}`, { 'Accept-Encoding': taken }));
  }
}

async function inflate(body: Buffer, maxBytes: number, { limiter }: Compression): Promise<Outcome> {
  try {
    return await limiter.run(() => gunzipInThread(body, { maxOutputLength: maxBytes }));
  } catch (error) {
    const isTooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLong ? tooLong(maxBytes) : new BodyError(400, 'The body is no gzip');
  }
}

const gunzipInThread = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip);

/** Under this key a request knows who reads its body: the listeners are then the same functions for all. */
const readerKey: unique symbol = Symbol('holdfast.body');

type ReadRequest = ServerRequest & { [readerKey]?: BodyReader | undefined };

/** @param done called once, perhaps at once */
function readBody(request: ReadRequest, limits: BodyLimits, done: (outcome: Outcome) => void): void {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
    done(tooLong(limits.maxBytes));
    return;
  }
  request[readerKey] = new BodyReader(request, limits, done);
  request.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut);
}

class BodyReader implements Waiting {
  private readonly request: ReadRequest;
  private readonly maxBytes: number;
  private readonly timeout: TimeoutList;
  private readonly done: (outcome: Outcome) => void;
  /** What has come; most bodies come in one piece. */
  private body: Buffer | Buffer[] | undefined = undefined;
  private length = 0;

  constructor(request: ReadRequest, limits: BodyLimits, done: (outcome: Outcome) => void) {
    this.request = request;
    this.maxBytes = limits.maxBytes;
    this.done = done;
    this.timeout = limits.timeouts.start(this, limits.timeoutMs);
  }

  onTimeout(): void {
    this.fail(new BodyError(408, 'The body did not arrive in time'));
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

  private settle(outcome: Outcome): void {
    this.timeout.delete(this);
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
