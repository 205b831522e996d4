/**
 * Notices that nothing comes any more on a connection that looks alive: within a moment where the server owes an answer, else by a ping
 * now and then. It is told what is heard and what is sent, and has pings sent; it does not know what either is, nor what
 * becomes of a connection that is silent.
 */
import { isHidden } from '../page.ts';
import type { Session } from '../session.ts';
import { Timer, UNLIMITED } from '../timer.ts';

/** A young connection has yet to show that the path lets it live: silence is trusted for as long as opening took, or this, in ms... */
const LEAST_PATIENCE_MS = 600;
/** ...until it is this old, in ms. */
const YOUNG_MS = 10_000;
/** An older one has earned more, in ms: a server that stands still for a moment must not lose all its clients at once. */
const LONG_PATIENCE_MS = 5000;
/** What is late has this much time from the last sign of life on, in ms, whatever that was. */
const LATE_PATIENCE_MS = 300;
/** What is on its way may be this slow, in bytes per ms (16 KiB/s). */
const SLOWEST_UPLOAD = 16;

// Of the keepalive interval: a ping after so much silence, and the end after so much more. Together less than one and a half, since
// both timers of a hidden page come up to a second late.
const PING_AFTER = 0.75;
const END_AFTER = 0.5;

/** A timer that comes this late, in ms, says that the page slept; what was due then may have come meanwhile. */
const LATE_MS = 2000;

export abstract class WatchedConnection {
  protected readonly session: Session;
  private beganAt: number = performance.now();
  private shortPatienceMs = LEAST_PATIENCE_MS;

  private heardAt = 0;
  /** Whether something has come since. */
  private hasHeardMore = false;
  private pingedAt = 0;
  /** When something is to have come, at the latest; `UNLIMITED` where nothing is owed. */
  private dueAt = UNLIMITED;
  /** The same of an acknowledgement of more than `acknowledgedThen`. */
  private acknowledgementDueAt = UNLIMITED;
  private acknowledgedThen = 0;
  private readonly silenceTimer: Timer = new Timer();
  /** Set when something was heard, or by itself, and by no other timer: in a hidden page it comes, where the other may be a minute late. */
  private readonly freshTimer: Timer = new Timer();
  /** Whether it was by something that was heard. */
  private isFresh = false;
  /** When the one of both comes that was set last. */
  private timerAt = 0;

  constructor(session: Session) {
    this.session = session;
  }

  /** Sends something that the server answers at once. */
  abstract ping(): void;

  /** Nothing came that was due; for so many ms nothing at all. The last call. */
  abstract onSilent(ms: number): void;

  /** The session is attached, by what was heard last; a `check` follows. */
  begin(): void {
    this.acknowledgementDueAt = UNLIMITED;
    this.shortPatienceMs = Math.max(LEAST_PATIENCE_MS, this.heardAt - this.beganAt);
    this.beganAt = this.heardAt;
  }

  /**
   * Something has come; what it is, is not known yet.
   *
   * @param isOneOfMany whether `readClock` follows soon: reading it, and all else that asks the platform, costs too much for each of them
   */
  hear(isOneOfMany = false): void {
    this.hasHeardMore = true;
    if (!isOneOfMany) this.readClock();
    this.dueAt = UNLIMITED;
  }

  /** It is about now that the last message came. */
  readClock(): void {
    if (this.hasHeardMore) this.heardAt = performance.now();
    this.hasHeardMore = false;
  }

  /** What has come is known, and the session still attached: more of it may be owed. */
  waitOn(): void {
    const { acknowledged, cursor } = this.session;
    if (acknowledged === cursor || acknowledged > this.acknowledgedThen)
      this.acknowledgementDueAt = UNLIMITED;
    if (acknowledged < cursor) this.expectAcknowledgement();
    // Timers that timers have set, again and again, come once a minute in a page that has been hidden for long.
    if (!this.hasHeardMore && !this.isFresh && isHidden()) {
      this.isFresh = true;
      this.freshTimer.stop();
      this.setTimer(this.freshTimer);
    }
  }

  /** Something was sent that the server acknowledges. */
  expectAcknowledgement(): void {
    const { keepaliveMs, acknowledged, sentBytes } = this.session;
    const now = performance.now();
    if (this.acknowledgementDueAt === UNLIMITED) {
      const leastMs = now - this.beganAt < YOUNG_MS ? this.shortPatienceMs : LONG_PATIENCE_MS;
      const patienceMs = leastMs + sentBytes / SLOWEST_UPLOAD;
      this.acknowledgementDueAt = now + Math.min(patienceMs, keepaliveMs);
      this.acknowledgedThen = acknowledged;
    }
    this.expect(Math.max(this.acknowledgementDueAt - now, LATE_PATIENCE_MS));
  }

  /** Asks for a sign of life now. Whatever was due before: perhaps nobody was there to hear it. */
  check(): void {
    this.dueAt = this.acknowledgementDueAt = UNLIMITED;
    this.pingFor(this.shortPatienceMs);
  }

  /** The answer to a ping has come. @returns how long it took, in ms */
  pong(): number {
    return performance.now() - this.pingedAt;
  }

  stop(): void {
    this.silenceTimer.stop();
    this.freshTimer.stop();
    this.dueAt = 0; // whatever is sent now, nothing is waited for
  }

  private pingFor(patienceMs: number): void {
    this.pingedAt = performance.now();
    this.ping();
    this.expect(patienceMs);
  }

  private expect(withinMs: number): void {
    if (this.dueAt < UNLIMITED) return;
    this.dueAt = performance.now() + withinMs;
    this.setTimer();
  }

  /** One that comes too early asks again: so most of what is due needs none of its own. */
  private setTimer(timer: Timer = this.silenceTimer): void {
    const pingAt = this.heardAt + this.session.keepaliveMs * PING_AFTER;
    const at = this.dueAt < UNLIMITED ? this.dueAt : pingAt;
    if (timer.isRunning && this.timerAt <= at) return;
    this.timerAt = at;
    timer.schedule(at - performance.now(), () => this.onTimer(timer, at));
  }

  private onTimer(timer: Timer, at: number): void {
    // What it was set for is looked at now. Where it is one that comes seldom, it must not be in the way of what is set next.
    this.silenceTimer.stop();
    this.readClock();
    const now = performance.now();
    const { keepaliveMs } = this.session;
    // Of two, the fresh one tells whether the page slept: the other may just be one that comes seldom.
    if (now - at > LATE_MS) {
      if (!this.freshTimer.isRunning) this.check();
    } else if (now >= this.dueAt) {
      this.onSilent(now - this.heardAt);
      return;
    } else if (this.dueAt < UNLIMITED || now - this.heardAt < keepaliveMs * PING_AFTER) this.setTimer();
    else this.pingFor(keepaliveMs * END_AFTER);
    // The second or third in a row is not put off either, and after so many something was heard, or the connection is silent.
    this.isFresh = false;
    if (timer === this.freshTimer) this.setTimer(timer);
  }
}
