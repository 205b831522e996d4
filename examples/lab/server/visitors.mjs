/**
 * All visitors the lab knows: those with a session, and for some minutes those who had one.
 */
import { Visitor } from './visitor.mjs';

/** Visitors with and without a session; the next one is turned away. */
const MAX_VISITORS = 500;

/** How long a visitor without a session is remembered, in ms: a laptop lid closed for a coffee. */
const REMEMBER_MS = 5 * 60_000;

export class Visitors {
  /** @type {Map<string, Visitor>} */
  #known = new Map();
  #nextPerson = 1;

  /**
   * Finds the visitor or makes one.
   *
   * @param {string} id
   * @returns {Visitor | undefined} nothing, if the lab is full
   */
  find(id) {
    const visitor = this.#known.get(id);
    if (visitor !== undefined) return visitor;
    if (this.#known.size >= MAX_VISITORS) this.#forgetTheGone(Date.now());
    if (this.#known.size >= MAX_VISITORS) return undefined;
    const created = new Visitor(id, this.#nextPerson);
    this.#nextPerson += 1;
    this.#known.set(id, created);
    return created;
  }

  /** @param {string} id */
  isPresent(id) {
    return this.#known.get(id)?.isPresent ?? false;
  }

  /** @returns {Visitor[]} those with an open session */
  present() {
    return [...this.#known.values()].filter((visitor) => visitor.isPresent);
  }

  /**
   * @param {string} topic
   * @param {string} type
   * @param {Record<string, unknown>} body
   * @param {Visitor} [except]
   */
  broadcast(topic, type, body, except) {
    for (const visitor of this.present()) if (visitor !== except) visitor.send(topic, type, body);
  }

  /** @param {number} nowMs */
  #forgetTheGone(nowMs) {
    for (const [id, visitor] of this.#known) {
      if (!visitor.isPresent && nowMs - visitor.leftAtMs >= REMEMBER_MS) this.#known.delete(id);
    }
  }
}
