/**
 * How large the client may become: each limit with its reason. `npm run size` measures against them.
 *
 * Sizes are of minified code, compressed by brotli at its highest level, as a CDN serves it. 1 KB is 1,000 bytes.
 */

/** What is measured. An `entry` is bundled for the measurement; a `file` is measured as the build wrote it. */
/** @typedef {{ name: string, limitBytes: number, reason: string, file: string }} BuiltFloor */
/** @typedef {{ name: string, limitBytes: number, reason: string, entry: string }} BundledFloor */

/** @type {readonly (BuiltFloor | BundledFloor)[]} */
export const FLOORS = [
  {
    name: 'full script',
    file: 'packages/client/dist/holdfast.js',
    limitBytes: 7_000,
    reason:
      'All three transports in less than the smallest comparable client: engine.io-client takes 7.25 KB.',
  },
  {
    name: 'core',
    entry: 'packages/client/src/core.ts',
    limitBytes: 3_500,
    reason:
      'Native WebSocket and the session alone, for applications that bring no fallback: half the full script.',
  },
];
