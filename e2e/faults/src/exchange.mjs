/**
 * One request on its way through the proxy: what an HTTP exchange and a tunnel have in common.
 *
 * Two lanes, two flows, and the faults that can befall either while it runs: the link, a stall, the half-open
 * connection, the idle timeout, the time limit. The subclasses know how the two ends are spoken to.
 *
 * @import { IncomingMessage } from 'node:http'
 * @import { Socket } from 'node:net'
 * @import { CutHow } from './types.ts'
 * @import { Answer } from './answers.mjs'
 * @import { Connection } from './connection.mjs'
 * @import { Flow } from './flow.mjs'
 * @import { Journal } from './journal.mjs'
 * @import { Decisions, RuleList } from './rule-list.mjs'
 */
import { plain } from './answers.mjs';
import { Lane } from './lane.mjs';
import { gateOf } from './reorder-gate.mjs';
import { describe } from './request.mjs';
import { Plan } from './rule-list.mjs';

/**
 * What every exchange needs of the proxy around it.
 *
 * @typedef {object} World
 * @property {RuleList} rules
 * @property {Journal} journal
 * @property {Set<Exchange>} exchanges all that rules can still befall
 * @property {(options?: { allowHalfOpen?: boolean }) => Socket} connectUpstream opens a TCP connection to the server
 */

/** A request's head is counted on a link as this many bytes: about what browsers send. */
export const HEAD_BYTES = 600;

/** @abstract */
export class Exchange {
  request;
  /** What was in store when the request came. What is not live follows it to the end. */
  plan;
  record;

  /** @protected */ world;
  /** @protected */ connection;
  /** @protected */ upLane = new Lane('up');
  /** @protected */ downLane = new Lane('down');
  /** The flows, once they are there; a fault that befalls both finds them here. */
  /** @protected @type {Flow[]} */ flows = [];
  /** Bytes vanish: nothing that happens at one end is told to the other. */
  /** @protected */ vanished = false;
  /** How much later than the link alone the request's head arrives, in ms. */
  /** @protected */ setupMs;

  /** @type {Decisions} */
  #decisions = new Map();
  /** The newest plan that is obeyed; of it only the live faults count. */
  #livePlan = new Plan();
  #ended = false;
  /** @type {NodeJS.Timeout | undefined} */
  #halfOpenTimer;
  /** @type {NodeJS.Timeout | undefined} */
  #idleTimer;
  /** @type {NodeJS.Timeout | undefined} */
  #limitTimer;

  /**
   * @param {World} world
   * @param {Connection} connection
   * @param {IncomingMessage} incoming
   */
  constructor(world, connection, incoming) {
    this.world = world;
    this.connection = connection;
    this.request = describe(incoming);
    this.plan = world.rules.plan(this.request, this.#decisions, false);
    this.record = world.journal.open(this.request, this.plan.types);
    const isFirst = connection.began(this);
    // A page takes its round trip from its own load, in which browsers count connecting apart; so that is not charged.
    const pays = isFirst && this.request.kind !== 'http';
    this.setupMs = pays && this.plan.link ? connection.setupMs(this.plan.link) : 0;
    world.exchanges.add(this);
  }

  /** Starts the exchange: forwards it, or does to it what the plan says. */
  begin() {
    this.#obey(this.plan);
    const limit = this.plan.get('timeout');
    if (limit !== undefined) {
      this.#limitTimer = setTimeout(() => {
        this.record.mark('timeout');
        this.onTimeLimit(plain(limit.status));
      }, limit.afterMs);
    }
    if (this.vanished) this.swallow();
    else if (this.plan.alone !== undefined) this.settleAlone(this.plan.alone);
    else this.forward();
  }

  /** The rules have changed. */
  replan() {
    this.#obey(this.world.rules.plan(this.request, this.#decisions, true));
  }

  /** @param {CutHow} how */
  cut(how) {
    this.record.conclude('hurt by proxy');
    this.endClient(how);
    this.endUpstream(how);
  }

  /** Forwards the request. @protected @abstract */
  forward() {}
  /** Reads the request and does nothing. @protected @abstract */
  swallow() {}
  /** @protected @abstract @param {import('./types.ts').Fault} _fault one that leaves the server out */
  settleAlone(_fault) {}
  /** Obeys the faults that only one kind of exchange knows. @protected @abstract @param {Plan} _plan */
  obeyOwn(_plan) {}
  /** Time is up. @protected @abstract @param {Answer} _answer for a client that has heard nothing yet */
  onTimeLimit(_answer) {}
  /** Closes the client's side. @protected @abstract @param {CutHow} _how */
  endClient(_how) {}
  /** Closes the server's side, if there is one. @protected @abstract @param {CutHow} _how */
  endUpstream(_how) {}

  /**
   * The proxy ends the exchange because of a fault, once what is under way to the client has arrived.
   *
   * @protected
   * @param {CutHow} how
   */
  hurt(how) {
    for (const flow of this.flows) flow.close();
    this.record.conclude('hurt by proxy');
    this.endUpstream(how);
    this.downLane.push(() => this.endClient(how));
  }

  /**
   * Opens the server's side, now or, where requests are reordered, in its turn.
   *
   * @protected
   * @param {() => Promise<void>} open resolves when the server has heard the request
   * @returns {Promise<void> | undefined} what follows in the lane has to wait for this
   */
  inTurn(open) {
    const reorder = this.plan.get('reorder');
    if (reorder === undefined) {
      void open();
      return undefined;
    }
    const gate = gateOf(reorder);
    const turn = gate.enter(reorder.withinMs);
    if (turn !== undefined) {
      return turn.then((overtaken) => {
        if (overtaken) this.record.mark('reorder');
        void open();
      });
    }
    this.record.mark('reorder');
    void open().then(() => gate.heard());
    return undefined;
  }

  /** Something moved: the connection is not idle. @protected */
  touch() {
    this.#idleTimer?.refresh();
  }

  /** Nothing more is under way to the server either: rules no longer matter. @protected */
  leave() {
    this.world.exchanges.delete(this);
  }

  /** The exchange is over on the client's side. @protected */
  end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#clearTimers();
    this.connection.ended(this, this.#livePlan.get('idle-close'));
  }

  /** @param {Plan} plan */
  #obey(plan) {
    if (this.vanished) return;
    const before = this.#livePlan;
    this.#livePlan = plan;
    this.upLane.link = plan.link;
    this.downLane.link = plan.link;
    this.#obeyStall(plan);
    if (this.#ended) return;
    // A fault already at work is the same object, and its clock runs on.
    if (before.get('half-open') !== plan.get('half-open')) this.#obeyHalfOpen(plan);
    if (before.get('idle-close') !== plan.get('idle-close')) this.#obeyIdleClose(plan);
    this.obeyOwn(plan);
  }

  /** @param {Plan} plan */
  #obeyStall(plan) {
    if (plan.get('stall') !== undefined) {
      this.record.mark('stall');
      this.upLane.stall();
      this.downLane.stall();
    } else {
      this.upLane.release();
      this.downLane.release();
    }
  }

  /** @param {Plan} plan */
  #obeyHalfOpen(plan) {
    clearTimeout(this.#halfOpenTimer);
    const halfOpen = plan.get('half-open');
    if (halfOpen === undefined) return;
    if (halfOpen.afterMs === 0) this.#vanish();
    else this.#halfOpenTimer = setTimeout(() => this.#vanish(), halfOpen.afterMs);
  }

  /** @param {Plan} plan */
  #obeyIdleClose(plan) {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    const idleClose = plan.get('idle-close');
    if (idleClose === undefined) return;
    this.#idleTimer = setTimeout(() => {
      this.record.mark('idle-close');
      this.hurt('end');
    }, idleClose.afterMs);
  }

  #vanish() {
    this.vanished = true;
    this.record.mark('half-open');
    this.#clearTimers();
    this.upLane.clear();
    this.downLane.clear();
    for (const flow of this.flows) flow.vanish();
  }

  #clearTimers() {
    clearTimeout(this.#halfOpenTimer);
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#limitTimer);
    this.#idleTimer = undefined;
  }
}
