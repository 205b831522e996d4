/**
 * Which transport next. It tries them in order, the next one beside the last after a short delay (hedged), takes the first that
 * attaches, goes on with a better one that attaches later, tries the better ones again from time to time, and begins anew when the one in
 * use fails. It knows attach numbers and names in an order of preference; not what a transport does, nor what is sent on it.
 */
import type { Attached } from '@holdfast/protocol';
import { type Attempt, Attempts, NO_ANSWER } from './attempts.ts';
import { Backoff } from './backoff.ts';
import { type LogEntry, logEntry } from './log.ts';
import { endpoint, recall, remember } from './memory.ts';
import { type OpeningRound, OtherServers } from './other-servers.ts';
import { hedgeDelayMs, LONGEST_DELAY_MS } from './round-trip.ts';
import { CLOSE_ABNORMAL, parseClose, type Session, type WireMessage } from './session.ts';
import type { Candidate, ConnectorHost, TransportFinder } from './strategy.ts';
import type {
  ClientTransport,
  Failure,
  TransportEvents,
  TransportName,
} from './transports/client-transport.ts';

/** Each transport is tried this often before an application hears that there is no way. */
const OPENING_TRIES = 2;

/**
 * Between two ways to send requests where the network is in the way already, in ms: the second makes no answer to the first an old one, so
 * being early costs no more than a request, and being late a round trip, which is long where a server is far away.
 */
const LONGEST_DELAY_OF_REQUESTS_MS = 200;

// Between two rounds: doubled each time, up to the longest, and up to half as much again at random.
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/** A transport that lived this long, or moved anything, is replaced at once; else each attach would fail the same way, in a circle. */
const STEADY_AFTER_MS = 1000;

// Between two looks whether a better transport works by now: doubled each time, up to the longest.
const FIRST_HEAL_MS = 2000;
const LONGEST_HEAL_MS = 45_000;

/** A path that carried a session this long is worth looking for soon when it is lost. */
const HEALTHY_AFTER_MS = 10_000;

/** A path that asks to be left alone (Retry-After) is, for at most this part of the time that a session lives without one. */
const LONGEST_PAUSE_OF_EXPIRY = 1 / 3;

/** What was asked this long before the page woke up, in ms, may have been asked on another network... */
const STALE_AFTER_MS = 1000;
/** ...or been answered while the page stood still: the answer is in the queue, and has this time to be heard, in ms. */
const LATE_ANSWER_MS = 250;

export class Connector implements TransportFinder, TransportEvents, OpeningRound {
  private readonly candidates: readonly Candidate[];
  private readonly host: ConnectorHost;
  readonly session: Session;

  /** Attached once: the session exists. */
  private opened = false;
  private ended = false;
  /** The highest attach number drawn, or heard of. */
  private highest = 0;

  // One round of attempts.
  readonly attempts: Attempts = new Attempts((transport) => this.onFailed(transport, NO_ANSWER));
  private queue: Candidate[] = [];
  /** The one started last, while it has its time before the next is. */
  private newest = '';
  private hedgeTimer: Timer = undefined;
  /** Runs while late answers are heard. */
  private lateTimer: Timer = undefined;

  // Opening.
  /** How often each was tried. */
  private readonly tries: Map<string, number> = new Map();
  private readonly others: OtherServers = new OtherServers(this);

  // Over rounds.
  /** When those may be tried again that were told a time. */
  private readonly pausedUntil: Map<string, number> = new Map();
  /** Names of those that failed, or did not hold, since one held. */
  private readonly failed: Set<string> = new Set();
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
  constructor(candidates: readonly Candidate[], host: ConnectorHost, session: Session) {
    this.candidates = candidates;
    this.host = host;
    this.session = session;
    session.events = this;
  }

  /** Begins a round, unless there is a transport. */
  connect(): void {
    if (this.ended || this.current !== undefined) return;
    this.clearTimers();
    this.others.begin();
    // What worked last comes before what is better and did not work then; what has just failed comes last.
    const name = this.adopted ?? recall(this.session.origin) ?? '';
    const known = this.failed.has(name) ? 0 : this.rank({ name });
    const order = (candidate: Candidate): number =>
      Number(this.rank(candidate) < known) + 2 * Number(this.failed.has(candidate.name));
    this.queue = this.readyCandidates().sort((a, b) => order(a) - order(b));
    this.newest = '';
    this.goOn();
  }

  /** Something has changed (online, back from sleep): asks now what it would find out, and tries what it would try, later. */
  wake(): void {
    const { current } = this;
    if (current !== undefined) {
      current.check();
      this.healing.reset();
      this.heal();
      return;
    }
    const freshSince = performance.now() - STALE_AFTER_MS;
    if (this.attempts.olderThan(freshSince).length === 0) {
      this.connect();
      return;
    }
    this.lateTimer ??= setTimeout(() => {
      this.lateTimer = undefined;
      if (this.current !== undefined) return;
      for (const transport of this.attempts.olderThan(freshSince)) this.drop(transport, 'asked again');
      this.connect();
    }, LATE_ANSWER_MS);
  }

  /** The page is put away, and may come back: nothing runs until `wake`. */
  rest(): void {
    const { current } = this;
    if (current !== undefined) this.letGo(current, PUT_AWAY);
    this.halt(PUT_AWAY);
    this.tries.clear();
  }

  /** Ends every attempt. */
  stop(): void {
    this.ended = true;
    this.halt('the session ended');
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
    const { current } = this;
    const attempt = this.attempts.get(transport);
    if (attempt !== undefined) {
      if (newestAttach < attempt.attach) return; // as above
      // The path works. It is taken if it is better than what there is.
      if (current === undefined || this.rank(transport) < this.rank(current))
        this.attachAnew(transport, attempt);
      else this.drop(transport, `${current.name} attached`);
    } else if (current === transport) {
      this.letGo(transport, `superseded by attach ${newestAttach}`);
      // Mostly by an attempt of ours whose answer is on its way; else by a request that we no longer wait for.
      const delayMs = this.attempts.awaits(newestAttach) ? this.session.roundTripMs : 0;
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.connect(), delayMs);
    }
  }

  onGone(transport: ClientTransport, argument: string): void {
    if (this.ended) return;
    const [code, reason] = parseClose(argument, CLOSE_ABNORMAL);
    this.log('gone', transport, this.attempts.get(transport), reason);
    this.session.end(code, reason);
  }

  onFailed(transport: ClientTransport, failure: Failure): void {
    const { current } = this;
    const attempt = this.attempts.get(transport);
    const { retryAfterMs = 0 } = failure;
    const pauseMs = Math.min(retryAfterMs, this.session.expiryMs * LONGEST_PAUSE_OF_EXPIRY);
    this.pausedUntil.set(transport.name, performance.now() + pauseMs);
    if (attempt !== undefined) {
      this.attempts.abort(transport);
      this.log('failed', transport, attempt, failure.reason);
      this.failed.add(transport.name);
      // It was the path, since the server is there.
      if (current !== undefined) remember(this.session.origin, current.name);
      if (!this.opened) this.others.learn(transport, failure);
      this.goOn();
    } else if (current === transport) {
      this.letGo(transport, failure.reason);
      const livedMs = performance.now() - this.adoptedAt;
      const held = livedMs >= STEADY_AFTER_MS || this.session.progress > this.progressThen;
      if (held) {
        this.retry.reset();
        this.failed.clear();
        if (livedMs >= HEALTHY_AFTER_MS) this.healing.reset();
      } else {
        this.failed.add(transport.name);
      }
      if (this.readyCandidates().some(({ name }) => !this.failed.has(name))) this.connect();
      else this.retryLater();
    }
  }

  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: WireMessage | undefined): void {
    if (this.opened) {
      this.onFailed(transport, { reason: 'another server answered' });
      return;
    }
    this.attempts.remove(transport);
    this.host.onForeign(socket, said);
    if (this.others.isCertain) remember(endpoint(this.session.url), 'plain');
  }

  // OpeningRound

  get hasWebSocket(): boolean {
    return this.rank({ name: 'websocket' }) >= 0;
  }

  get hasMore(): boolean {
    return this.queue.length > 0;
  }

  get isDecided(): boolean {
    return this.opened || this.ended;
  }

  start(transport: ClientTransport, attach: number): void {
    const attempt = this.attempts.add(transport, attach);
    try {
      this.state(transport, attempt);
    } catch (error) {
      // What the platform refuses outright, such as ws: in an https: page.
      const reason = error instanceof Error ? error.message : String(error);
      setTimeout(() => this.onFailed(transport, { reason }));
    }
    // Who listens may take his time: the handshake is under way.
    this.log('attempt', transport, attempt);
  }

  /** The next transport, another round, or the end. */
  goOn(): void {
    if (this.ended || this.current !== undefined) return;
    // What failed is not made up for while the next one is on its way, since a newer attach makes its answer an old one.
    if (this.attempts.has(this.newest)) return;
    if (this.hasMore) {
      this.startNext();
    } else if (this.idleCandidates().length > 0) {
      // Also while another is silent: what failed is not kept waiting for it.
      if (this.retryTimer === undefined) this.retryLater();
    } else if (!this.others.goOn()) {
      this.host.onUnreachable();
    }
  }

  // Within.

  private get current(): ClientTransport | undefined {
    return this.session.current;
  }

  /** Starts the next transport, and soon the one after it. */
  private startNext(): void {
    clearTimeout(this.hedgeTimer);
    const candidate = this.queue.shift();
    if (candidate === undefined) return;
    const { name } = candidate;
    this.newest = name;
    this.tries.set(name, (this.tries.get(name) ?? 0) + 1);
    const isBesideAnother =
      candidate.isHttp &&
      this.candidates.some(({ isHttp, name }) => isHttp && this.attempts.has(name, this.highest));
    this.start(candidate.create(this.session), isBesideAnother ? this.highest : ++this.highest);
    const [next] = this.queue;
    // The next round would make the answers old that are on their way.
    let delayMs = next === undefined ? LONGEST_DELAY_MS : hedgeDelayMs(this.session, candidate);
    const isDoubtful = this.attempts.size + this.failed.size > 1;
    if (isDoubtful && candidate.isHttp && next?.isHttp === true)
      delayMs = Math.min(delayMs, LONGEST_DELAY_OF_REQUESTS_MS);
    this.hedgeTimer = setTimeout(() => {
      this.newest = '';
      this.goOn();
    }, delayMs);
  }

  /** The transport in use is no longer. */
  private letGo(transport: ClientTransport, reason: string): void {
    this.session.detach();
    transport.abort();
    this.log('detached', transport, undefined, reason);
  }

  /** An attempt is not needed any more. */
  private drop(transport: ClientTransport, reason: string): void {
    const attempt = this.attempts.get(transport);
    this.attempts.abort(transport);
    this.log('dropped', transport, attempt, reason);
  }

  private halt(reason: string): void {
    this.queue = [];
    this.clearTimers();
    clearTimeout(this.lateTimer);
    this.lateTimer = undefined;
    this.stopHealing();
    for (const transport of this.attempts.transports) this.drop(transport, reason);
  }

  /**
   * Takes over with a higher number. Of the paths that work only the best does so, and what is worse than it is dropped: two
   * would overtake each other for ever.
   */
  private attachAnew(transport: ClientTransport, attempt: Attempt): void {
    // The server has the session still: it is not given up while answers come, however often they come too late.
    this.session.keepFor(this.session.expiryMs);
    this.dropWorse(transport, 'answered');
    for (const other of this.attempts.transports) {
      if (other === transport || this.attempts.get(other)?.proven !== true) continue;
      this.drop(transport, `${other.name} answered`);
      return;
    }
    this.attempts.renew(transport, attempt, ++this.highest);
    this.state(transport, attempt);
  }

  private state(transport: ClientTransport, attempt: Attempt): void {
    attempt.received = this.opened ? this.session.received : null;
    transport.attach({ attach: attempt.attach, received: attempt.received });
  }

  private adopt(transport: ClientTransport, attempt: Attempt, attached: Attached): void {
    const { session } = this;
    session.holdUp(!!attached.paused);
    session.attach(transport, attached.received, attached.attach, attempt.received || 0);
    if (this.ended) return; // all that was missing was an acknowledgement
    this.attempts.remove(transport);
    this.clearTimers();
    this.queue = [];
    // Better ones that are still on their way may come: a free migration.
    this.dropWorse(transport, 'attached');
    const name = transport.name as TransportName;
    this.adopted = name;
    this.adoptedAt = performance.now();
    this.progressThen = this.session.progress;
    if (this.rank(transport) === 0) {
      remember(this.session.origin, undefined);
      this.stopHealing();
    } else if (this.failed.has(name)) {
      // The server itself may have been away: that says nothing against the better ones.
      this.healLater(0);
    } else {
      remember(this.session.origin, name);
      // What fails again and again does not put off the look for something better.
      if (this.healTimer === undefined) this.healLater();
    }

    this.log('attached', transport, attempt);
    if (this.opened) return;
    this.opened = true;
    this.retry.reset();
    this.host.onOpened(attached);
  }

  /** Those that may be tried and are not being tried. */
  private idleCandidates(): Candidate[] {
    return this.candidates.filter(
      ({ name }) => !this.attempts.has(name) && (this.opened || (this.tries.get(name) ?? 0) < OPENING_TRIES),
    );
  }

  /** Those of them that were not told to come later. */
  private readyCandidates(): Candidate[] {
    return this.idleCandidates().filter((candidate) => this.pauseOf(candidate) <= 0);
  }

  /** How long it is to wait still, in ms. */
  private pauseOf({ name }: Candidate): number {
    return (this.pausedUntil.get(name) ?? 0) - performance.now();
  }

  private retryLater(): void {
    clearTimeout(this.retryTimer);
    const delayMs = this.retry.next() * (1 + Math.random() / 2);
    const pauses = this.idleCandidates().map((candidate) => this.pauseOf(candidate));
    const pauseMs = pauses.length === 0 ? 0 : Math.min(...pauses);
    this.retryTimer = setTimeout(() => this.connect(), Math.max(delayMs, pauseMs));
  }

  private healLater(delayMs: number = this.healing.next()): void {
    this.stopHealing();
    this.healTimer = setTimeout(() => this.heal(), delayMs);
  }

  private stopHealing(): void {
    clearTimeout(this.healTimer);
    this.healTimer = undefined;
  }

  /** Tries the better transports with attach number 0, which only proves the path: the session is not disturbed. */
  private heal(): void {
    const { current } = this;
    this.healTimer = undefined;
    if (this.ended || current === undefined) return;
    for (const candidate of this.readyCandidates()) {
      if (this.rank(candidate) < this.rank(current)) this.start(candidate.create(this.session), 0);
    }
    if (this.rank(current) > 0) this.healLater();
  }

  private rank({ name }: { readonly name: string }): number {
    return this.candidates.findIndex((candidate) => candidate.name === name);
  }

  private dropWorse(transport: ClientTransport, what: string): void {
    for (const other of this.attempts.transports) {
      if (this.rank(other) > this.rank(transport)) this.drop(other, `${transport.name} ${what}`);
    }
  }

  private clearTimers(): void {
    this.others.stop();
    clearTimeout(this.hedgeTimer);
    clearTimeout(this.retryTimer);
    this.hedgeTimer = this.retryTimer = undefined;
  }

  private log(type: LogEntry['type'], { name }: ClientTransport, attempt?: Attempt, reason?: string): void {
    const { attach, startedAt } = attempt || { attach: this.highest, startedAt: this.adoptedAt };
    this.host.onLog(logEntry(type, name, attach, startedAt, reason));
  }
}

const PUT_AWAY = 'the page was put away';

type Timer = ReturnType<typeof setTimeout> | undefined;
