/**
 * Lets the later of two requests reach the server first.
 *
 * The first request waits here. The next one passes, and when the server has heard it, the first goes on. A request
 * that nobody overtakes goes on by itself after a while: reordering must never become losing.
 *
 * @import { Fault } from './types.ts'
 */

/** @type {WeakMap<Fault, ReorderGate>} One gate per rule: only what one rule matches is reordered. */
const gates = new WeakMap();

/** @param {Fault} fault */
export function gateOf(fault) {
  const gate = gates.get(fault) ?? new ReorderGate();
  gates.set(fault, gate);
  return gate;
}

class ReorderGate {
  /** Lets the waiting request go; undefined when nobody waits. */
  /** @type {((overtaken: boolean) => void) | undefined} */
  #release;

  /**
   * @param {number} withinMs how long to wait for another request
   * @returns {Promise<boolean> | undefined} resolves when this one may go on, to whether it was overtaken;
   *   `undefined`: it overtakes, and `heard` is to be called when the server has it
   */
  enter(withinMs) {
    if (this.#release !== undefined) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#release?.(false), withinMs);
      this.#release = (overtaken) => {
        clearTimeout(timer);
        this.#release = undefined;
        resolve(overtaken);
      };
    });
  }

  /** The server has heard the overtaking request. */
  heard() {
    this.#release?.(true);
  }
}
