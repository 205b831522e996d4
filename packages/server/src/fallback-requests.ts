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
  SESSION_PARAMETER,
} from '@holdfast/protocol';
import { type Refusal, refusal } from './handshake.ts';
import { LINGER_MS } from './refuse.ts';
import { BodyError, readBody } from './request-body.ts';
import { RequestMessages } from './request-messages.ts';
import { BinaryBody, DocumentBody, type ResponseBody } from './response-body.ts';
import type { HttpResponse, ServerRequest } from './server-request.ts';
import type { AttachedSession, Sessions } from './sessions.ts';
import { HttpResponseTransport, writeBatch, writeControl } from './transports/http-response.ts';

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
}

type Message = NumberedItem | Control;

/** Base64 in a form: four characters for three bytes, three for each that is percent-encoded, and the field's name. */
const FORM_OVERHEAD = 4;

/**
 * The answer to a request that sends brings what waits for the client, up to so much: an echo takes one request instead of two. Little, since it
 * goes again on the held request if more comes before it is acknowledged.
 */
const MAX_BESIDE_BYTES = 16 * 1024;

/** A serialized origin (RFC 6454 §6.2) that a document may be posted to; `null` is none. */
const SERIALIZED_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/'"<>\\]+$/i;

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
  async handle(
    request: ServerRequest,
    response: HttpResponse,
    unhandled?: Promise<Refusal | undefined>,
  ): Promise<void> {
    try {
      const elsewhere = unhandled && (await unhandled);
      if (elsewhere !== undefined) throw new RefusedError(elsewhere);
      await this.answer(request, response);
    } catch (error) {
      const answer = refusalFor(error);
      refuse(request, response, answer ?? refusal(500, 'The server failed'));
      // Thrown by the application's own listener: as loud as from any other event.
      if (answer === undefined) process.nextTick(() => rethrow(error));
    }
  }

  private async answer(request: ServerRequest, response: HttpResponse): Promise<void> {
    const foreign = this.gate.refuseOrigin(request);
    if (foreign !== undefined) throw new RefusedError(foreign);
    allowOrigin(request, response);
    if (request.method !== 'POST') {
      throw new RefusedError(refusal(405, 'POST is due', { Allow: 'POST' }));
    }
    const body = responseBody(request, response);
    const parsed = new RequestMessages(await this.read(request));
    const { statement } = parsed;
    if (statement.session !== sessionParameter(request))
      throw new BodyError(400, 'Not the session of the URL');

    const session = await this.find(statement, request);
    if (session === 'gone') return say(body, control('gone'));
    const messages = parsed.rest(this.options.maxBodyBytes);
    const received = statement.received ?? 0;
    check(session, received, messages);
    if (!session.admit(statement.attach)) return say(body, control('superseded', session.newestAttach));
    session.channel.driver.acknowledge(received);
    receive(session, messages);
    if (statement.answer === 'now') {
      const { driver } = session.channel;
      driver.touch();
      say(body, control('attached', session.attached(statement)), driver.takeBeside(MAX_BESIDE_BYTES));
    } else {
      this.hold(body, session, statement);
    }
  }

  private async read(request: ServerRequest): Promise<Uint8Array> {
    const { maxBodyBytes, bodyTimeoutMs } = this.options;
    if (!isForm(request)) return readBody(request, maxBodyBytes, bodyTimeoutMs);
    const form = await readBody(request, maxBodyBytes * FORM_OVERHEAD, bodyTimeoutMs);
    const body = readForm(form.toString('latin1'));
    if (body.length > maxBodyBytes) throw new BodyError(413, `The body is longer than ${maxBodyBytes} bytes`);
    return body;
  }

  private async find(statement: HttpAttach, request: ServerRequest): Promise<AttachedSession | 'gone'> {
    const found = this.sessions.find(statement);
    if (found !== 'new') return found;
    // From here on it is what an opening handshake is to the application, whose routers look at the method.
    Object.assign(request, { method: 'GET' });
    const unwelcome = await this.gate.authorize(request);
    if (unwelcome !== undefined) throw new RefusedError(unwelcome);
    // Another attempt may have created it while this one was being authorized.
    const still = this.sessions.find(statement);
    if (still !== 'new') return still;
    if (this.sessions.isFull) throw new BodyError(503, 'Too many sessions');
    const session = this.sessions.create(
      statement,
      this.gate.chooseProtocol(statement.protocols ?? [], request),
    );
    this.gate.accept(session, request);
    return session;
  }

  private hold(body: ResponseBody, session: AttachedSession, statement: HttpAttach): void {
    const holdMs = Math.min(statement.holdMs ?? this.options.maxHoldMs, this.options.maxHoldMs);
    const transport = new HttpResponseTransport(body, session, statement.answer === 'stream', holdMs);
    transport.attach(
      control('attached', session.attached(statement)),
      statement.received ?? 0,
      statement.attach,
    );
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
function readForm(form: string): Buffer {
  const field = /^body=([\w%+/=]*)$/.exec(form)?.[1];
  if (field === undefined) throw new BodyError(400, 'A form has the field body, and no other');
  return Buffer.from(field.replace(/%2B/gi, '+').replace(/%2F/gi, '/').replace(/%3D/gi, '='), 'base64');
}

/** A whole answer: one control, and what goes with it. */
function say(body: ResponseBody, text: string, outgoing?: Outgoing): void {
  writeControl(body, text);
  if (outgoing !== undefined) writeBatch(body, outgoing);
  body.end();
}

function responseBody(request: ServerRequest, response: HttpResponse): ResponseBody {
  if (!isForm(request)) return new BinaryBody(response);
  const { origin } = request.headers;
  if (origin === undefined || !SERIALIZED_ORIGIN.test(origin)) {
    throw new BodyError(403, 'An iframe needs an Origin to post to');
  }
  return new DocumentBody(response, origin);
}

/** CORS (Fetch §3.2): this origin may read the answer. Only called where the origin is allowed. */
function allowOrigin(request: ServerRequest, response: HttpResponse): void {
  const { origin } = request.headers;
  response.setHeader('Vary', 'Origin');
  if (origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
}

function refuse(request: ServerRequest, response: HttpResponse, { status, reason, headers }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!request.complete) readOn(request);
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
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
  if (error instanceof BodyError) return refusal(error.status, error.message);
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

/** The session's id in the URL; null where it is no request of ours. */
export function sessionParameter(request: ServerRequest): string | null {
  const url = request.url ?? '';
  const query = url.indexOf('?');
  return query < 0 ? null : new URLSearchParams(url.slice(query)).get(SESSION_PARAMETER);
}
