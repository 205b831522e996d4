/**
 * What requests have shown of their path, for all transports of a session that make any: whether it passes answers on as they come, for how
 * long it lets one hang, how large a body it takes. The latter two are remembered for the next page, too. A lesson may be wrong (a server
 * that was restarted looks like a gateway with little patience), so it costs little, and is unlearnt or forgotten.
 */
import { recall, remember } from '../memory.ts';
import { UNLIMITED } from '../timer.ts';

/** How long the server is asked to hold a request, in ms: many a proxy gives one up after 30 s. */
const LONGEST_HOLD_MS = 18_000;

/** The least, in ms: what kills a request sooner than twice this is no limit to its time. */
const LEAST_HOLD_MS = 500;

/** Each hold that was let be may be this much longer than the last one: some fourteen of them until it meets the same limit again. */
const HOLD_GROWTH = 1.05;

/** The least body, in bytes: what is sent along with an attach fits it, in base64 too ({@link MAX_RESENT_BYTES}). */
const LEAST_BODY_BYTES = 10 * 1024;

/**
 * For so long after a body was too large, in ms, no larger one is tried, and twice as long once one was: where the limit is real, seldom; where it
 * was a moment without a server, soon enough.
 */
const BODY_PATIENCE_MS = 30_000;
const LONGEST_BODY_PATIENCE_MS = 600_000;

/** Beyond this, in bytes, there is no limit: it is what proxies allow by default, and twice what a server of ours reads. */
const LARGEST_BODY_BYTES = 1024 * 1024;

/** What is sent with the attach when a session comes back, in bytes: little enough not to delay the answer. */
export const MAX_RESENT_BYTES = 4096;

export class Path {
  /** Whether answers stream: yes once one was seen to come in pieces, never again once one was held back. */
  streams: 'unknown' | 'yes' | 'never' = 'unknown';
  /** How long an answer may hang, in whole ms. */
  holdMs: number;
  /** How large a body may be on the wire, in bytes. */
  maxBodyBytes: number;

  /** The largest body that was taken since one failed, in bytes. */
  private takenBytes = 0;
  /** Until when no larger body is tried, and for how long from the next refusal on. */
  private growsAt: number = performance.now() + BODY_PATIENCE_MS;
  private patienceMs = BODY_PATIENCE_MS;

  private readonly hold: string;
  private readonly body: string;

  /** @param origin of the server */
  constructor(origin: string) {
    this.hold = `${origin} hold`;
    this.body = `${origin} body`;
    this.holdMs = Number(recall(this.hold) || LONGEST_HOLD_MS);
    this.maxBodyBytes = Number(recall(this.body) || UNLIMITED);
  }

  /** An answer that hung for so long, in ms, was cut. */
  killed(afterMs: number): void {
    const halfMs = Math.floor(afterMs / 2);
    if (halfMs >= LEAST_HOLD_MS) this.holdMs = Math.min(this.holdMs, halfMs);
  }

  /** An answer hung for as long as it was to. */
  held(): void {
    const isLess = this.holdMs < LONGEST_HOLD_MS;
    remember(this.hold, isLess ? `${this.holdMs}` : undefined);
    if (isLess) this.holdMs = Math.min(Math.ceil(this.holdMs * HOLD_GROWTH), LONGEST_HOLD_MS);
  }

  /**
   * A body of so many bytes on the wire was taken. One that fills the limit lets the next be twice as large, in time: what seemed too large may
   * have met another fault.
   */
  took(bytes: number): void {
    this.takenBytes = Math.max(this.takenBytes, bytes);
    if (this.maxBodyBytes === UNLIMITED || bytes < this.maxBodyBytes / 2) return;
    if (performance.now() < this.growsAt) return;
    const grown = 2 * this.maxBodyBytes;
    this.maxBodyBytes = grown < LARGEST_BODY_BYTES ? grown : UNLIMITED;
    this.patienceMs = Math.min(2 * this.patienceMs, LONGEST_BODY_PATIENCE_MS);
    remember(this.body, grown < LARGEST_BODY_BYTES ? `${grown}` : undefined);
  }

  /** A body of so many bytes on the wire was too large, or so it seems: a form's failure does not say why. */
  tooLarge(bytes: number): void {
    const { takenBytes } = this;
    this.takenBytes = 0;
    // Such a one was taken: it was something else, or the next one will fail, too.
    if (bytes <= takenBytes) return;
    this.growsAt = performance.now() + this.patienceMs;
    const maxBytes = Math.max(bytes / 2, LEAST_BODY_BYTES);
    if (maxBytes >= Math.min(bytes, this.maxBodyBytes)) return;
    this.maxBodyBytes = maxBytes;
    remember(this.body, `${maxBytes}`);
  }
}
