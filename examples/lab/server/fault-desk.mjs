/**
 * Keeps the fault proxy's rules in step with what each visitor has switched, and mends what they leave behind.
 *
 * One group of rules per visitor. Rules of a visitor who has been gone for a while are dropped, and there is room for a
 * bounded number of visitors, so that nobody fills the proxy. Knows no HTTP: fault-route.mjs speaks it.
 *
 * @import { FaultProxy } from '@holdfast/faults'
 * @import { Switches } from './fault-switches.mjs'
 */
import { ALL_PASS, isWorse, pulledCableRule, rulesFor } from './fault-switches.mjs';

/** How long the cable stays out, in ms: long enough to draw and chat into the void, well within a session's life. */
export const CABLE_OUT_MS = 10_000;

/** Visitors who may have switched something at once. */
const MAX_VISITORS = 500;

/** How long switches outlive the visitor's last sign of life, in ms. */
const FORGET_AFTER_MS = 5 * 60_000;

/** How often the forgotten are looked for, in ms. */
const SWEEP_MS = 30_000;

/**
 * @typedef {object} Case what one visitor has switched
 * @property {Switches} switches
 * @property {NodeJS.Timeout | undefined} cable puts the cable back; undefined while it is in
 * @property {number} touchedAtMs
 */

export class FaultDesk {
  #proxy;
  #isPresent;
  /** @type {Map<string, Case>} */
  #cases = new Map();
  #sweep;

  /**
   * @param {FaultProxy} proxy
   * @param {(visitor: string) => boolean} isPresent whether the visitor has a session
   */
  constructor(proxy, isPresent) {
    this.#proxy = proxy;
    this.#isPresent = isPresent;
    this.#sweep = setInterval(() => this.#forgetTheGone(Date.now()), SWEEP_MS).unref();
  }

  /**
   * @param {string} visitor
   * @param {Switches} switches
   * @returns {Promise<boolean>} false: there is no room for another visitor
   */
  async set(visitor, switches) {
    const entry = this.#open(visitor);
    if (entry === undefined) return false;
    const before = entry.switches;
    entry.switches = switches;
    await this.#apply(visitor, entry);
    if (isWorse(before, switches)) await this.cut(visitor);
    return true;
  }

  /**
   * Ends every connection of the visitor. The page that asked is not among them: it asked outside Holdfast.
   *
   * @param {string} visitor
   */
  async cut(visitor) {
    await this.#proxy.cut({ match: { query: { visitor } } });
  }

  /**
   * @param {string} visitor
   * @returns {Promise<boolean>} false: there is no room for another visitor
   */
  async pullCable(visitor) {
    const entry = this.#open(visitor);
    if (entry === undefined) return false;
    clearTimeout(entry.cable);
    entry.cable = setTimeout(() => {
      entry.cable = undefined;
      void this.#apply(visitor, entry);
    }, CABLE_OUT_MS);
    await this.#apply(visitor, entry);
    return true;
  }

  close() {
    clearInterval(this.#sweep);
    for (const entry of this.#cases.values()) clearTimeout(entry.cable);
    this.#cases.clear();
  }

  /** @param {string} visitor @returns {Case | undefined} */
  #open(visitor) {
    const known = this.#cases.get(visitor);
    if (known !== undefined) {
      known.touchedAtMs = Date.now();
      return known;
    }
    if (this.#cases.size >= MAX_VISITORS) return undefined;
    const entry = { switches: ALL_PASS, cable: undefined, touchedAtMs: Date.now() };
    this.#cases.set(visitor, entry);
    return entry;
  }

  /** @param {string} visitor @param {Case} entry */
  async #apply(visitor, { switches, cable }) {
    const rules = rulesFor(visitor, switches);
    if (cable !== undefined) rules.unshift(pulledCableRule(visitor));
    await this.#proxy.set(rules, { group: visitor });
  }

  /** @param {number} nowMs */
  #forgetTheGone(nowMs) {
    for (const [visitor, entry] of this.#cases) {
      if (this.#isPresent(visitor)) entry.touchedAtMs = nowMs;
      if (nowMs - entry.touchedAtMs < FORGET_AFTER_MS) continue;
      clearTimeout(entry.cable);
      this.#cases.delete(visitor);
      void this.#proxy.set([], { group: visitor });
    }
  }
}
