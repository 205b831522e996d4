/**
 * Which transport next. It tries them in order, the next one beside the last after a short delay (hedged), takes the first that
 * attaches, goes on with a better one that attaches later, tries the better ones again from time to time, and begins anew when the one in
 * use fails. It knows attach numbers and names in an order of preference; not what a transport does, nor what is sent on it.
 */
import type { Attached } from '@holdfast/protocol';
import type { LogEntry } from './log.ts';
import { endpoint, recall, remember } from './memory.ts';
import { hedgeDelayMs } from './round-trip.ts';
import type {
  ClientTransport,
  Failure,
  TransportContext,
  TransportEvents,
  TransportName,
} from './transports/client-transport.ts';
import { WebSocketTransport } from './transports/websocket.ts';

/** One transport that this place has. */
export interface Candidate {
  readonly name: TransportName;
  create(context: TransportContext): ClientTransport;
}

export interface ConnectorHost {
  /** Attached for the first time. */
  onOpened(attached: Attached): void;
  /** No transport opens; given up. Only before `onOpened`. */
  onUnreachable(): void;
  /** The server is not Holdfast: this native socket is open, and has said this. */
  onForeign(socket: globalThis.WebSocket, said: MessageEvent | undefined): void;
  onLog(entry: LogEntry): void;
}

/** A transport that has not attached yet. */
interface Attempt {
  /** The number it stated last. */
  attach: number;
  /** Whether it was answered, so that its path works, and has attached anew. */
  proven: boolean;
  readonly startedAt: number;
  timer: Timer;
}

/** A path that has not answered by then is not used if it does later. */
const ATTEMPT_TIMEOUT_MS = 10_000;

/** The same where the path works, and one round trip is all that is missing. */
const PROVEN_TIMEOUT_MS = 5000;

const NO_ANSWER: Failure = { reason: 'no answer' };

/** Each transport is tried this often before an application hears that there is no way. */
const OPENING_TRIES = 2;

// Between two rounds: doubled each time, up to the longest, and up to half as much again at random.
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/** A transport that lived this long, or moved anything, is replaced at once; else each attach would fail the same way, in a circle. */
const STEADY_AFTER_MS = 1000;

// Between two looks whether a better transport works by now: doubled each time, up to the longest.
const FIRST_HEAL_MS = 2000;
const LONGEST_HEAL_MS = 45_000;

export class Connector implements TransportEvents {
  private readonly candidates: readonly Candidate[];
  private readonly host: ConnectorHost;
  readonly context: TransportContext;
  private readonly origin: string;

  /** Attached once: the session exists. */
  private opened = false;
  private ended = false;
  /** The highest attach number drawn, or heard of. */
  private highest = 0;

  // One round of attempts.
  private readonly attempts: Map<ClientTransport, Attempt> = new Map();
  private queue: Candidate[] = [];
  private hedgeTimer: Timer = undefined;
  private triesPlain = false;

  // Opening.
  /** How often each was tried. */
  private readonly tries: Map<string, number> = new Map();
  /** Whether HTTP was answered by something that is not Holdfast. */
  private foreign = false;
  /** Whether a WebSocket handshake was refused, in contrast to silence. */
  private refused = false;

  // Over rounds.
  /** Rounds that came to nothing, since a transport last held. */
  private rounds = 0;
  private retryTimer: Timer = undefined;
  private healTimer: Timer = undefined;
  private healMs = FIRST_HEAL_MS;

  // The transport in use, or the last one.
  private adopted: TransportName | undefined = undefined;
  private adoptedAt = 0;
  private progressThen = 0;

  /** @param candidates in order of preference */
  constructor(
    candidates: readonly Candidate[],
    host: ConnectorHost,
    context: Omit<TransportContext, 'events'>,
  ) {
    this.candidates = candidates;
    this.host = host;
    this.context = { ...context, events: this };
    this.origin = new URL(context.url).origin;
  }

  /** Begins a round, unless there is a transport. */
  connect(): void {
    if (this.ended || this.context.driver.transport !== undefined) return;
    this.clearTimers();
    this.triesPlain = false;
    this.queue = this.idleCandidates();
    this.goOn();
  }

  /** Something has changed (online, back from sleep): asks now what it would find out, and tries what it would try, later. */
  wake(): void {
    const current = this.context.driver.transport as ClientTransport | undefined;
    if (current === undefined) {
      this.connect();
      return;
    }
    current.check();
    this.healMs = FIRST_HEAL_MS;
    this.heal();
  }

  /** Ends every attempt. */
  stop(): void {
    this.ended = true;
    this.queue = [];
    this.clearTimers();
    for (const transport of [...this.attempts.keys()]) this.drop(transport).abort();
  }

  // TransportEvents

  onAttached(transport: ClientTransport, attached: Attached): void {
    const attempt = this.attempts.get(transport);
    // The answer to an older statement of the same transport: the one to the newer comes.
    if (attempt === undefined || attached.attach < attempt.attach) return;
    // An attach with a higher number is on its way, perhaps delivered: this one must be the newest to hold.
    if (attached.attach < this.highest) this.attachAnew(transport, attempt);
    else this.adopt(transport, attempt, attached);
  }

  onSuperseded(transport: ClientTransport, newestAttach: number): void {
    this.highest = Math.max(this.highest, newestAttach);
    const { driver } = this.context;
    const attempt = this.attempts.get(transport);
    if (attempt !== undefined) {
      if (newestAttach < attempt.attach) return; // as above
      // The path works. It is taken if it is better than what there is.
      const current = driver.transport;
      if (current === undefined || this.rank(transport) < this.rank(current))
        this.attachAnew(transport, attempt);
      else this.drop(transport).abort();
    } else if (driver.transport === transport) {
      this.letGo(transport, `superseded by attach ${newestAttach}`);
      // Mostly by an attempt of ours whose answer is on its way; else by a request that we no longer wait for.
      const awaited = [...this.attempts.values()].some(({ attach }) => attach === newestAttach);
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.connect(), awaited ? hedgeDelayMs() : 0);
    }
  }

  onGone(transport: ClientTransport): void {
    if (this.ended) return;
    this.log('gone', transport, this.attempts.get(transport));
    this.context.driver.end();
  }

  onFailed(transport: ClientTransport, failure: Failure): void {
    const { driver } = this.context;
    const attempt = this.attempts.get(transport);
    if (attempt !== undefined) {
      this.drop(transport).abort();
      this.log('failed', transport, attempt, failure.reason);
      this.foreign ||= failure.foreign === true;
      this.refused ||= transport instanceof WebSocketTransport && failure !== NO_ANSWER;
      if (this.foreign && !this.opened) this.tryPlain();
      this.goOn();
    } else if (driver.transport === transport) {
      this.letGo(transport, failure.reason);
      if (this.heldWell()) {
        this.rounds = 0;
        this.connect();
      } else {
        this.retryLater();
      }
    }
  }

  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: MessageEvent | undefined): void {
    if (this.opened) {
      this.onFailed(transport, { reason: 'another server answered' });
      return;
    }
    this.drop(transport);
    this.host.onForeign(socket, said);
    // Opened as the last resort alone, it may be one of ours that was not there a moment ago.
    if (this.foreign || !this.triesPlain) remember(endpoint(this.context.url), 'plain');
  }

  /** Starts the next transport, and soon the one after it: at once where it is known to be needed. */
  private startNext(): void {
    clearTimeout(this.hedgeTimer);
    const candidate = this.queue.shift();
    if (candidate === undefined) return;
    this.tries.set(candidate.name, (this.tries.get(candidate.name) ?? 0) + 1);
    this.startAttempt(candidate.create(this.context), ++this.highest);
    if (this.queue.length === 0) return;
    const known = this.adopted ?? recall(this.origin);
    const remembered = this.candidates.findIndex(({ name }) => name === known);
    const delayMs = this.candidates.indexOf(candidate) < remembered ? 0 : hedgeDelayMs();
    this.hedgeTimer = setTimeout(() => this.startNext(), delayMs);
  }

  private startAttempt(transport: ClientTransport, attach: number): void {
    const attempt: Attempt = { attach, proven: false, startedAt: performance.now(), timer: undefined };
    this.attempts.set(transport, attempt);
    this.limit(transport, attempt, ATTEMPT_TIMEOUT_MS);
    this.log('attempt', transport, attempt);
    try {
      transport.attach({ attach, received: this.received });
    } catch (error) {
      // What the platform refuses outright, such as ws: in an https: page.
      const reason = error instanceof Error ? error.message : String(error);
      setTimeout(() => this.onFailed(transport, { reason }));
    }
  }

  /** The transport in use is no longer. */
  private letGo(transport: ClientTransport, reason: string): void {
    this.context.driver.detach(transport);
    transport.abort();
    this.log('detached', transport, undefined, reason);
  }

  private limit(transport: ClientTransport, attempt: Attempt, timeoutMs: number): void {
    clearTimeout(attempt.timer);
    attempt.timer = setTimeout(() => this.onFailed(transport, NO_ANSWER), timeoutMs);
  }

  /**
   * Takes over with a higher number. Of the paths that work only the best does so, and what is worse than it is dropped: two
   * would overtake each other for ever.
   */
  private attachAnew(transport: ClientTransport, attempt: Attempt): void {
    for (const [other, { proven }] of [...this.attempts]) {
      if (this.rank(other) > this.rank(transport)) {
        this.drop(other).abort();
      } else if (proven && other !== transport) {
        this.drop(transport).abort();
        return;
      }
    }
    attempt.proven = true;
    attempt.attach = ++this.highest;
    this.limit(transport, attempt, PROVEN_TIMEOUT_MS);
    transport.attach({ attach: attempt.attach, received: this.received });
  }

  /** @throws ProtocolError the driver refuses it; it is an attempt still, and fails as one */
  private adopt(transport: ClientTransport, attempt: Attempt, attached: Attached): void {
    const { driver } = this.context;
    driver.attach(transport, attached.received, attached.attach);
    if (this.ended) return; // all that was missing was an acknowledgement
    this.drop(transport);
    this.clearTimers();
    this.queue = [];
    // Better ones that are still on their way may come: a free migration.
    for (const other of [...this.attempts.keys()]) {
      if (this.rank(other) > this.rank(transport)) this.drop(other).abort();
    }
    this.adopted = transport.name as TransportName;
    this.adoptedAt = performance.now();
    this.progressThen = this.progress;
    const best = this.rank(transport) === 0;
    remember(this.origin, best ? undefined : this.adopted);
    // Not begun anew each time a better one that attaches but does not hold gives way to this one.
    if (best) this.healMs = FIRST_HEAL_MS;
    else this.healLater();

    this.log('attached', transport, attempt);
    if (this.opened) return;
    this.opened = true;
    this.rounds = 0;
    this.host.onOpened(attached);
  }

  /** The next transport, another round, or the end. */
  private goOn(): void {
    if (this.ended || this.context.driver.transport !== undefined) return;
    if (this.queue.length > 0) this.startNext();
    else if (this.idleCandidates().length > 0) {
      // Also while another is silent: what failed is not kept waiting for it.
      if (this.retryTimer === undefined) this.retryLater();
    } else if (this.attempts.size === 0) {
      // To pages of another origin a server that is not Holdfast may not say so: CORS hides its answer.
      if (this.refused && !this.triesPlain) this.tryPlain();
      else this.host.onUnreachable();
    }
  }

  /** Those that may be tried and are not being tried. */
  private idleCandidates(): Candidate[] {
    const running = new Set([...this.attempts.keys()].map(({ name }) => name));
    return this.candidates.filter(
      ({ name }) => !running.has(name) && (this.opened || (this.tries.get(name) ?? 0) < OPENING_TRIES),
    );
  }

  /**
   * What answered HTTP is not Holdfast. A server that refuses our token is asked without it; one that selects any token it is
   * offered, and waits for us to speak, is taken as it is once nothing else is left to try.
   */
  private tryPlain(): void {
    const socketAttempts = [...this.attempts.keys()].filter(
      (transport) => transport instanceof WebSocketTransport,
    );
    if (socketAttempts.length === 0) {
      if (this.triesPlain || this.rank({ name: 'websocket' }) < 0) return;
      this.triesPlain = true;
      this.startAttempt(new WebSocketTransport(this.context, true), ++this.highest);
      return;
    }
    if (this.queue.length > 0 || this.attempts.size > 1) return;
    const [transport] = socketAttempts as [WebSocketTransport];
    const socket = transport.takeSilentSocket();
    if (socket !== undefined) this.onForeign(transport, socket, undefined);
  }

  private retryLater(): void {
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** this.rounds, LONGEST_RETRY_MS);
    this.rounds++;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), delayMs * (1 + Math.random() / 2));
  }

  private healLater(): void {
    clearTimeout(this.healTimer);
    this.healTimer = setTimeout(() => this.heal(), this.healMs);
    this.healMs = Math.min(this.healMs * 2, LONGEST_HEAL_MS);
  }

  /** Tries the better transports with attach number 0, which only proves the path: the session is not disturbed. */
  private heal(): void {
    const current = this.context.driver.transport;
    if (this.ended || current === undefined) return;
    for (const candidate of this.idleCandidates()) {
      if (this.rank(candidate) < this.rank(current)) this.startAttempt(candidate.create(this.context), 0);
    }
    if (this.rank(current) > 0) this.healLater();
  }

  private get received(): number | null {
    return this.opened ? this.context.driver.session.received : null;
  }

  /** Items that have arrived, either way. */
  private get progress(): number {
    const { received, outgoing } = this.context.driver.session;
    return received + outgoing.acknowledged;
  }

  /** Whether the transport in use until now was worth its attach. */
  private heldWell(): boolean {
    return performance.now() - this.adoptedAt >= STEADY_AFTER_MS || this.progress > this.progressThen;
  }

  private rank({ name }: { readonly name: string }): number {
    return this.candidates.findIndex((candidate) => candidate.name === name);
  }

  private drop(transport: ClientTransport): ClientTransport {
    clearTimeout(this.attempts.get(transport)?.timer);
    this.attempts.delete(transport);
    return transport;
  }

  private clearTimers(): void {
    clearTimeout(this.hedgeTimer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.healTimer);
    this.hedgeTimer = this.retryTimer = this.healTimer = undefined;
  }

  private log(type: LogEntry['type'], { name }: ClientTransport, attempt?: Attempt, reason?: string): void {
    const since = attempt?.startedAt ?? this.adoptedAt;
    this.host.onLog({
      type,
      transport: name as TransportName,
      attach: attempt?.attach ?? this.highest,
      ...(reason === undefined ? undefined : { reason }),
      ...(type === 'attempt' ? undefined : { durationMs: Math.round(performance.now() - since) }),
      at: Date.now(),
    });
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
