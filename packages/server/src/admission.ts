/**
 * Whether a request is welcome: its path, its Origin, the application's own word, in this order. The same for opening
 * handshakes and for the requests of fallbacks. A request → a refusal, or undefined; at once where `verifyClient` answers at
 * once, since the callers of `handleUpgrade` may count on that.
 */
import { type OutgoingHttpHeaders, STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { type Refusal, refusal } from './handshake.ts';
import { createOriginCheck, type OriginCheck } from './origins.ts';
import {
  type AnyServerOptions,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  type VerifyClient,
  type VerifyClientInfo,
} from './server-options.ts';
import { isEncrypted, type ServerRequest } from './server-request.ts';

type Verdict = Refusal | undefined;

/** What the server decides by itself, and applications may override. */
type ShouldHandle = (request: ServerRequest) => boolean | Promise<boolean>;

export class Admission {
  private readonly shouldHandle: ShouldHandle;
  private readonly checkOrigin: OriginCheck<ServerRequest>;
  private readonly verifyClient: VerifyClient<ServerRequest> | undefined;
  private readonly timeoutMs: number;

  /** @throws TypeError an entry of `origins` that is none */
  constructor(options: AnyServerOptions, shouldHandle: ShouldHandle) {
    this.shouldHandle = shouldHandle;
    this.checkOrigin = createOriginCheck(options.origins);
    this.verifyClient = options.verifyClient ?? undefined;
    this.timeoutMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS;
  }

  /** The part that holds for every request, also of a session that was admitted before. */
  refuseOrigin(request: ServerRequest): Verdict {
    const reason = this.checkOrigin(request);
    return reason === undefined ? undefined : refusal(403, reason);
  }

  /** The part that `shouldHandle` decides. */
  refusePath(request: ServerRequest): Verdict | Promise<Verdict> {
    const isHandled = this.shouldHandle(request);
    if (typeof isHandled === 'boolean') return isHandled ? undefined : NOT_FOUND;
    return this.inTime(isHandled.then((late) => (late ? undefined : NOT_FOUND)));
  }

  /** The rest, for a connection that is to be opened. Rejects, or throws, only where the application's functions do. */
  authorize(request: ServerRequest): Verdict | Promise<Verdict> {
    const verdict = this.refuseOrigin(request) ?? this.askApplication(request);
    return verdict instanceof Promise ? this.inTime(verdict) : verdict;
  }

  /** All of it. */
  admit(request: ServerRequest): Verdict | Promise<Verdict> {
    const verdict = this.refusePath(request);
    if (verdict instanceof Promise) return verdict.then((late) => late ?? this.authorize(request));
    return verdict ?? this.authorize(request);
  }

  private askApplication(request: ServerRequest): Verdict | Promise<Verdict> {
    const { verifyClient } = this;
    if (verifyClient === undefined) return undefined;
    const info: VerifyClientInfo<ServerRequest> = {
      origin: request.headers.origin as string,
      secure: isEncrypted(request),
      req: request,
    };
    if (verifyClient.length >= 2) return askByCallback(verifyClient, info);
    const result = verifyClient(info, ignore);
    return result instanceof Promise ? result.then((late) => toVerdict(late)) : toVerdict(result === true);
  }

  private inTime(verdict: Promise<Verdict>): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      const late = refusal(503, 'The server did not decide about the request in time');
      const timer = setTimeout(() => resolve(late), this.timeoutMs);
      verdict.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

const NOT_FOUND: Refusal = refusal(404, 'There is no WebSocket at this path');

/** At once where the callback is called at once. */
function askByCallback(
  verifyClient: VerifyClient<ServerRequest>,
  info: VerifyClientInfo<ServerRequest>,
): Verdict | Promise<Verdict> {
  let answer: { readonly verdict: Verdict } | undefined;
  let resolve: ((verdict: Verdict) => void) | undefined;
  verifyClient(info, (result, code, message, headers) => {
    answer ??= { verdict: toVerdict(result, code, message, headers) };
    resolve?.(answer.verdict);
  });
  if (answer !== undefined) return answer.verdict;
  return new Promise((resolveLater) => {
    resolve = resolveLater;
  });
}

/** Of a function that answers by its value. */
function ignore(): void {}

function toVerdict(result: boolean, code = 401, message?: string, headers?: OutgoingHttpHeaders): Verdict {
  if (result) return undefined;
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    fields[name] = String(value);
    // They go on a raw socket: a line break from somebody's input would end the head.
    validateHeaderName(name);
    validateHeaderValue(name, fields[name]);
  }
  return refusal(code, message ?? STATUS_CODES[code] ?? 'Refused', fields);
}
