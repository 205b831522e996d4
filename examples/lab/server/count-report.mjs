/**
 * Tells each page what has become of its messages: how many came, were lost, repeated, out of order, and how many were
 * sent back. The page puts its own counts beside these.
 *
 * @import { Demo } from './hub.mjs'
 * @import { Visitors } from './visitors.mjs'
 */

/** How often, in ms. A report is a message too, so it comes only when the page has sent something since the last. */
const REPORT_MS = 500;

/**
 * @param {Visitors} visitors
 * @returns {Demo}
 */
export function createCountReport(visitors) {
  /** The highest number of the page's that the last report knew. @type {WeakMap<object, number>} */
  const reported = new WeakMap();

  const timer = setInterval(() => {
    for (const visitor of visitors.present()) {
      if (reported.get(visitor) === visitor.up.highest) continue;
      reported.set(visitor, visitor.up.highest);
      visitor.send('counts', 'report', { ...visitor.up.counts(), sent: visitor.sent + 1 });
    }
  }, REPORT_MS).unref();

  return {
    topic: 'counts',
    close() {
      clearInterval(timer);
    },
  };
}
