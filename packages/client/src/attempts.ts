/**
 * The transports that have been started and have not attached yet: what each stated, since when, and for how long it may go on. What is
 * to be done about one that takes too long, or is answered, is the connector's business.
 */
import type { ClientTransport, Failure } from './transports/client-transport.ts';

export interface Attempt {
  /** The attach number it stated last. */
  attach: number;
  /** The count it stated with it. */
  received: number | null;
  /** Whether it was answered, so that its path works, and has attached anew. */
  proven: boolean;
  readonly startedAt: number;
  /** When it stated that number. */
  statedAt: number;
}

/** Why one fails that took too long. */
export const NO_ANSWER: Failure = { reason: 'no answer' };

/** A path that has not answered by then is not used if it does later. */
const FIRST_ANSWER_TIMEOUT_MS = 10_000;

/** The same where the path works, and one round trip is all that is missing. */
const PROVEN_TIMEOUT_MS = 5000;

export class Attempts {
  private readonly attempts: Map<ClientTransport, Attempt> = new Map();
  private readonly timers: Map<ClientTransport, ReturnType<typeof setTimeout>> = new Map();
  private readonly onTimeout: (transport: ClientTransport) => void;

  constructor(onTimeout: (transport: ClientTransport) => void) {
    this.onTimeout = onTimeout;
  }

  get size(): number {
    return this.attempts.size;
  }

  get transports(): ClientTransport[] {
    return [...this.attempts.keys()];
  }

  get(transport: ClientTransport): Attempt | undefined {
    return this.attempts.get(transport);
  }

  /** Those that stated theirs before this time. */
  olderThan(time: number): ClientTransport[] {
    return this.transports.filter((transport) => Number(this.attempts.get(transport)?.statedAt) < time);
  }

  /** Whether one of this name is under way; with this number, if one is given. */
  has(name: string, attach?: number): boolean {
    return [...this.attempts].some(
      ([transport, attempt]) => transport.name === name && attempt.attach === (attach ?? attempt.attach),
    );
  }

  /** Whether the answer to this attach number is awaited. */
  awaits(attach: number): boolean {
    return [...this.attempts.values()].some((attempt) => attempt.attach === attach);
  }

  add(transport: ClientTransport, attach: number): Attempt {
    const now = performance.now();
    const attempt: Attempt = { attach, received: null, proven: false, startedAt: now, statedAt: now };
    this.attempts.set(transport, attempt);
    this.limit(transport, FIRST_ANSWER_TIMEOUT_MS);
    return attempt;
  }

  /** It was answered, and states another attach. */
  renew(transport: ClientTransport, attempt: Attempt, attach: number): void {
    attempt.attach = attach;
    attempt.proven = true;
    attempt.statedAt = performance.now();
    this.limit(transport, PROVEN_TIMEOUT_MS);
  }

  /** It is no attempt any more. */
  remove(transport: ClientTransport): void {
    clearTimeout(this.timers.get(transport));
    this.timers.delete(transport);
    this.attempts.delete(transport);
  }

  /** Removes and aborts it. */
  abort(transport: ClientTransport): void {
    this.remove(transport);
    transport.abort();
  }

  private limit(transport: ClientTransport, timeoutMs: number): void {
    clearTimeout(this.timers.get(transport));
    this.timers.set(
      transport,
      setTimeout(() => this.onTimeout(transport), timeoutMs),
    );
  }
}
