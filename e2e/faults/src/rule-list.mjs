/**
 * The rules in force, and what they have in store for one request.
 *
 * Rules act together: a request's plan holds the first matching rule of each fault type and the first matching
 * link. A rule is asked once per request: its answer, chances and counts included, is kept in that request's
 * decisions, so that a change of other rules does not throw the dice again.
 *
 * @import { Fault, FaultOf, FaultType, RuleReport } from './types.ts'
 * @import { ParsedRule } from './parse-rules.mjs'
 * @import { Description } from './request.mjs'
 */
import { answersAlone, FAULT_TABLE, isLive, isOfTheLine } from './fault-table.mjs';
import { Link } from './link.mjs';
import { seededRandom } from './random.mjs';
import { matches } from './request.mjs';

/** @typedef {Map<ActiveRule, boolean>} Decisions which rules were asked about a request, and what they said */

export class RuleList {
  /** Rules by group; a Map keeps the groups in the order of their first appearance. */
  /** @type {Map<string, ActiveRule[]>} */
  #groups = new Map();

  /**
   * @param {readonly ParsedRule[]} rules
   * @param {string} group whose rules these replace
   */
  set(rules, group) {
    if (rules.length === 0) this.#groups.delete(group);
    else {
      this.#groups.set(
        group,
        rules.map((rule) => new ActiveRule(rule)),
      );
    }
  }

  clear() {
    this.#groups.clear();
  }

  /**
   * @param {Description} request
   * @param {Decisions} decisions is added to
   * @param {boolean} running whether the request already ran when the newest rules were set
   * @returns {Plan}
   */
  plan(request, decisions, running) {
    const plan = new Plan();
    for (const rule of [...this.#groups.values()].flat()) {
      if (!plan.hasRoomFor(rule)) continue;
      const decision = decisions.get(rule) ?? rule.decide(request, running);
      if (decision === undefined) continue;
      decisions.set(rule, decision);
      if (decision) plan.add(rule);
    }
    return plan;
  }

  /** @returns {RuleReport[]} */
  report() {
    return [...this.#groups].flatMap(([group, rules]) =>
      rules.map(({ parsed, matched, applied }) => ({
        ...parsed.written,
        name: parsed.name,
        group,
        matched,
        applied,
      })),
    );
  }
}

/** What the rules want done to one request. */
export class Plan {
  /** The fault that settles the request without the server, if any. */
  /** @type {Fault | undefined} */
  alone;
  /** @type {Link | undefined} */
  link;

  /** @type {Map<FaultType, Fault>} */
  #faults = new Map();

  /**
   * @template {FaultType} T
   * @param {T} type
   * @returns {Required<FaultOf<T>> | undefined}
   */
  get(type) {
    // Parsing has filled in every option.
    return /** @type {Required<FaultOf<T>> | undefined} */ (this.#faults.get(type));
  }

  /** @returns {FaultType[]} */
  get types() {
    return [...this.#faults.keys()];
  }

  /** @param {ActiveRule} rule */
  hasRoomFor({ parsed: { fault, link } }) {
    return (link !== undefined && this.link === undefined) || this.#lets(fault);
  }

  /** @param {ActiveRule} rule */
  add({ parsed: { fault }, link }) {
    this.link ??= link;
    if (!this.#lets(fault)) return;
    this.#faults.set(fault.type, fault);
    if (answersAlone(fault)) this.alone = fault;
  }

  /**
   * @param {Fault | undefined} fault
   * @returns {fault is Fault}
   */
  #lets(fault) {
    if (fault === undefined || this.#faults.has(fault.type)) return false;
    return this.alone === undefined || isOfTheLine(fault);
  }
}

/** A rule at work: its dice, its counters, and the one link all its requests share. */
class ActiveRule {
  parsed;
  link;
  matched = 0;
  applied = 0;
  #random;

  /** @param {ParsedRule} parsed */
  constructor(parsed) {
    this.parsed = parsed;
    this.link = parsed.link && new Link(parsed.link);
    this.#random = seededRandom(parsed.match.seed ?? 1);
  }

  /**
   * @param {Description} request
   * @param {boolean} running
   * @returns {boolean | undefined} `undefined`: this rule does not mean such requests at all
   */
  decide(request, running) {
    const { match, fault } = this.parsed;
    if (match.live !== undefined && match.live !== running) return undefined;
    if (fault !== undefined && this.link === undefined && running && !isLive(fault)) return undefined;
    if (fault !== undefined && !FAULT_TABLE[fault.type].kinds.includes(request.kind)) return undefined;
    if (!matches(match, request)) return undefined;
    this.matched += 1;
    if (this.matched <= (match.after ?? 0)) return false;
    if (this.#random() >= (match.probability ?? 1)) return false;
    if (this.applied >= (match.count ?? Infinity)) return false;
    this.applied += 1;
    return true;
  }
}
