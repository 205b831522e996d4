/**
 * The browser tests: a real Chromium, a real server process, a fault proxy process between them.
 *
 * Nothing is retried: a test that fails now and then has found something. Which reporters there are beside the list is said by
 * who runs it (scripts/test.mjs adds JSON).
 */
import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from '../scripts/find-chromium.mjs';

/** More only take the processor from each other: each test already runs a browser, a server and a proxy. */
const WORKERS = 2;

/** For the longest of them, 20 cuts under 10,000 messages, on a slow machine. */
const TEST_TIMEOUT_MS = 60_000;

/** Longer than any wait of the product that a test waits for: the second look for a better transport. */
const EXPECT_TIMEOUT_MS = 15_000;

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: './test-results',
  workers: WORKERS,
  retries: 0,
  forbidOnly: true,
  timeout: TEST_TIMEOUT_MS,
  expect: { timeout: EXPECT_TIMEOUT_MS },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: await findChromium(),
      args: CHROMIUM_ARGS,
    },
  },
});
