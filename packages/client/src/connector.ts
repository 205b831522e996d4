/**
 * Which transport next. It tries them in order, the next one beside the last after a short delay (hedged), takes the first that
 * attaches, goes on with a better one that attaches later, tries the better ones again from time to time, and begins anew when the one in
 * use fails. It knows attach numbers and names in an order of preference; not what a transport does, nor what is sent on it.
 */
import type { Attached } from '@holdfast/protocol';
import { type Attempt, Attempts } from './attempts.ts';
import { Backoff } from './backoff.ts';
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

const NO_ANSWER: Failure = { reason: 'no answer' };

/** Each transport is tried this often before an application hears that there is no way. */
const OPENING_TRIES = 2;

// Between two rounds: doubled each time, up to the longest, and up to half as much again at random.
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/** How often a WebSocket that is still connecting, or has just opened, is looked at for silence. */
const LOOK_AGAIN_AFTER_MS = 100;

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
  private readonly attempts: Attempts = new Attempts((transport) => this.onFailed(transport, NO_ANSWER));
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
  private silenceTimer: Timer = undefined;

  // Over rounds.
  /** Begun anew when a transport held. */
  private readonly retry: Backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  private retryTimer: Timer = undefined;
  private readonly healing: Backoff = new Backoff(FIRST_HEAL_MS, LONGEST_HEAL_MS);
  private healTimer: Timer = undefined;

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
    this.healing.reset();
    this.heal();
  }

  /** Ends every attempt. */
  stop(): void {
    this.ended = true;
    this.queue = [];
    this.clearTimers();
    for (const transport of this.attempts.transports) this.attempts.abort(transport);
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
      else this.attempts.abort(transport);
    } else if (driver.transport === transport) {
      this.letGo(transport, `superseded by attach ${newestAttach}`);
      // Mostly by an attempt of ours whose answer is on its way; else by a request that we no longer wait for.
      const delayMs = this.attempts.awaits(newestAttach) ? hedgeDelayMs() : 0;
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.connect(), delayMs);
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
      this.attempts.abort(transport);
      this.log('failed', transport, attempt, failure.reason);
      this.foreign ||= failure.foreign === true;
      this.refused ||= transport instanceof WebSocketTransport && failure !== NO_ANSWER;
      if (this.foreign && !this.opened) this.tryPlain();
      this.goOn();
      if (typeof failure.foreign === 'function') void this.findOut(failure.foreign);
    } else if (driver.transport === transport) {
      this.letGo(transport, failure.reason);
      if (this.heldWell()) {
        this.retry.reset();
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
    this.attempts.remove(transport);
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
    const attempt = this.attempts.add(transport, attach);
    this.log('attempt', transport, attempt);
    try {
      this.state(transport, attempt);
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

  /**
   * Takes over with a higher number. Of the paths that work only the best does so, and what is worse than it is dropped: two
   * would overtake each other for ever.
   */
  private attachAnew(transport: ClientTransport, attempt: Attempt): void {
    this.abortWorse(transport);
    for (const other of this.attempts.transports) {
      if (other === transport || this.attempts.get(other)?.proven !== true) continue;
      this.attempts.abort(transport);
      return;
    }
    this.attempts.renew(transport, attempt, ++this.highest);
    this.state(transport, attempt);
  }

  private state(transport: ClientTransport, attempt: Attempt): void {
    attempt.received = this.opened ? this.context.driver.session.received : null;
    transport.attach({ attach: attempt.attach, received: attempt.received });
  }

  /** @throws ProtocolError the driver refuses it; it is an attempt still, and fails as one */
  private adopt(transport: ClientTransport, attempt: Attempt, attached: Attached): void {
    const { driver } = this.context;
    driver.attach(transport, attached.received, attached.attach, attempt.received ?? 0);
    if (this.ended) return; // all that was missing was an acknowledgement
    this.attempts.remove(transport);
    this.clearTimers();
    this.queue = [];
    // Better ones that are still on their way may come: a free migration.
    this.abortWorse(transport);
    this.adopted = transport.name as TransportName;
    this.adoptedAt = performance.now();
    this.progressThen = this.progress;
    const best = this.rank(transport) === 0;
    remember(this.origin, best ? undefined : this.adopted);
    // Not begun anew each time a better one that attaches but does not hold gives way to this one.
    if (best) this.healing.reset();
    else this.healLater();

    this.log('attached', transport, attempt);
    if (this.opened) return;
    this.opened = true;
    this.retry.reset();
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
      // Where HTTP tells nothing of the server, or is not to be used.
      if (this.refused && !this.triesPlain) this.tryPlain();
      else this.host.onUnreachable();
    } else if (this.foreign) {
      this.takeSilentSocket();
    }
  }

  /** Those that may be tried and are not being tried. */
  private idleCandidates(): Candidate[] {
    return this.candidates.filter(
      ({ name }) => !this.attempts.has(name) && (this.opened || (this.tries.get(name) ?? 0) < OPENING_TRIES),
    );
  }

  /**
   * What answered HTTP is not Holdfast. A server that refuses our token is asked without it; one that selects any token it is
   * offered, and waits for us to speak, is taken as it is once nothing else is left to try.
   */
  private tryPlain(): void {
    if (this.attempts.transports.some((transport) => transport instanceof WebSocketTransport)) {
      if (this.queue.length === 0) this.takeSilentSocket();
    } else if (!this.triesPlain && this.rank({ name: 'websocket' }) >= 0) {
      this.triesPlain = true;
      this.startAttempt(new WebSocketTransport(this.context, true), ++this.highest);
    }
  }

  /** If it is the one attempt that is left, and silent for as long as the answer of one of ours may take: now or later. */
  private takeSilentSocket(): void {
    clearTimeout(this.silenceTimer);
    const [transport, ...others] = this.attempts.transports;
    if (others.length > 0 || !(transport instanceof WebSocketTransport)) return;
    const socket = transport.takeSilentSocket(hedgeDelayMs());
    if (socket !== undefined) this.onForeign(transport, socket, undefined);
    else this.silenceTimer = setTimeout(() => this.takeSilentSocket(), LOOK_AGAIN_AFTER_MS);
  }

  /** Where HTTP failed without saying whether it was answered by something else. Silence alone is not taken for another server. */
  private async findOut(isForeign: () => Promise<boolean>): Promise<void> {
    if (this.opened || this.ended || !(await isForeign())) return;
    this.foreign = true;
    if (this.opened || this.ended) return;
    this.tryPlain();
    this.goOn();
  }

  private retryLater(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), this.retry.next() * (1 + Math.random() / 2));
  }

  private healLater(): void {
    clearTimeout(this.healTimer);
    this.healTimer = setTimeout(() => this.heal(), this.healing.next());
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

  private abortWorse(transport: ClientTransport): void {
    for (const other of this.attempts.transports) {
      if (this.rank(other) > this.rank(transport)) this.attempts.abort(other);
    }
  }

  private clearTimers(): void {
    clearTimeout(this.hedgeTimer);
    clearTimeout(this.retryTimer);
    clearTimeout(this.healTimer);
    clearTimeout(this.silenceTimer);
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
