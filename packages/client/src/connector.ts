/**
 * Which transport next. It tries them in order, the next one beside the last after a short delay (hedged), takes the first that
 * attaches, goes on with a better one that attaches later, tries the better ones again from time to time, and begins anew when the one in
 * use fails. It knows attach numbers and names in an order of preference; not what a transport does, nor what is sent on it.
 */
import type { Attached } from '@holdfast/protocol';
import type { LogEntry } from './log.ts';
import { recall, remember } from './memory.ts';
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
  attach: number;
  readonly startedAt: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A path that has not answered by then is not used if it does later. */
const ATTEMPT_TIMEOUT_MS = 10_000;

/** Each transport is tried this often before an application hears that there is no way. */
const OPENING_ROUNDS = 2;

// Between two rounds: doubled each time, up to the longest, and up to half as much again at random.
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

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

  // Over rounds.
  private rounds = 0;
  private retryTimer: Timer = undefined;
  private healTimer: Timer = undefined;
  private healMs = FIRST_HEAL_MS;
  private adoptedAt = 0;

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
    const running = new Set([...this.attempts.keys()].map(({ name }) => name));
    this.queue = this.candidates.filter(({ name }) => !running.has(name));
    this.startNext();
  }

  /** Something has changed for the better (online, back from sleep): tries now what it would try later. */
  wake(): void {
    if (this.context.driver.transport === undefined) this.connect();
    else this.heal();
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
    if (attempt === undefined) return;
    // An attach with a higher number is on its way, perhaps delivered: this one must be the newest to hold.
    if (attached.attach < this.highest) this.attachAnew(transport, attempt);
    else this.adopt(transport, attempt, attached);
  }

  onSuperseded(transport: ClientTransport, newestAttach: number): void {
    this.highest = Math.max(this.highest, newestAttach);
    const { driver } = this.context;
    const attempt = this.attempts.get(transport);
    if (attempt !== undefined) {
      // The path works. It is taken if it is better than what there is.
      const current = driver.transport;
      if (current === undefined || this.rank(transport) < this.rank(current))
        this.attachAnew(transport, attempt);
      else this.drop(transport).abort();
    } else if (driver.transport === transport) {
      this.letGo(transport, `superseded by attach ${newestAttach}`);
      // Mostly by an attempt of ours whose answer is on its way; else by a request that we no longer wait for.
      const awaited = [...this.attempts.values()].some(({ attach }) => attach === newestAttach);
      this.retryTimer = setTimeout(() => this.connect(), awaited ? hedgeDelayMs() : 0);
    }
  }

  onGone(transport: ClientTransport): void {
    this.log('gone', transport, this.attempts.get(transport));
    this.context.driver.end();
  }

  onFailed(transport: ClientTransport, failure: Failure): void {
    const { driver } = this.context;
    const attempt = this.attempts.get(transport);
    if (attempt !== undefined) {
      this.drop(transport).abort();
      this.log('failed', transport, attempt, failure.reason);
      this.goOn(failure.foreign === true);
    } else if (driver.transport === transport) {
      this.letGo(transport, failure.reason);
      this.connect();
    }
  }

  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: MessageEvent | undefined): void {
    if (this.opened) {
      this.onFailed(transport, { reason: 'another server answered' });
      return;
    }
    this.drop(transport);
    this.host.onForeign(socket, said);
    remember(this.origin, 'plain');
  }

  /** Starts the next transport, and soon the one after it: at once where it is known to be needed. */
  private startNext(): void {
    clearTimeout(this.hedgeTimer);
    const candidate = this.queue.shift();
    if (candidate === undefined) return;
    this.startAttempt(candidate.create(this.context), ++this.highest);
    if (this.queue.length === 0) return;
    const remembered = this.candidates.findIndex(({ name }) => name === recall(this.origin));
    const delayMs = this.candidates.indexOf(candidate) < remembered ? 0 : hedgeDelayMs();
    this.hedgeTimer = setTimeout(() => this.startNext(), delayMs);
  }

  private startAttempt(transport: ClientTransport, attach: number): void {
    const timer = setTimeout(() => this.onFailed(transport, { reason: 'no answer' }), ATTEMPT_TIMEOUT_MS);
    const attempt: Attempt = { attach, startedAt: performance.now(), timer };
    this.attempts.set(transport, attempt);
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

  private attachAnew(transport: ClientTransport, attempt: Attempt): void {
    attempt.attach = ++this.highest;
    transport.attach({ attach: attempt.attach, received: this.received });
  }

  private adopt(transport: ClientTransport, attempt: Attempt, attached: Attached): void {
    this.drop(transport);
    this.log('attached', transport, attempt);
    this.clearTimers();
    this.queue = [];
    this.rounds = 0;
    this.adoptedAt = performance.now();
    // Better ones that are still on their way may come: a free migration.
    for (const other of [...this.attempts.keys()]) {
      if (this.rank(other) > this.rank(transport)) this.drop(other).abort();
    }
    const { driver } = this.context;
    const first = !this.opened;
    this.opened = true;
    driver.attach(transport, attached.received, attached.attach);
    if (first) this.host.onOpened(attached);
    this.healMs = FIRST_HEAL_MS;
    const best = this.rank(transport) === 0;
    remember(this.origin, best ? undefined : (transport.name as TransportName));
    if (!best) this.healLater();
  }

  /** After a failed attempt: the next transport, a plain socket, another round, or the end. */
  private goOn(foreign: boolean): void {
    if (this.ended || this.context.driver.transport !== undefined) return;
    if (foreign && !this.opened) this.tryPlain();
    if (this.queue.length > 0) this.startNext();
    else if (this.attempts.size === 0) this.retryLater();
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
    this.rounds++;
    this.triesPlain = false;
    if (!this.opened && this.rounds >= OPENING_ROUNDS) {
      this.host.onUnreachable();
      return;
    }
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** this.rounds, LONGEST_RETRY_MS);
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
    const trying = new Set([...this.attempts.keys()].map(({ name }) => name));
    for (const candidate of this.candidates.slice(0, this.rank(current))) {
      if (!trying.has(candidate.name)) this.startAttempt(candidate.create(this.context), 0);
    }
    if (this.rank(current) > 0) this.healLater();
  }

  private get received(): number | null {
    return this.opened ? this.context.driver.session.received : null;
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
