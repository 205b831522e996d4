/**
 * One end of a simulated session: the driver's host, and an application that sends messages of all kinds and checks each
 * that comes against what the other end sent. What it finds wrong goes into `problems`.
 */

import type { ProtocolError } from '../src/errors.ts';
import type { Payload } from '../src/item.ts';
import { ItemBuffer } from '../src/item-buffer.ts';
import { ServerDriver as Driver, type ServerDriverHost as DriverHost } from '../src/server-driver.ts';
import { ServerSession as Session } from '../src/server-session.ts';
import type { Random, SimulatedClock } from './simulated-clock.ts';

/** Far longer than the faults last, so that a session ends by it only if nobody came back. */
export const EXPIRY_MS = 30_000;

/** Up to four fragments; of a length that is prime to theirs, so that the border falls anywhere within the pattern. */
const PATTERN = '~é😀 some text... ';
const LARGE_TEXT = PATTERN.repeat(6_000);
const LARGE_BYTES = new Uint8Array(100_000).map((_, index) => index);

/** Beginnings that the wire must not mistake for its own. */
const BEGINNINGS = ['', '', '~', '~~', '~more', '~close 1000 ', '~from 0', '~ack 99 ', 'é', '😀'];

export class SimulatedEnd implements DriverHost {
  readonly name: string;
  readonly driver: Driver;
  readonly problems: string[];
  /** The messages sent before the close, text as strings. */
  readonly sent: Payload[] = [];
  /** The code of the close the application asked for, where that came in time. */
  closedWith: number | undefined = undefined;
  /** When the application asked for a close. */
  closedAtMs = Number.POSITIVE_INFINITY;
  /** The code that ended the session for the application. */
  closeCode: number | undefined = undefined;
  /** When that was. */
  closeHeardAtMs = Number.POSITIVE_INFINITY;
  received = 0;
  /** How long the application waited for each acknowledgement that it had asked for. */
  readonly waitsMs: number[] = [];
  /** The most that came while it had paused, in units of length. */
  mostHeldLength = 0;
  /** When nothing was owed any more; undefined before. */
  finishedAtMs: number | undefined = undefined;
  /** Called when the session is to be forgotten. */
  onForgotten: (() => void) | undefined = undefined;
  /** The other end, whose messages come here. */
  peer: SimulatedEnd | undefined = undefined;

  private readonly clock: SimulatedClock;
  private readonly random: Random;
  private readonly largeProbability: number;
  /** How many messages it may still send in answer to others. */
  private answers = 10;
  private flushScheduled = false;
  private cancelDeadline: (() => void) | undefined = undefined;
  private hasDeadline = false;
  private acknowledged = 0;
  /** Counts that the application waits for, and since when. */
  private awaited: { readonly count: number; readonly sinceMs: number }[] = [];
  /** What has come since the application paused; undefined while it takes what comes. */
  private held: (() => void)[] | undefined = undefined;
  private heldLength = 0;

  constructor(name: string, clock: SimulatedClock, random: Random, options: EndOptions) {
    this.name = name;
    this.clock = clock;
    this.random = random;
    this.problems = options.problems;
    this.largeProbability = options.largeProbability;
    this.driver = new Driver(new Session({ maxMessageBytes: 1e6 }, new ItemBuffer()), this, EXPIRY_MS);
  }

  /** The application sends one message. */
  send(): void {
    if (this.driver.state !== 'open' || this.driver.session.closeSent) return;
    const { random } = this;
    const number = this.sent.length;
    const large = random.chance(this.largeProbability);
    if (random.chance(0.3)) {
      const bytes = large ? LARGE_BYTES.subarray(random.integer(0, 70_000)) : Uint8Array.of(0x7e, number);
      this.sent.push(bytes);
      this.driver.send(bytes, true);
      this.awaitSometimes();
      return;
    }
    const body = large
      ? LARGE_TEXT.slice(PATTERN.length * random.integer(0, 4_000))
      : `${this.name} ${number}`;
    const text = random.chance(0.05) ? '' : random.pick(BEGINNINGS) + body;
    this.sent.push(text);
    this.driver.send(text, false);
    this.awaitSometimes();
  }

  /** The application takes nothing for a while. */
  pause(forMs: number): void {
    if (this.held !== undefined || this.closeCode !== undefined) return;
    this.held = [];
    this.driver.pause();
    this.clock.after(forMs, () => this.resume());
  }

  /** The application closes. */
  close(code: number): void {
    if (this.driver.state === 'open' && !this.driver.session.closeSent) {
      this.closedWith = code;
      this.closedAtMs = this.clock.now;
    }
    this.driver.close(code, `reason ${code}`);
  }

  /** Whether everything has been acknowledged, or need not be any more. */
  get isSettled(): boolean {
    const { outgoing } = this.driver.session;
    return this.finished || outgoing.acknowledged === outgoing.next;
  }

  get finished(): boolean {
    return this.finishedAtMs !== undefined;
  }

  /** What is still held or waited for. */
  get leftovers(): string[] {
    const { outgoing } = this.driver.session;
    const found: string[] = [];
    if (this.driver.state !== 'finished') found.push(`state ${this.driver.state}`);
    if (this.driver.transport !== undefined) found.push(`transport ${this.driver.transport.name}`);
    if (this.hasDeadline) found.push('a deadline');
    // An acknowledgement of the close may be lost for good, where the peer has let go already; never what it says.
    const arrived = this.peer?.driver.session.received;
    const isClosedByBoth = this.closeCode !== 1006 && this.peer?.closeCode !== 1006;
    if (isClosedByBoth && arrived !== outgoing.next) {
      found.push(`${outgoing.next} items, of which the peer has ${arrived}`);
    }
    return found.map((what) => `${this.name} is left with ${what}`);
  }

  now(): number {
    return this.clock.now;
  }

  onFlushDue(): void {
    if (this.finished) this.problem('wants a flush after its end');
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    this.clock.after(0, () => {
      this.flushScheduled = false;
      this.driver.flush();
    });
  }

  onDeadline(at: number | undefined): void {
    if (this.finished) this.problem('sets a deadline after its end');
    this.cancelDeadline?.();
    this.hasDeadline = at !== undefined;
    if (at === undefined) return;
    if (at < this.clock.now) this.problem('sets a deadline in the past');
    this.cancelDeadline = this.clock.after(at - this.clock.now, () => {
      this.hasDeadline = false;
      if (this.finished) this.problem('has a deadline after its end');
      this.driver.tick();
    });
  }

  onMessage(data: Payload, binary: boolean): void {
    if (this.held === undefined) {
      this.accept(data, binary);
      return;
    }
    this.held.push(() => this.accept(data, binary));
    this.heldLength += data.length;
    // Once it closes it is sent what it is still owed.
    if (this.driver.session.closeSent) return;
    this.mostHeldLength = Math.max(this.mostHeldLength, this.heldLength);
  }

  private accept(data: Payload, binary: boolean): void {
    if (this.closeCode !== undefined) this.problem('gets a message after its close');
    const expected = this.peer?.sent[this.received++];
    if (!isSame(data, binary, expected)) this.problem(`gets a wrong message ${this.received - 1}`);
    if (this.answers > 0 && this.random.chance(0.1)) {
      this.answers--;
      this.send();
    }
  }

  onPing(data: string): void {
    this.driver.pong(data);
  }

  onPong(data: string): void {
    if (data !== this.name) this.problem(`gets a pong of ${data}`);
  }

  onAcknowledged(count: number): void {
    if (count < this.acknowledged) this.problem('is told a lower count');
    this.acknowledged = count;
    while (this.awaited[0] !== undefined && this.awaited[0].count <= count) {
      const { sinceMs } = this.awaited.shift() as { sinceMs: number };
      this.waitsMs.push(this.clock.now - sinceMs);
    }
  }

  onError(error: ProtocolError): void {
    this.problem(`has an error: ${error.message}`);
  }

  onClose(code: number, reason: string): void {
    this.deliver(() => this.endForApplication(code, reason));
    if (code === 1006) this.resume();
  }

  private endForApplication(code: number, reason: string): void {
    if (this.closeCode !== undefined) this.problem('is closed twice');
    this.closeCode = code;
    this.closeHeardAtMs = this.clock.now;
    if (code === 1006) return;
    const sent = this.peer?.sent.length;
    if (sent !== this.received) this.problem(`is closed after ${this.received} of ${sent} messages`);
    const expected = this.peer?.closedWith ?? this.closedWith;
    if (code !== expected) this.problem(`is closed with ${code} and not ${expected}`);
    if (reason !== `reason ${code}`) this.problem(`gets the reason ${reason}`);
  }

  onFinished(): void {
    if (this.finished) this.problem('is finished twice');
    if (this.closeCode === undefined && this.held === undefined) this.problem('is finished before its close');
    this.finishedAtMs = this.clock.now;
    this.onForgotten?.();
  }

  private resume(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    this.heldLength = 0;
    for (const event of held) event();
    this.driver.resume();
  }

  private deliver(event: () => void): void {
    if (this.held === undefined) event();
    else this.held.push(event);
  }

  private awaitSometimes(): void {
    if (!this.random.chance(0.2)) return;
    this.driver.awaitAcknowledgement();
    this.awaited.push({ count: this.driver.session.outgoing.next, sinceMs: this.clock.now });
  }

  problem(what: string): void {
    this.problems.push(`${this.name} ${what}, at ${this.clock.now} ms`);
  }
}

export interface EndOptions {
  readonly problems: string[];
  /** How many messages are of several fragments. */
  readonly largeProbability: number;
}

/** Whether `data`, text as a string or in UTF-8, is the message that was sent. */
function isSame(data: Payload, binary: boolean, sent: Payload | undefined): boolean {
  if (sent === undefined || binary !== (typeof sent !== 'string')) return false;
  if (typeof data === 'string') return data === sent;
  return Buffer.compare(data, typeof sent === 'string' ? Buffer.from(sent) : sent) === 0;
}
