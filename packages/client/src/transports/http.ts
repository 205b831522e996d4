/**
 * A session on HTTP requests, whatever carries them: fetch makes it long polling, forms in iframes make it iframe streaming. One
 * request waits for messages, at most one more sends. A request that fails fails the transport, since nothing is known about
 * it: the connector attaches anew, and nothing is lost. What the path allows is learnt from what becomes of them (path.ts).
 */
import { type Answer, type Attached, PROTOCOL_VERSION } from '@holdfast/protocol';
import type { Incoming, Session, WireMessage } from '../session.ts';
import { UNLIMITED } from '../timer.ts';
import { writeBody } from './body.ts';
import type { ClientTransport, Failure, Statement, TransportName } from './client-transport.ts';
import { type Exchange, graceMs, holdMs, sendRequest } from './http-request.ts';
import { Path } from './path.ts';

/** One way of sending requests. */
export interface ExchangeKind {
  readonly name: TransportName;
  readonly exchange: Exchange;
  /** Bytes on the wire for one byte of a request body. */
  readonly overhead: number;
  /** By whose policy a page that goes away says goodbye. Default: its own. */
  readonly navigator?: () => Navigator;
}

/** The end of an answer came this much later than its beginning, in ms: nobody on the path gathers bodies. */
const APART_MS = 50;

/** The statement and the frames' headers, at most, in bytes. */
const BODY_OVERHEAD_BYTES = 2048;

/** A page that wakes up does not wait longer for a sign of life, in ms, whatever the session could do with. */
const CHECK_MS = 1000;

/** What is sent with the attach when a session comes back, in bytes: little enough not to delay the answer, and to fit the least body. */
const MAX_RESENT_BYTES = 4096;

/** What browsers let a page that goes away send, in bytes (Fetch §4.7: 64 KiB), less the statement. */
const MAX_BEACON_BYTES = 60_000;

/** So much may come in a streamed answer, weighed, before it is acknowledged: each time costs a request. */
const TELL_AFTER_BYTES: number = 2 * 1024 * 1024;

export class HttpTransport implements ClientTransport {
  readonly name: TransportName;
  readonly sharesTasks = true;
  tellAfterBytes: number = TELL_AFTER_BYTES;
  /** A request acknowledges what it has brought. */
  readonly pendingBytes: number = UNLIMITED;

  private readonly session: Session;
  private readonly kind: ExchangeKind;
  private readonly path: Path;
  /** The last attach stated, and whether the server has said that it holds. */
  private attachNumber = 0;
  private attached = false;
  /** Whether this attach was stated twice. */
  private repeated = false;

  // The two requests under way: what aborts each.
  private abortSend: (() => void) | undefined;
  private abortPoll: (() => void) | undefined;

  constructor(session: Session, kind: ExchangeKind) {
    this.name = kind.name;
    this.session = session;
    this.kind = kind;
    this.path = session.path as Path;
    if (!this.path) session.path = this.path = new Path(session.serverOrigin);
  }

  // From the connector.

  attach({ attach, received }: Statement): void {
    this.giveUp();
    this.attachNumber = attach;
    this.attached = this.repeated = false;
    this.state(received);
  }

  /** What became of the requests under way is not known after a sleep: they are made again, and one is answered at once. */
  check(): void {
    if (this.abortPoll) this.abortPoll();
    this.poll();
    if (!this.abortSend) this.post(this.session.received, [], CHECK_MS);
  }

  leave(): void {
    const body = this.body('now', this.session.received, this.unacknowledged(MAX_BEACON_BYTES));
    const navigator = this.kind.navigator ? this.kind.navigator() : globalThis.navigator;
    if (navigator.sendBeacon) navigator.sendBeacon(this.session.httpUrl, body);
  }

  giveUp(isOver?: boolean): void {
    // The last one acknowledges the peer's close.
    if (this.abortSend && !isOver) this.abortSend();
    if (this.abortPoll) this.abortPoll();
    this.abortSend = this.abortPoll = undefined;
  }

  // From the session.

  get maxFragmentBytes(): number {
    const maxBytes = Math.min(this.session.maxBodyBytes, this.path.body.value);
    return maxBytes / this.kind.overhead - BODY_OVERHEAD_BYTES;
  }

  capacity(): number {
    return this.abortSend ? 0 : this.maxFragmentBytes;
  }

  send(capacityBytes: number): void {
    const { session } = this;
    this.post(session.told(), session.take(capacityBytes));
  }

  onAttached(attached: Attached, { isHeld }: Incoming): void {
    const { session } = this;
    if (!this.attached) {
      this.attached = true;
      const isNew = this.attachNumber > session.attachNumber;
      session.events.onAttached(this, attached);
      // What another transport has sent with the same attach may arrive still, under the number that it has.
      if (isNew && this.isCurrent && session.acknowledged === attached.received) this.cut();
    } else if (this.isCurrent) {
      session.acknowledge(attached.received);
      session.settle();
      // Of answers that come side by side, one kind alone can say how it stands now.
      if (isHeld) session.holdUp(!!attached.paused);
    }
  }

  onControl(verb: string): void {
    if (verb === 'stalled') this.path.streams = false;
  }

  // Within.

  private state(received: number | null): void {
    const isBack = this.attachNumber > 0 && received !== null && !this.session.current;
    this.post(received, isBack ? this.unacknowledged(MAX_RESENT_BYTES) : []);
  }

  /**
   * What the server may not have, whether it is on its way or not: it drops what it has. All of it counts as unsent still. Nothing, where not
   * even the first fragment is so small.
   */
  private unacknowledged(maxBytes: number): WireMessage[] {
    const { session } = this;
    session.rewind(0);
    const messages = session.take(maxBytes);
    const fits = session.sentBytes <= maxBytes;
    session.rewind(0);
    return fits ? messages : [];
  }

  /** Makes fragments of all that is held that fit a body, with new numbers. */
  private cut(): void {
    const { session } = this;
    const { held } = session;
    if (!held.some(({ bytes }) => bytes > this.maxFragmentBytes)) return;
    session.held = [];
    session.unsentBytes = 0;
    for (const item of held) {
      if (item.isClose) session.hold(item);
      else session.appendFragments(item.data, item.more);
    }
  }

  private post(
    received: number | null,
    messages: readonly WireMessage[],
    silenceMs: number = graceMs(this.session.expiryMs),
  ): void {
    const { session } = this;
    const body = this.body('now', received, messages);
    const startedAt = performance.now();
    const isEmpty = messages.length === 0;
    const incoming: Incoming = {};
    this.abortSend = sendRequest(this.kind.exchange, session.httpUrl, body, silenceMs, {
      onMessage: (message) => {
        if (isEmpty) session.roundTripMs = performance.now() - startedAt;
        session.read(this, incoming, message);
      },
      onDone: () => {
        this.abortSend = undefined;
        this.path.body.kept(body.length * this.kind.overhead);
        if (!this.isCurrent) return;
        // Before it takes the one connection that is open.
        session.flush();
        // The first one only now: by its count it acknowledges what the answer has brought.
        if (!this.abortPoll) this.poll();
      },
      onFailed: (failure) => {
        if (failure.tooLarge) this.path.body.exceeded(body.length * this.kind.overhead);
        // One request may be lost, or meet a gateway that has a bad moment: the path is not judged by it.
        if (this.attached || this.repeated || failure.foreign === true || failure.retryAfterMs)
          return this.fail(failure);
        this.repeated = true;
        this.state(received);
      },
    });
  }

  private poll(): void {
    const { path, session } = this;
    const { expiryMs } = session;
    const { streams } = path;
    const longestMs = holdMs(path.hold.value, expiryMs);
    const startedAt = performance.now();
    let firstAt = 0;
    const incoming: Incoming = { isHeld: true };
    const body = this.body(streams ? 'stream' : 'hold', session.told());
    this.abortPoll = sendRequest(this.kind.exchange, session.httpUrl, body, longestMs + graceMs(expiryMs), {
      onMessage: (message) => {
        firstAt ||= performance.now();
        // Not what a held answer brings: its end is near, and the next request says it.
        if (!streams) this.tellAfterBytes = UNLIMITED;
        session.read(this, incoming, message);
        this.tellAfterBytes = TELL_AFTER_BYTES;
      },
      onDone: () => {
        this.abortPoll = undefined;
        const now = performance.now();
        if (path.streams === undefined && now - firstAt >= APART_MS) path.streams = true;
        if (now - startedAt >= longestMs) path.hold.kept(longestMs);
        if (this.isCurrent) this.poll();
      },
      onFailed: (failure) => {
        path.hold.exceeded(performance.now() - startedAt);
        this.fail(failure);
      },
    });
  }

  /** The attach statement, and what goes along with it. */
  private body(
    answer: Answer,
    received: number | null,
    messages: readonly WireMessage[] = [],
  ): Uint8Array<ArrayBuffer> {
    const { id, secret, protocols, expiryMs } = this.session;
    const offered = received === null ? `,"protocols":${JSON.stringify(protocols)}` : '';
    return writeBody([
      `~attach {"version":${PROTOCOL_VERSION},"session":"${id}","secret":"${secret}","attach":${this.attachNumber},"received":${received},"answer":"${answer}","holdMs":${holdMs(this.path.hold.value, expiryMs)}${offered}}`,
      ...messages,
    ]);
  }

  private get isCurrent(): boolean {
    return this.session.current === this;
  }

  private fail(failure: Failure): void {
    this.giveUp();
    this.session.events.onFailed(this, failure);
  }
}
