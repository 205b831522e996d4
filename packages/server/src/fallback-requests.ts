/**
 * The HTTP side of a session (PROTOCOL.md §5): one POST is an attach statement, then what the client sends; the answer comes at once,
 * or waits for messages. A request passes through here once, top to bottom: read, parse, authorize, find the session,
 * attach, receive, answer. Whatever is wrong with it ends in a status and a one-line reason.
 */
import {
  type Control,
  control,
  type HttpAttach,
  isProtocolError,
  type NumberedItem,
  type Outgoing,
  ProtocolError,
  parseCount,
} from '@holdfast/protocol';
import { acceptsGzip } from './content-coding.ts';
import { controlFrame } from './control-frame.ts';
import type { Compression } from './deflate/compression.ts';
import { GzipResponse } from './deflate/gzip-response.ts';
import type { FrameRun } from './frame-buffer.ts';
import { type Refusal, refusal } from './handshake.ts';
import { LINGER_MS } from './refuse.ts';
import { BodyError, readCodedBody } from './request-body.ts';
import { RequestMessages } from './request-messages.ts';
import { BinaryBody, DocumentBody, type ResponseBody } from './response-body.ts';
import type { HttpResponse, ServerRequest } from './server-request.ts';
import { sessionParameter } from './session-parameter.ts';
import type { AttachedSession, Sessions } from './sessions.ts';
import { controlsOf, HttpResponseTransport } from './transports/http-response.ts';

/** What the server decides about a request; the same for the opening handshake. */
export interface Gate {
  /** Whether a browser's Origin is allowed: checked for every request. */
  refuseOrigin(request: ServerRequest): Refusal | undefined;
  /** Whether a connection may be opened: checked when a session is created. The path has been checked. */
  authorize(request: ServerRequest): Promise<Refusal | undefined> | Refusal | undefined;
  /** The application's subprotocol, or ''. */
  chooseProtocol(offered: readonly string[], request: ServerRequest): string;
  /** A session was created: there is a connection. */
  accept(session: AttachedSession, request: ServerRequest): void;
}

export interface FallbackOptions {
  /** The largest body of a request, in bytes. */
  readonly maxBodyBytes: number;
  /** How long a body may take to arrive, in ms. */
  readonly bodyTimeoutMs: number;
  /** The longest a request is held, in ms, whatever the client asks for. */
  readonly maxHoldMs: number;
  /** Undefined: bodies have no content coding. */
  readonly compression: Compression | undefined;
}

type Message = NumberedItem | Control;

/** One request, and how to answer it. */
interface Exchange {
  readonly request: ServerRequest;
  readonly response: HttpResponse;
  /** By which the page that asks may read the answer, refusals too. */
  headers: Readonly<Record<string, string>>;
}

/** One that may come in. */
interface WelcomeExchange extends Exchange {
  /** In the form that is asked for. */
  readonly body: ResponseBody;
}

/** Base64 in a form: four characters for three bytes, three for each that is percent-encoded, and the field's name. */
const FORM_OVERHEAD = 4;

/**
 * The answer to a request that sends brings what waits for the client, up to so much: an echo takes one request instead of two. Little, since it
 * goes again on the held request if more comes before it is acknowledged.
 */
const MAX_BESIDE_BYTES = 16 * 1024;

/** A serialized origin (RFC 6454 §6.2) that a document may be posted to; `null` is none. */
const SERIALIZED_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/'"<>\\]+$/i;

const NO_HEADERS = {};
const NO_FRAMES: FrameRun['frames'] = [];

export class FallbackRequests {
  private readonly sessions: Sessions;
  private readonly gate: Gate;
  private readonly options: FallbackOptions;

  constructor(sessions: Sessions, gate: Gate, options: FallbackOptions) {
    this.sessions = sessions;
    this.gate = gate;
    this.options = options;
  }

  /** Whether the request is one of ours: its query holds the session parameter. */
  static recognizes(request: ServerRequest): boolean {
    return sessionParameter(request) !== null;
  }

  /**
   * Answers the request, in any case.
   *
   * @param unhandled resolves to a refusal where the path is not this server's
   */
  handle(request: ServerRequest, response: HttpResponse, unhandled?: Promise<Refusal | undefined>): void {
    this.proceed({ request, response, headers: NO_HEADERS }, unhandled, this.read);
  }

  /** Goes on with what is known, at once, or will be; whatever is thrown on the way is the answer. */
  private proceed<At extends Exchange, Known>(
    exchange: At,
    known: Known | Promise<Known>,
    next: (this: this, exchange: At, known: Known) => void,
  ): void {
    if (known instanceof Promise) {
      known.then(
        (late) => this.proceed(exchange, late, next),
        (error: unknown) => fail(exchange, error),
      );
      return;
    }
    try {
      next.call(this, exchange, known);
    } catch (error) {
      fail(exchange, error);
    }
  }

  private read(exchange: Exchange, elsewhere: Refusal | undefined): void {
    const { request, response } = exchange;
    const unwelcome = elsewhere ?? this.gate.refuseOrigin(request);
    if (unwelcome !== undefined) throw new RefusedError(unwelcome);
    const { origin } = request.headers;
    const { maxBodyBytes, bodyTimeoutMs, compression } = this.options;
    exchange.headers = readableBy(origin, compression === undefined ? 'Origin' : 'Origin, Accept-Encoding');
    if (request.method !== 'POST') {
      throw new RefusedError(refusal(405, 'POST is due', { Allow: 'POST' }));
    }
    const form = isForm(request);
    const { headers } = exchange;
    const coded = this.coded(request, response);
    const body = form ? documentBody(coded, headers, origin) : new BinaryBody(coded, headers);
    const welcome: WelcomeExchange = { request, response, headers, body };
    const { timeouts } = this.sessions;
    const maxBytes = form ? maxBodyBytes * FORM_OVERHEAD : maxBodyBytes;
    const limits = { maxBytes, timeoutMs: bodyTimeoutMs, timeouts };
    readCodedBody(request, limits, compression, (bytes) => this.proceed(welcome, bytes, this.attach));
  }

  /** The response, compressed where the client takes that. */
  private coded({ headers }: ServerRequest, response: HttpResponse): HttpResponse {
    const { compression } = this.options;
    if (compression === undefined || !acceptsGzip(headers['accept-encoding'])) return response;
    return new GzipResponse(response, compression);
  }

  private attach(exchange: WelcomeExchange, bytes: Buffer | BodyError): void {
    if (bytes instanceof BodyError) throw bytes;
    const { request, body } = exchange;
    const isDocument = body instanceof DocumentBody;
    const parsed = new RequestMessages(isDocument ? readForm(bytes, this.options.maxBodyBytes) : bytes);
    const { statement } = parsed;
    if (statement.session !== sessionParameter(request))
      throw new BodyError(400, 'Not the session of the URL');
    const found = this.sessions.find(statement);
    if (found !== 'new') {
      this.serve(found, parsed, body);
      return;
    }
    // From here on it is what an opening handshake is to the application, whose routers look at the method.
    Object.assign(request, { method: 'GET' });
    this.proceed(exchange, this.gate.authorize(request), (_, unwelcome) => {
      if (unwelcome !== undefined) throw new RefusedError(unwelcome);
      // Another attempt may have created it while this one was being authorized.
      const still = this.sessions.find(statement);
      this.serve(still === 'new' ? this.create(statement, request) : still, parsed, body);
    });
  }

  private create(statement: HttpAttach, request: ServerRequest): AttachedSession {
    if (this.sessions.isFull) throw new BodyError(503, 'Too many sessions');
    const protocol = this.gate.chooseProtocol(statement.protocols ?? [], request);
    const session = this.sessions.create(statement, protocol);
    this.gate.accept(session, request);
    return session;
  }

  private serve(session: AttachedSession | 'gone', parsed: RequestMessages, body: ResponseBody): void {
    if (session === 'gone') {
      say(body, this.sessions.gone(parsed.statement.session));
      return;
    }
    const { statement } = parsed;
    const messages = parsed.rest(this.options.maxBodyBytes);
    const received = statement.received ?? 0;
    check(session, received, messages);
    if (!session.admit(statement)) {
      say(body, control('superseded', session.newestAttach));
      return;
    }
    const { channel } = session;
    channel.driver.acknowledge(received);
    // What the application says to it waits for the answer.
    channel.hold();
    try {
      receive(session, messages);
      this.answer(session, statement, body);
    } finally {
      channel.release();
    }
  }

  private answer(session: AttachedSession, statement: HttpAttach, body: ResponseBody): void {
    const { driver } = session.channel;
    const attached = control('attached', session.attached(statement));
    if (statement.answer === 'now') {
      driver.touch();
      say(body, attached, driver.takeBeside(MAX_BESIDE_BYTES, statement.attach));
    } else {
      const { maxHoldMs } = this.options;
      const holdMs = Math.min(statement.holdMs ?? maxHoldMs, maxHoldMs);
      const transport = new HttpResponseTransport(body, session, statement.answer === 'stream');
      transport.attach(attached, statement);
      transport.holdFor(holdMs, this.sessions.timeouts);
    }
  }
}

/**
 * Whether the numbers and counts of a request can be applied to the session: found out before any of it is (§5).
 *
 * @throws ProtocolError a gap, or an acknowledgement of what was never sent
 */
function check({ channel }: AttachedSession, received: number, messages: readonly Message[]): void {
  const { session } = channel.driver;
  let due = session.received;
  session.outgoing.checkAcknowledgement(received);
  for (const message of messages) {
    if (message.kind !== 'control') {
      if (message.number > due) throw new ProtocolError('HOLDFAST_ERR_WIRE', 'A gap in the numbers');
      if (message.number === due) due++;
    } else if (message.verb === 'ack') {
      session.outgoing.checkAcknowledgement(parseCount(message.argument));
    } else if (message.verb === 'ask') {
      parseCount(message.argument);
    }
  }
}

/** @throws ProtocolError fragments that do not belong together */
function receive({ channel }: AttachedSession, messages: readonly Message[]): void {
  for (const message of messages) {
    if (message.kind !== 'control') channel.driver.receive(message.number, message);
    else channel.driver.control(message.verb, message.argument);
  }
}

/** The base64 in the one field `body`. */
function readForm(form: Buffer, maxBodyBytes: number): Buffer {
  const field = /^body=([\w%+/=]*)$/.exec(form.toString('latin1'))?.[1];
  if (field === undefined) throw new BodyError(400, 'A form has the field body, and no other');
  const base64 = field.replace(/%2B/gi, '+').replace(/%2F/gi, '/').replace(/%3D/gi, '=');
  const body = Buffer.from(base64, 'base64');
  if (body.length > maxBodyBytes) throw new BodyError(413, `The body is longer than ${maxBodyBytes} bytes`);
  return body;
}

/** A whole answer: one control, and what goes with it. */
function say(body: ResponseBody, text: string, outgoing?: Outgoing<FrameRun>): void {
  const controls = outgoing === undefined ? '' : controlsOf(outgoing);
  body.answer(controlFrame(text) + controls, outgoing?.run.frames ?? NO_FRAMES);
}

function documentBody(
  response: HttpResponse,
  headers: Exchange['headers'],
  origin: string | undefined,
): ResponseBody {
  if (origin === undefined || !SERIALIZED_ORIGIN.test(origin)) {
    throw new BodyError(403, 'An iframe needs an Origin to post to');
  }
  return new DocumentBody(response, headers, origin);
}

/** CORS (Fetch §3.2): this origin may read the answer. Only called where the origin is allowed. */
function readableBy(origin: string | undefined, Vary: string): Record<string, string> {
  if (origin === undefined) return { Vary };
  return {
    Vary,
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
  };
}

function fail(exchange: Exchange, error: unknown): void {
  const answer = refusalFor(error);
  refuse(exchange, answer ?? refusal(500, 'The server failed'));
  // Thrown by the application's own listener: as loud as from any other event.
  if (answer === undefined) process.nextTick(() => rethrow(error));
}

function refuse({ request, response, headers: more }: Exchange, { status, reason, headers }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!request.complete) readOn(request);
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...more,
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
  });
  response.end(`holdfast: ${reason}\n`);
}

/**
 * Reads and drops what still comes of a body: closing at once would make TCP reset the connection, and the answer could be
 * lost with it.
 */
function readOn(request: ServerRequest): void {
  const linger = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(linger));
  request.resume();
}

/** Undefined where nobody but us is to blame. */
function refusalFor(error: unknown): Refusal | undefined {
  if (error instanceof RefusedError) return error.refusal;
  if (error instanceof BodyError) return refusal(error.status, error.message, error.headers);
  if (isProtocolError(error)) return refusal(400, error.message);
  return undefined;
}

function rethrow(error: unknown): never {
  throw error;
}

class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

function isForm(request: ServerRequest): boolean {
  return (
    request.headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false
  );
}
