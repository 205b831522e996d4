/**
 * The sessions of one server, by id: who may attach to which (PROTOCOL.md §3, §4). It creates a session for a client that
 * was never attached, finds one that lives, and remembers for a while those that do not, so that a request which comes
 * late or twice raises no ghost. It does not know how a statement came nor how it is answered.
 */
import { type Attach, type Attached, control, type Welcome } from '@holdfast/protocol';
import { SessionChannel, type SessionLimits } from './session-channel.ts';
import { Timeouts } from './timeouts.ts';

/** Options of {@link Sessions}. */
export interface SessionsOptions extends SessionLimits {
  /** The most sessions at once; beyond it new ones are refused with 503. */
  readonly maxSessions: number;
  /** After how much silence an end pings, in ms. */
  readonly keepaliveMs: number;
  /** The largest body of a request, in bytes. */
  readonly maxBodyBytes: number;
}

interface EndedSession {
  /** In ms, `performance.now`. */
  readonly forgetAt: number;
  readonly whyGone: string;
}

/** A session as the transports see it. */
export class AttachedSession {
  readonly id: string;
  readonly channel: SessionChannel;
  /** The application's subprotocol, or ''. */
  readonly protocol: string;
  private readonly secret: string;
  private readonly welcome: Welcome;
  /** The highest attach number seen. */
  private attachNumber = 0;

  constructor(attach: Attach, protocol: string, options: SessionsOptions, timeouts: Timeouts) {
    this.id = attach.session;
    this.secret = attach.secret;
    this.channel = new SessionChannel(options, timeouts);
    this.protocol = protocol;
    const { expiryMs, keepaliveMs, maxBodyBytes } = options;
    this.welcome = { protocol, expiryMs, keepaliveMs, maxBodyBytes };
  }

  get newestAttach(): number {
    return this.attachNumber;
  }

  isSecret(secret: string): boolean {
    const { length } = this.secret;
    if (secret.length !== length) return false;
    // All of it is looked at, whatever is found: the time tells nothing.
    let difference = 0;
    for (let i = 0; i < length; i++) difference |= secret.charCodeAt(i) ^ this.secret.charCodeAt(i);
    return difference === 0;
  }

  /**
   * Whether an attach with this number may take over (§4: newest wins). A transport that is older is let go. A client that states what it
   * has received has seen an answer.
   */
  admit({ attach, received }: Pick<Attach, 'attach' | 'received'>): boolean {
    if (received !== null) this.channel.confirm();
    if (attach === 0 || attach < this.attachNumber) return false;
    if (attach > this.attachNumber) {
      this.attachNumber = attach;
      const { driver } = this.channel;
      const older = driver.transport;
      if (older !== undefined) {
        driver.detach(older);
        older.release('superseded', attach);
      }
      // The client has given up what went before: nothing is on its way any more, and the answer may bring it again.
      const { outgoing } = driver.session;
      outgoing.rewind(outgoing.acknowledged);
    }
    return true;
  }

  /** The answer to an attach that was admitted: the session's count as it is now. */
  attached(statement: Pick<Attach, 'attach' | 'received'>): string {
    const { driver } = this.channel;
    const { received } = driver.session;
    const { attach } = statement;
    const paused = driver.holdsPeerUp ? { paused: true } : undefined;
    if (statement.received !== null && !paused) return `{"attach":${attach},"received":${received}}`;
    const welcome = statement.received === null ? this.welcome : undefined;
    const answer: Attached = { attach, received, ...paused, ...welcome };
    return JSON.stringify(answer);
  }
}

export class Sessions {
  /** Of the sessions, and of the requests that they come by. */
  readonly timeouts: Timeouts = new Timeouts();
  private readonly options: SessionsOptions;
  private readonly live: Map<string, AttachedSession> = new Map();
  /** By their ids, in the order in which they ended. */
  private readonly ended: Map<string, EndedSession> = new Map();

  constructor(options: SessionsOptions) {
    this.options = options;
  }

  get size(): number {
    return this.live.size;
  }

  has(id: string): boolean {
    return this.live.has(id);
  }

  get isFull(): boolean {
    return this.live.size >= this.options.maxSessions;
  }

  /**
   * @returns the session to attach to; `'new'` where it is to be created; `'gone'` where there is none, or the
   *   secret is wrong
   */
  find(statement: Attach): AttachedSession | 'new' | 'gone' {
    const session = this.live.get(statement.session);
    if (session !== undefined) return session.isSecret(statement.secret) ? session : 'gone';
    this.forgetEnded();
    if (statement.received !== null || statement.attach === 0 || this.ended.has(statement.session))
      return 'gone';
    return 'new';
  }

  /** Creates the session that `find` said is new. */
  create(statement: Attach, protocol: string): AttachedSession {
    const session = new AttachedSession(statement, protocol, this.options, this.timeouts);
    this.live.set(session.id, session);
    session.channel.onForgotten = () => {
      this.live.delete(session.id);
      const { wasNeverUsed, whyGone } = session.channel;
      // Its client, if there is one, may ask for it still, and has nothing to lose by another.
      if (wasNeverUsed) return;
      this.ended.set(session.id, { forgetAt: performance.now() + this.options.expiryMs, whyGone });
    };
    return session;
  }

  /** What a client is told for which there is no session: also why, where that is known. */
  gone(id: string): string {
    return control('gone', this.ended.get(id)?.whyGone);
  }

  /** Bounded: an id is kept for as long as a session expires, and no more of them than there may be sessions. */
  private forgetEnded(): void {
    const now = performance.now();
    for (const [id, { forgetAt }] of this.ended) {
      if (forgetAt > now && this.ended.size <= this.options.maxSessions) return;
      this.ended.delete(id);
    }
  }
}
