/**
 * The pulse's server half: one number for everybody, pushed many times a second, and how long each push took to come
 * back as an echo.
 *
 * Both moments are taken from this process's clock, so no two clocks need to agree. The measured round trips travel
 * with the next push.
 *
 * @import { Demo } from './hub.mjs'
 * @import { Visitors } from './visitors.mjs'
 * @import { Visitor } from './visitor.mjs'
 */
import { performance } from 'node:perf_hooks';
import { createTide } from './tide.mjs';

/** 20 pushes a second. */
const PUSH_INTERVAL_MS = 50;

/** Pushes that may wait for their echo: over a minute, longer than a session lives without a transport. */
const MAX_PENDING = 1500;

/** Bytes waiting for a page beyond which it is spared new numbers until it has caught up. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * @typedef {object} Listener
 * @property {Map<number, number>} sentAtMs by push, those without an echo
 * @property {number} nextPush
 * @property {[push: number, roundTripMs: number][]} trips measured and not told yet
 */

/**
 * @param {Visitors} visitors
 * @returns {Demo}
 */
export function createPulse(visitors) {
  /** @type {Map<Visitor, Listener>} */
  const listeners = new Map();
  const tide = createTide();

  const timer = setInterval(() => {
    const value = tide(performance.now());
    for (const visitor of visitors.present()) {
      const listener = listeners.get(visitor);
      if (listener !== undefined) push(visitor, listener, value);
    }
  }, PUSH_INTERVAL_MS).unref();

  return {
    topic: 'pulse',
    receive(visitor, type, { push: echoed }) {
      if (type === 'start') listeners.set(visitor, { sentAtMs: new Map(), nextPush: 1, trips: [] });
      if (type === 'stop') listeners.delete(visitor);
      if (type === 'echo') takeEcho(listeners.get(visitor), Number(echoed));
    },
    leave(visitor) {
      listeners.delete(visitor);
    },
    close() {
      clearInterval(timer);
    },
  };
}

/** @param {Visitor} visitor @param {Listener} listener @param {number} value */
function push(visitor, listener, value) {
  if (visitor.waitingBytes > MAX_WAITING_BYTES || listener.sentAtMs.size >= MAX_PENDING) return;
  const number = listener.nextPush;
  listener.nextPush += 1;
  listener.sentAtMs.set(number, performance.now());
  visitor.send('pulse', 'push', { push: number, value, trips: listener.trips });
  listener.trips = [];
}

/** @param {Listener | undefined} listener @param {number} number */
function takeEcho(listener, number) {
  const sentAtMs = listener?.sentAtMs.get(number);
  if (listener === undefined || sentAtMs === undefined) return;
  listener.sentAtMs.delete(number);
  // A hundredth of a millisecond is as fine as a page can show.
  listener.trips.push([number, Math.round((performance.now() - sentAtMs) * 100) / 100]);
}
