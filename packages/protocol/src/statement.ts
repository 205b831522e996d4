/**
 * The attach statement and its answer (PROTOCOL.md §3), as they stand in controls and in the subprotocol token. Parsing checks every
 * field: what comes out may be used as it is. What an attach does is the server's sessions.ts.
 */
import type { ProtocolError } from './errors.ts';
import { parseCount } from './wire.ts';
import { wireError } from './wire-error.ts';

/** How an HTTP request wants to be answered: at once, when there is something, or with a body that stays open. */
export type Answer = 'now' | 'hold' | 'stream';

/** *Session S, I have received r; attach me.* */
export interface Attach {
  readonly session: string;
  readonly secret: string;
  /** 1, 2, 3…; 0 only proves the path. */
  readonly attach: number;
  /** Items received; null: never attached yet. */
  readonly received: number | null;
}

/** The statement of an HTTP request. */
export interface HttpAttach extends Attach {
  readonly answer: Answer;
  /** How long the client lets the answer hang, in ms. */
  readonly holdMs?: number | undefined;
  /** The application's subprotocols, in order of preference. */
  readonly protocols?: readonly string[] | undefined;
}

/** What the server tells a client that was never attached before. */
export interface Welcome {
  /** The subprotocol chosen, or ''. */
  readonly protocol: string;
  /** How long a detached session lives, in ms. */
  readonly expiryMs: number;
  /** After how much silence an end should ping, in ms. */
  readonly keepaliveMs: number;
  /** The largest request body the server reads, in bytes. */
  readonly maxBodyBytes: number;
}

/** The server's answer: the attach holds. */
export interface Attached extends Partial<Welcome> {
  readonly attach: number;
  /** Items the server has received. */
  readonly received: number;
  /** Whether the server's application takes nothing for now: no items are to be sent. */
  readonly paused?: boolean;
}

export const PROTOCOL_VERSION = 1;

/** What every subprotocol token of ours begins with. */
export const TOKEN_PREFIX = 'holdfast.v1.';

/** The query parameter that holds the session id. */
export const SESSION_PARAMETER = 'holdfast';

const SESSION_ID = /^[\w-]{16,64}$/;
const SECRET = /^[\w-]{22,64}$/;
/** RFC 9110 §5.6.2: what a subprotocol may be called. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** The statement as one subprotocol token. */
export function formatToken({ session, secret, attach, received }: Attach): string {
  return `${TOKEN_PREFIX}${session}.${secret}.${attach}.${received ?? 'new'}`;
}

/** @throws ProtocolError a token with our prefix that is not a statement */
export function parseToken(token: string): Attach {
  const [session, secret, attach, received, ...rest] = token.slice(TOKEN_PREFIX.length).split('.');
  if (received === undefined || rest.length > 0) throw malformed('token');
  const fields = {
    session,
    secret,
    attach: parseCount(attach as string),
    received: received === 'new' ? null : parseCount(received),
  };
  checkAttach(fields);
  return fields;
}

/** The argument of an HTTP request's `~attach`. */
export function formatHttpAttach(statement: HttpAttach): string {
  return JSON.stringify(Object.assign({ version: PROTOCOL_VERSION }, statement));
}

/** @throws ProtocolError */
export function parseHttpAttach(argument: string): HttpAttach {
  const fields = parseFields<HttpAttach & { version: number }>(argument);
  const { version, answer, holdMs, protocols } = fields;
  if (version !== PROTOCOL_VERSION) throw malformed('version');
  if (answer !== 'now' && answer !== 'hold' && answer !== 'stream') throw malformed('answer');
  if (holdMs !== undefined && !isCount(holdMs)) throw malformed('holdMs');
  if (protocols !== undefined && !areTokens(protocols)) throw malformed('protocols');
  checkAttach(fields);
  return {
    session: fields.session,
    secret: fields.secret,
    attach: fields.attach,
    received: fields.received,
    answer,
    holdMs,
    protocols,
  };
}

/** The argument of a later `~attach` on the same WebSocket: the number and the count. @throws ProtocolError */
export function parseReattach(argument: string): Pick<Attach, 'attach' | 'received'> {
  const { attach, received } = parseFields<Attach>(argument);
  if (!isCount(attach) || !(received === null || isCount(received))) throw malformed('attach');
  return { attach, received };
}

/** The argument of `~attached`, read by the client. @throws ProtocolError */
export function parseAttached(argument: string): Attached {
  const fields = parseFields<Attached>(argument);
  const {
    attach,
    received,
    paused = false,
    protocol = '',
    expiryMs = 0,
    keepaliveMs = 0,
    maxBodyBytes = 0,
  } = fields;
  if (![attach, received, expiryMs, keepaliveMs, maxBodyBytes].every(isCount)) throw malformed('count');
  if (typeof paused !== 'boolean' || typeof protocol !== 'string') throw malformed('type');
  return fields as Attached;
}

function checkAttach(fields: Unchecked<Attach>): asserts fields is Attach {
  const { session, secret, attach, received } = fields;
  if (typeof session !== 'string' || !SESSION_ID.test(session)) throw malformed('session');
  if (typeof secret !== 'string' || !SECRET.test(secret)) throw malformed('secret');
  if (!isCount(attach)) throw malformed('attach');
  if (received !== null && !isCount(received)) throw malformed('received');
}

/** Fields of which nothing is known. */
type Unchecked<Fields> = { readonly [Name in keyof Fields]?: unknown };

function parseFields<Fields>(argument: string): Unchecked<Fields> {
  let fields: unknown;
  try {
    fields = JSON.parse(argument);
  } catch (cause) {
    throw malformed('JSON', cause);
  }
  if (typeof fields !== 'object' || fields === null) throw malformed('JSON');
  return fields as Unchecked<Fields>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areTokens(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    new Set(value).size === value.length &&
    value.every((entry) => typeof entry === 'string' && TOKEN.test(entry))
  );
}

function malformed(what: string, cause?: unknown): ProtocolError {
  return wireError(`Malformed attach: ${what}`, { cause });
}
