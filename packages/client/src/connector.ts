/**
 * Which transport next. It tries them in order, the next one beside the last after a short delay (hedged), takes the first that
 * attaches, goes on with a better one that attaches later, tries the better ones again from time to time, and begins anew when the one in
 * use fails. While it opens it finds out, too, whether the server is Holdfast at all: HTTP tells, by an answer that is not of this protocol; then the
 * server is asked without our token, and one that had selected it and waits for us to speak is taken as it is. It knows attach numbers and an
 * order of preference; not what a transport does, nor what is sent on it.
 */
import type { Attached } from '@holdfast/protocol';
import type { AttemptRecord, LogEntry } from './log.ts';
import { endpoint, recall, remember } from './memory.ts';
import { hedgeDelayMs, LONGEST_DELAY_MS } from './round-trip.ts';
import type { WireMessage } from './session.ts';
import {
  type Candidate,
  FIRST_RETRY_MS,
  type HostedSession,
  LONGEST_RETRY_MS,
  OPENING_TRIES,
  STALE_AFTER_MS,
  STEADY_AFTER_MS,
  type TransportFinder,
} from './strategy.ts';
import { Timer } from './timer.ts';
import {
  type ClientTransport,
  type Failure,
  NO_ANSWER,
  type TransportEvents,
} from './transports/client-transport.ts';
import { WebSocketTransport } from './transports/websocket.ts';

/**
 * Between two ways to send requests where the network is in the way already, in ms: the second makes no answer to the first an old one, so
 * being early costs no more than a request, and being late a round trip, which is long where a server is far away.
 */
const LONGEST_DELAY_OF_REQUESTS_MS = 150;

// Between two looks whether a better transport works by now: doubled each time, up to the longest.
const FIRST_HEAL_MS = 2000;
const LONGEST_HEAL_MS = 45_000;

/** A path that carried a session this long is worth looking for soon when it is lost. */
const HEALTHY_AFTER_MS = 10_000;

/** A path that asks to be left alone (Retry-After) is, for at most this part of the time that a session lives without one. */
const LONGEST_PAUSE_OF_EXPIRY = 1 / 3;

/** A path that has not answered by then, in ms, is not used if it does later. */
const FIRST_ANSWER_TIMEOUT_MS = 10_000;
/** The same where the path works, and one round trip is all that is missing. */
const PROVEN_TIMEOUT_MS = 5000;

/** How often a WebSocket that is still connecting, or has just opened, is looked at for silence, in ms. */
const LOOK_AGAIN_AFTER_MS = 100;
/** In which time an answer of ours is to have come on a socket that is open. */
const SILENCE = { allowanceMs: 300, roundTrips: 2 };

/** A candidate, and what became of it so far. */
interface Way extends Candidate {
  /** 0 is the best. */
  readonly rank: number;
  /** How often it was tried to open. */
  tries: number;
  /** Until when it was told not to be tried. */
  pausedUntil: number;
  /** Whether it failed, or did not hold, since one held. */
  failed: boolean;
}

/** A transport that was started. */
interface Attempt {
  readonly way: Way;
  readonly transport: ClientTransport;
  /** The attach number it stated last, and when. */
  attach: number;
  statedAt: number;
  /** Whether it was answered, so that its path works, and has attached anew. */
  proven: boolean;
  /** When it began; of the one in use, when it attached. */
  startedAt: number;
  /** Until it has taken too long. */
  readonly timer: Timer;
  readonly record: AttemptRecord;
}

export class Connector implements TransportFinder, TransportEvents {
  /** In order of preference. */
  private readonly ways: readonly Way[];
  private readonly session: HostedSession;
  private ended = false;
  /** The highest attach number drawn, or heard of. */
  private highest = 0;

  // One round of attempts.
  private underWay: readonly Attempt[] = [];
  private queue: Way[] = [];
  /** The one started last, while it has its time before the next is. */
  private newest: Attempt | undefined;
  private readonly hedgeTimer: Timer = new Timer();

  // Opening: whether the server is Holdfast at all.
  /** Whether HTTP was answered by something that is not. */
  private foreign = false;
  /** Whether a WebSocket handshake was refused, in contrast to silence. */
  private refused = false;
  /** Whether this round has asked without our token. */
  private asksPlainly = false;
  private readonly silenceTimer: Timer = new Timer();

  // Over rounds.
  private readonly retryTimer: Timer = new Timer();
  private retryMs = FIRST_RETRY_MS;
  private readonly healTimer: Timer = new Timer();
  private healMs = FIRST_HEAL_MS;

  /** What became the transport in use, or the last one. */
  private adopted: Attempt | undefined;
  /** `Session.progress` then. */
  private progressThen = 0;

  /** @param candidates in order of preference */
  constructor(candidates: readonly Candidate[], session: HostedSession) {
    this.ways = candidates.map((candidate, rank) =>
      Object.assign({ rank, tries: 0, pausedUntil: 0, failed: false }, candidate),
    );
    this.session = session;
    session.events = this;
  }

  /** Begins a round, unless there is a transport. */
  connect(): void {
    if (this.ended || this.current) return;
    this.stopTimers();
    this.asksPlainly = false;
    // What worked last comes before what is better and did not work then; what has just failed comes last.
    const last = this.adopted ? this.adopted.way.name : recall(this.session.serverOrigin);
    const known = this.ways.find(({ name, failed }) => name === last && !failed);
    const order = ({ rank, failed }: Way): number =>
      Number(!!known && rank < known.rank) + 2 * Number(failed);
    this.queue = this.readyWays().sort((a, b) => order(a) - order(b));
    this.newest = undefined;
    // What was another server last time is first asked as one.
    if (this.session.opened || recall(endpoint(this.session.url)) !== PLAIN || !this.askPlainly())
      this.goOn();
  }

  /** Something has changed (online, back from sleep): asks now what it would find out, and tries what it would try, later. */
  wake(): void {
    const { current } = this;
    if (current) {
      current.check();
      this.healMs = FIRST_HEAL_MS;
      this.heal();
      return;
    }
    const freshSince = performance.now() - STALE_AFTER_MS;
    for (const attempt of this.underWay) if (attempt.statedAt < freshSince) this.drop(attempt, 'asked again');
    this.connect();
  }

  /** The page is put away, and may come back: nothing runs until `wake`. */
  rest(reason = 'the page was put away'): void {
    if (this.current) this.letGo(reason);
    this.queue = [];
    this.stopTimers();
    this.healTimer.stop();
    for (const attempt of this.underWay) this.drop(attempt, reason);
    for (const way of this.ways) way.tries = 0;
  }

  /** Ends every attempt. */
  stop(): void {
    this.ended = true;
    this.rest('the session ended');
  }

  // TransportEvents

  onAttached(transport: ClientTransport, attached: Attached): void {
    const attempt = this.attemptOf(transport);
    // The answer to an older statement of the same transport: the one to the newer comes.
    if (!attempt || attached.attach < attempt.attach) return;
    // An attach with a higher number is on its way, perhaps delivered: this one must be the newest to hold.
    if (attached.attach < this.highest) this.attachAnew(attempt);
    else this.adopt(attempt, attached);
  }

  onSuperseded(transport: ClientTransport, newestAttach: number): void {
    this.highest = Math.max(this.highest, newestAttach);
    const { current, session } = this;
    const attempt = this.attemptOf(transport);
    if (attempt) {
      if (newestAttach <= attempt.attach) return; // as above
      // The path works. It is taken if it is better than what there is.
      if (!current || this.isBetter(attempt.way)) this.attachAnew(attempt);
      else this.drop(attempt, `${current.name} attached`);
    } else if (current === transport && newestAttach > session.attachNumber) {
      this.letGo(`superseded by attach ${newestAttach}`);
      // Mostly by an attempt of ours whose answer is on its way; else by a request that we no longer wait for.
      const isOurs = this.underWay.some(({ attach }) => attach === newestAttach);
      this.retryTimer.schedule(isOurs ? session.roundTripMs : 0, () => this.connect());
    }
  }

  onGone(transport: ClientTransport, reason: string): void {
    const attempt = this.attemptOf(transport) || this.adopted;
    if (attempt && !this.ended) this.log('gone', attempt, reason);
  }

  onFailed(transport: ClientTransport, failure: Failure): void {
    const { current, session } = this;
    const { retryAfterMs = 0, reason } = failure;
    const pauseMs = Math.min(retryAfterMs, session.expiryMs * LONGEST_PAUSE_OF_EXPIRY);
    const attempt = this.attemptOf(transport);
    if (attempt) {
      attempt.way.pausedUntil = performance.now() + pauseMs;
      attempt.way.failed = true;
      this.endAttempt(attempt, 'failed', reason);
      // It was the path, since the server is there.
      if (current) remember(session.serverOrigin, current.name);
      if (!this.session.opened) this.learn(transport, failure);
      this.goOn();
    } else if (current === transport) {
      const { way, startedAt } = this.adopted as Attempt;
      way.pausedUntil = performance.now() + pauseMs;
      this.letGo(reason);
      const livedMs = performance.now() - startedAt;
      way.failed = livedMs < STEADY_AFTER_MS && session.progress === this.progressThen;
      if (!way.failed) {
        this.retryMs = FIRST_RETRY_MS;
        for (const way of this.ways) way.failed = false;
        if (livedMs >= HEALTHY_AFTER_MS) this.healMs = FIRST_HEAL_MS;
      }
      if (this.readyWays().some(({ failed }) => !failed)) this.connect();
      else this.retryLater();
    }
  }

  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: WireMessage | undefined): void {
    const attempt = this.attemptOf(transport);
    if (this.session.opened || !attempt) {
      this.onFailed(transport, { reason: 'another server answered' });
      return;
    }
    this.remove(attempt);
    this.session.onForeign(socket, said);
    // Asked without our token as the last resort alone, it may be one of ours, back again.
    if (this.foreign || !this.asksPlainly) remember(endpoint(this.session.url), PLAIN);
  }

  // Attempts.

  private attemptOf(transport: ClientTransport): Attempt | undefined {
    return this.underWay.find((attempt) => attempt.transport === transport);
  }

  private beginAttempt(
    way: Way,
    attach: number,
    transport: ClientTransport = way.create(this.session),
  ): Attempt {
    const startedAt = performance.now();
    const timer = new Timer();
    const attempt: Attempt = {
      way,
      transport,
      attach,
      proven: false,
      startedAt,
      statedAt: 0,
      timer,
      record: { transport: way.name, outcome: 'pending' },
    };
    this.underWay = this.underWay.concat(attempt);
    try {
      this.state(attempt, FIRST_ANSWER_TIMEOUT_MS);
    } catch (error) {
      // What the platform refuses outright, such as ws: in an https: page.
      setTimeout(() => this.onFailed(transport, { reason: String(error) }));
    }
    // Who listens may take his time: the handshake is under way.
    this.log('attempt', attempt);
    return attempt;
  }

  private state(attempt: Attempt, timeoutMs: number): void {
    const { transport, attach } = attempt;
    attempt.statedAt = performance.now();
    attempt.timer.schedule(timeoutMs, () => this.onFailed(transport, NO_ANSWER));
    transport.attach({ attach, received: this.session.opened ? this.session.received : null });
  }

  /** It is no attempt any more. */
  private remove(attempt: Attempt): void {
    attempt.timer.stop();
    this.underWay = this.underWay.filter((other) => other !== attempt);
  }

  private endAttempt(attempt: Attempt, outcome: 'failed' | 'dropped', reason: string): void {
    this.remove(attempt);
    attempt.transport.giveUp();
    this.log(outcome, attempt, reason);
  }

  /** It is not needed any more. */
  private drop(attempt: Attempt, reason: string): void {
    this.endAttempt(attempt, 'dropped', reason);
  }

  private dropWorse({ rank, name }: Way, what: string): void {
    for (const attempt of this.underWay) if (attempt.way.rank > rank) this.drop(attempt, `${name} ${what}`);
  }

  /**
   * Takes over with a higher number. Of the paths that work only the best does so, and what is worse than it is dropped: two
   * would overtake each other for ever.
   */
  private attachAnew(attempt: Attempt): void {
    // The server has the session still: it is not given up while answers come, however often they come too late.
    this.session.keep();
    this.dropWorse(attempt.way, 'answered');
    const better = this.underWay.find((other) => other !== attempt && other.proven);
    if (better) {
      this.drop(attempt, `${better.way.name} answered`);
      return;
    }
    attempt.attach = ++this.highest;
    attempt.proven = true;
    this.state(attempt, PROVEN_TIMEOUT_MS);
  }

  private adopt(attempt: Attempt, attached: Attached): void {
    const { session } = this;
    const { transport, way } = attempt;
    session.attach(transport, attached);
    if (this.ended) return; // all that was missing was an acknowledgement
    this.remove(attempt);
    this.stopTimers();
    this.queue = [];
    // Better ones that are still on their way may come: a free migration.
    this.dropWorse(way, 'attached');
    this.adopted = attempt;
    this.progressThen = session.progress;
    if (way.rank === 0) {
      remember(session.serverOrigin, undefined);
      this.healTimer.stop();
    } else if (way.failed) {
      // The server itself may have been away: that says nothing against the better ones.
      this.healLater(0);
    } else {
      remember(session.serverOrigin, way.name);
      // What fails again and again does not put off the look for something better.
      if (!this.healTimer.isRunning) this.healLater();
    }
    this.log('attached', attempt);
    attempt.startedAt = performance.now();
    if (this.session.opened) return;
    this.session.opened = true;
    this.retryMs = FIRST_RETRY_MS;
    this.session.onOpened(attached);
  }

  // Rounds.

  /** The next transport, another round, or the end. */
  private goOn(): void {
    // What failed is not made up for while the next one is on its way, since a newer attach makes its answer an old one.
    if (this.ended || this.current || this.underWay.some((attempt) => attempt === this.newest)) return;
    const way = this.queue.shift();
    if (way) {
      this.startNext(way);
    } else if (this.idleWays().length > 0) {
      // Also while another is silent: what failed is not kept waiting for it.
      if (!this.retryTimer.isRunning) this.retryLater();
    } else if (this.underWay.length > 0) {
      if (this.foreign) this.takeSilentSocket();
    } else if (!(this.refused && this.askPlainly())) {
      // Nor can HTTP tell anything of the server, or is not to be used.
      this.session.end();
    }
  }

  /** Starts the next transport, and soon the one after it. */
  private startNext(way: Way): void {
    const { isHttp } = way;
    way.tries++;
    const isBesideAnother =
      isHttp && this.underWay.some(({ way, attach }) => way.isHttp && attach === this.highest);
    this.newest = this.beginAttempt(way, isBesideAnother ? this.highest : ++this.highest);
    const [next] = this.queue;
    // The next round would make the answers old that are on their way.
    let delayMs = next ? hedgeDelayMs(this.session, way) : LONGEST_DELAY_MS;
    const isDoubtful = this.underWay.length + this.ways.filter(({ failed }) => failed).length > 1;
    if (isDoubtful && isHttp && next && next.isHttp)
      delayMs = Math.min(delayMs, LONGEST_DELAY_OF_REQUESTS_MS);
    this.hedgeTimer.schedule(delayMs, () => {
      this.newest = undefined;
      this.goOn();
    });
  }

  /** Those that may be tried and are not being tried. */
  private idleWays(): Way[] {
    return this.ways.filter(
      (way) =>
        !this.underWay.some((attempt) => attempt.way === way) &&
        (this.session.opened || way.tries < OPENING_TRIES),
    );
  }

  /** Those of them that were not told to come later. */
  private readyWays(): Way[] {
    const now = performance.now();
    return this.idleWays().filter(({ pausedUntil }) => pausedUntil <= now);
  }

  private retryLater(): void {
    const delayMs = this.retryMs * (1 + Math.random() / 2);
    this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS);
    const pauseMs = Math.min(...this.idleWays().map(({ pausedUntil }) => pausedUntil)) - performance.now();
    this.retryTimer.schedule(Math.max(delayMs, pauseMs), () => this.connect());
  }

  // The transport in use.

  private get current(): ClientTransport | undefined {
    return this.session.current;
  }

  private isBetter({ rank }: Way): boolean {
    return !!this.adopted && rank < this.adopted.way.rank;
  }

  /** It is no longer. */
  private letGo(reason: string): void {
    const adopted = this.adopted as Attempt;
    this.session.detach();
    adopted.transport.giveUp();
    this.log('detached', adopted, reason);
  }

  private healLater(delayMs?: number): void {
    this.healTimer.schedule(delayMs === undefined ? this.healMs : delayMs, () => this.heal());
    if (delayMs === undefined) this.healMs = Math.min(2 * this.healMs, LONGEST_HEAL_MS);
  }

  /** Tries the better transports with attach number 0, which only proves the path: the session is not disturbed. */
  private heal(): void {
    if (this.ended || !this.current) return;
    this.healTimer.stop();
    for (const way of this.readyWays()) if (this.isBetter(way)) this.beginAttempt(way, 0);
    if ((this.adopted as Attempt).way.rank > 0) this.healLater();
  }

  private stopTimers(): void {
    this.silenceTimer.stop();
    this.hedgeTimer.stop();
    this.retryTimer.stop();
  }

  // Servers that are not Holdfast.

  /** An attempt has failed while opening. */
  private learn(transport: ClientTransport, failure: Failure): void {
    const { foreign } = failure;
    if (transport instanceof WebSocketTransport) {
      if (transport.plain) remember(endpoint(this.session.url), undefined);
      this.refused ||= failure !== NO_ANSWER;
    }
    if (foreign === true) this.foreign = true;
    if (this.foreign) this.askPlainly();
    // Where HTTP failed without saying whether it was answered by something else. Silence alone is not taken for another server.
    if (typeof foreign === 'function')
      void foreign().then((isForeign) => {
        if (!isForeign || this.session.opened || this.ended) return;
        this.foreign = true;
        this.askPlainly();
        this.goOn();
      });
  }

  private askPlainly(): boolean {
    if (this.underWay.some(({ transport }) => transport instanceof WebSocketTransport)) {
      if (this.queue.length === 0) this.takeSilentSocket();
      return true;
    }
    const way = this.ways.find(({ isHttp }) => !isHttp);
    if (this.asksPlainly || !way) return false;
    this.asksPlainly = true;
    this.beginAttempt(way, 0, new WebSocketTransport(this.session, true)); // it states no attach
    return true;
  }

  /**
   * If it is the one attempt that is left, open with our token selected, and silent for as long as the answer of one of ours may take: perhaps
   * a server that selects whatever it is offered. Now or later.
   */
  private takeSilentSocket(): void {
    const [attempt, ...others] = this.underWay;
    if (others.length > 0 || !attempt || !(attempt.transport instanceof WebSocketTransport)) return;
    const { transport } = attempt;
    const patienceMs = hedgeDelayMs(this.session, SILENCE);
    if (performance.now() - transport.unknownSince >= patienceMs) transport.handOver();
    else this.silenceTimer.schedule(LOOK_AGAIN_AFTER_MS, () => this.takeSilentSocket());
  }

  private log(type: LogEntry['type'], { record, attach, startedAt }: Attempt, reason?: string): void {
    this.session.onLog(record, type, attach, startedAt, reason);
  }
}

/** What is remembered of a server that is not Holdfast. */
const PLAIN = 'plain';
