/**
 * Seeds that ever failed, with what was wrong. The weather of a seed is the same each time, what it meets is not: each of these found its
 * bug again when it was put back, or most of the time. Every `npm test` runs them, briefly.
 */

/** @typedef {{ seed: number, transport?: import('./pages/page.mjs').TransportName, why: string }} Regression */

/** @type {readonly Regression[]} */
export const REGRESSIONS = [{ seed: 1, why: 'none yet: the first one that was run' }];
