/**
 * What requests have shown of their path, for all transports of a session that make any: whether it passes answers on as they come, for how
 * long it lets one hang, how large a body it takes. The latter two are remembered for the next page, too, once they have proven themselves. A
 * lesson may be wrong (a server that was restarted looks like a gateway with little patience), so it costs little, and is unlearnt or forgotten.
 */
import { recall, remember } from '../memory.ts';

/** How long the server is asked to hold a request, in ms: many a proxy gives one up after 30 s. */
const LONGEST_HOLD_MS = 18_000;
/** What kills a request sooner, in ms, is no limit to its time. */
const LEAST_HOLD_MS = 500;
/** Each hold that was let be may be this much longer than the last one: some fourteen of them until it meets the same limit again. */
const HOLD_GROWTH = 1.05;

/** The largest body, in bytes: what proxies allow by default, and twice what a server of ours reads. */
const LARGEST_BODY_BYTES = 1024 * 1024;
/** The least: a statement fits it, and what is sent along with one (http.ts), in base64 too. */
const LEAST_BODY_BYTES = 10 * 1024;
/** What refuses a body of some length does so for good: each try costs the transport. */
const BODY_GROWTH = 1;

/** The most of something that a path allows, as far as is known. */
export class Limit {
  /** A whole number. */
  value: number;
  private readonly place: string;
  private readonly least: number;
  private readonly most: number;
  private readonly growth: number;

  /** @param place where it is remembered */
  constructor(place: string, least: number, most: number, growth: number) {
    this.place = place;
    this.least = least;
    this.most = most;
    this.growth = growth;
    this.value = Number(recall(place) || most);
  }

  /** So much was too much, or so it seems: half of it is not. What is no more than the least says nothing. */
  exceeded(by: number): void {
    if (by > this.least) this.value = Math.min(this.value, Math.max(Math.ceil(by / 2), this.least));
  }

  /** So much was let be. Half of what it allows proves nothing. */
  kept(by: number): void {
    if (this.value >= this.most || by <= this.value / 2) return;
    remember(this.place, `${this.value}`);
    this.value = Math.min(Math.ceil(this.value * this.growth), this.most);
  }
}

export class Path {
  /** Whether answers stream: once one was seen to come in pieces they do, never again once one was held back. */
  streams: boolean | undefined;
  /** How long an answer may hang, in ms. */
  readonly hold: Limit;
  /** How large a body may be on the wire, in bytes. */
  readonly body: Limit;

  /** @param origin of the server */
  constructor(origin: string) {
    this.hold = new Limit(`${origin} hold`, LEAST_HOLD_MS, LONGEST_HOLD_MS, HOLD_GROWTH);
    this.body = new Limit(`${origin} body`, LEAST_BODY_BYTES, LARGEST_BODY_BYTES, BODY_GROWTH);
  }
}
