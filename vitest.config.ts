/**
 * Unit tests of every package in one run, in Node.
 *
 * The workspace's packages resolve to their sources, so that no test needs a build.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (name: string): string =>
  fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      '@holdfast/protocol': source('protocol'),
      '@holdfast/client': source('client'),
      '@holdfast/server': source('server'),
    },
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'e2e/faults/test/**/*.test.{ts,mjs}',
      'e2e/transport-suite/contract/test/**/*.test.mjs',
      'examples/*/test/**/*.test.{ts,mjs}',
      'scripts/test/**/*.test.mjs',
      'bench/test/**/*.test.mjs',
      'chaos/test/**/*.test.mjs',
    ],
    environment: 'node',
    // Exhaustive and simulated tests count cases, not seconds; machines that run other things are slower.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
