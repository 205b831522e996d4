/**
 * A session on HTTP requests, whatever carries them: fetch makes it long polling, forms in iframes make it iframe streaming. One
 * request waits for messages, at most one more sends. A request that fails fails the transport, since nothing is known about
 * it: the connector attaches anew, and nothing is lost. What the path allows is learnt from what becomes of them (path.ts).
 */
import {
  type Answer,
  type Control,
  type HttpAttach,
  type NumberedItem,
  type Outgoing,
  parseAttached,
  parseCount,
} from '@holdfast/protocol';
import type {
  ClientTransport,
  Failure,
  Statement,
  TransportContext,
  TransportName,
} from './client-transport.ts';
import { type Exchange, graceMs, holdMs, requestBody, sendRequest } from './http-request.ts';
import { MAX_RESENT_BYTES, Path } from './path.ts';

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

/** A streamed answer whose beginning took this long, in ms, and came with its end, was held back. */
const GATHERED_AFTER_MS = 1000;

/** The statement and the frames' headers, at most, in bytes. */
const BODY_OVERHEAD_BYTES = 2048;

/** A page that wakes up does not wait longer for a sign of life, in ms, whatever the session could do with. */
const CHECK_MS = 1000;

/** What browsers let a page that goes away send, in bytes (Fetch §4.7: 64 KiB), less the statement. */
const MAX_BEACON_BYTES = 60_000;

export class HttpTransport implements ClientTransport {
  readonly name: TransportName;
  /** Not what a held answer brings: its end is near, and the next request says it. */
  acknowledges: 'never' | 'late' = 'late';

  private readonly context: TransportContext;
  private readonly kind: ExchangeKind;
  private readonly path: Path;
  /** The last attach stated, and whether the server has said that it holds. */
  private attachNumber = 0;
  private attached = false;
  /** Whether this attach was stated twice. */
  private repeated = false;

  // The two requests under way: what aborts each.
  private abortSend: (() => void) | undefined = undefined;
  private abortPoll: (() => void) | undefined = undefined;
  private sendingBytes = 0;

  constructor(context: TransportContext, kind: ExchangeKind) {
    this.name = kind.name;
    this.context = context;
    this.kind = kind;
    context.path ??= new Path(context.origin);
    this.path = context.path;
  }

  // ClientTransport: from the connector.

  attach({ attach, received }: Statement): void {
    this.abort();
    this.attachNumber = attach;
    this.attached = this.repeated = false;
    this.state(received);
  }

  /** What became of the requests under way is not known after a sleep: they are made again, and one is answered at once. */
  check(): void {
    const { received } = this.context.driver.session;
    this.abortPoll?.();
    this.poll();
    if (this.abortSend === undefined) this.post(this.statement('now', received), undefined, CHECK_MS);
  }

  leave(): void {
    const { received } = this.context.driver.session;
    const body = requestBody(this.statement('now', received), this.unacknowledged(MAX_BEACON_BYTES));
    const navigator = this.kind.navigator?.() ?? globalThis.navigator;
    navigator?.sendBeacon?.(this.context.httpUrl, body);
  }

  abort(): void {
    this.abortSend?.();
    this.abortPoll?.();
    this.abortSend = this.abortPoll = undefined;
    this.sendingBytes = 0;
  }

  // Transport: from the driver.

  get pendingBytes(): number {
    return this.sendingBytes;
  }

  get maxFragmentBytes(): number {
    const maxBytes = Math.min(this.context.maxBodyBytes, this.path.maxBodyBytes);
    return maxBytes / this.kind.overhead - BODY_OVERHEAD_BYTES;
  }

  capacity(): number {
    return this.abortSend === undefined ? this.maxFragmentBytes : 0;
  }

  send(outgoing: Outgoing): void {
    this.post(this.statement('now', outgoing.received), outgoing);
  }

  release(reason: 'superseded' | 'over' | 'gone'): void {
    // What is on its way acknowledges the peer's close: it is left to arrive.
    if (reason === 'over') this.abortSend = undefined;
    this.abort();
  }

  private state(received: number | null): void {
    const isBack = this.attachNumber > 0 && received !== null && this.context.driver.transport === undefined;
    this.post(this.statement('now', received), isBack ? this.unacknowledged(MAX_RESENT_BYTES) : undefined);
    this.sendingBytes = 0; // it is still buffered, too
  }

  /**
   * What the server may not have, whether it is on its way or not: it drops what it has. All of it counts as unsent still. Nothing, where not
   * even the first fragment is so small.
   */
  private unacknowledged(maxBytes: number): Outgoing | undefined {
    const { outgoing, received } = this.context.driver.session;
    outgoing.rewind(outgoing.acknowledged);
    const run = outgoing.take(maxBytes);
    const fits = outgoing.heldBytes - outgoing.unsentBytes <= maxBytes;
    outgoing.rewind(outgoing.acknowledged);
    return fits ? { run, received, controls: [] } : undefined;
  }

  private post(
    statement: HttpAttach,
    outgoing?: Outgoing,
    silenceMs: number = graceMs(this.context.expiryMs),
  ): void {
    const { context } = this;
    const body = requestBody(statement, outgoing);
    const startedAt = performance.now();
    this.sendingBytes = outgoing === undefined ? 0 : body.length;
    this.abortSend = sendRequest(this.kind.exchange, context.httpUrl, body, silenceMs, {
      onMessage: (message) => {
        if (outgoing === undefined) context.roundTripMs = performance.now() - startedAt;
        this.onMessage(message);
      },
      onDone: () => {
        this.abortSend = undefined;
        this.sendingBytes = 0;
        this.path.took(body.length * this.kind.overhead);
        if (!this.isCurrent) return;
        // Before it takes the one connection that is open.
        context.driver.flush();
        // The first one only now: by its count it acknowledges what the answer has brought.
        if (this.abortPoll === undefined) this.poll();
      },
      onFailed: (failure) => {
        if (failure.tooLarge === true) this.path.tooLarge(body.length * this.kind.overhead);
        // One request may be lost, or meet a gateway that has a bad moment: the path is not judged by it.
        const isAnswer = failure.foreign === true || failure.retryAfterMs !== undefined;
        if (this.attached || this.repeated || isAnswer) return this.fail(failure);
        this.repeated = true;
        this.state(statement.received);
      },
    });
  }

  private poll(): void {
    const { path } = this;
    const { driver, expiryMs, httpUrl } = this.context;
    const streamed = path.streams === 'yes';
    const longestMs = holdMs(path.holdMs, expiryMs);
    const body = requestBody(this.statement(streamed ? 'stream' : 'hold', driver.session.received));
    driver.saidReceived();
    const startedAt = performance.now();
    let firstAt = 0;
    this.abortPoll = sendRequest(this.kind.exchange, httpUrl, body, longestMs + graceMs(expiryMs), {
      onMessage: (message) => {
        firstAt ||= performance.now();
        if (!streamed) this.acknowledges = 'never';
        this.onMessage(message, true);
        this.acknowledges = 'late';
      },
      onDone: () => {
        this.abortPoll = undefined;
        const now = performance.now();
        this.learn(streamed, firstAt - startedAt, now - firstAt);
        if (now - startedAt >= longestMs) path.held();
        if (this.isCurrent) this.poll();
      },
      onFailed: (failure) => {
        path.killed(performance.now() - startedAt);
        this.fail(failure);
      },
    });
  }

  private onMessage(message: NumberedItem | Control, isPoll = false): void {
    const { driver, events } = this.context;
    if (message.kind !== 'control') {
      if (this.isCurrent) driver.receive(message.number, message);
      return;
    }
    const { verb, argument } = message;
    if (verb === 'attached') this.onAttached(argument, isPoll);
    else if (verb === 'gone') events.onGone(this, argument);
    else if (verb === 'stalled') this.path.streams = 'never';
    else if (verb === 'superseded') {
      const newest = parseCount(argument);
      // By a request of the same attach, which is given up by now: whoever waits next takes over again.
      if (newest === this.attachNumber) return;
      this.abort();
      events.onSuperseded(this, newest);
    } else if (this.isCurrent) driver.control(verb, argument);
  }

  private onAttached(argument: string, isPoll: boolean): void {
    const attached = parseAttached(argument);
    const { driver } = this.context;
    if (this.attached) {
      if (!this.isCurrent) return;
      driver.acknowledge(attached.received);
      // Of answers that come side by side, one kind alone can say how it stands now.
      if (isPoll) driver.heldUp(attached.paused === true);
      return;
    }
    this.attached = true;
    this.context.events.onAttached(this, attached);
  }

  /** From how an answer arrived: how long until its first bytes, and from these to its end. */
  private learn(streamed: boolean, untilFirstMs: number, untilEndMs: number): void {
    const { path } = this;
    if (path.streams === 'unknown' && untilEndMs >= APART_MS) path.streams = 'yes';
    else if (streamed && untilEndMs < APART_MS && untilFirstMs > GATHERED_AFTER_MS) path.streams = 'never';
  }

  private statement(answer: Answer, received: number | null): HttpAttach {
    const { session, secret, protocols } = this.context;
    return {
      session,
      secret,
      attach: this.attachNumber,
      received,
      answer,
      holdMs: answer === 'now' ? undefined : holdMs(this.path.holdMs, this.context.expiryMs),
      protocols: received === null ? protocols : undefined,
    };
  }

  private get isCurrent(): boolean {
    return this.context.driver.transport === this;
  }

  private fail(failure: Failure): void {
    this.abort();
    this.context.events.onFailed(this, failure);
  }
}
