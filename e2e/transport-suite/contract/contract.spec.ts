/**
 * The contract of the class (WHATWG WebSockets) in Chromium: against the native class, which proves the contract, and against ours on each
 * transport, and with a foreign server. A test is one area on one of them.
 */

import { expect, test } from '@playwright/test';
import { AREAS } from './clauses/index.mjs';
import { sessions } from './clauses/sessions.mjs';
import type { Browser as ContractBrowser } from './engines/engine.ts';
import { judge } from './judge.mjs';
import { runVariant } from './run.mjs';
import { VARIANTS } from './variants.mjs';

/** A page that makes some hundred connections, one after the other, on a slow machine. */
const AREA_TIMEOUT_MS = 240_000;

/** What transports carry is tried in Chromium by transport-suite.ts, which sees both ends of it. */
const TRIED_HERE = AREAS.filter((area) => area !== sessions);

// Each has servers of its own.
test.describe.configure({ mode: 'parallel', timeout: AREA_TIMEOUT_MS });
test.use({
  // A page may collect garbage.
  launchOptions: async ({ launchOptions }, use) => {
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), '--js-flags=--expose-gc'] });
  },
});

for (const variant of VARIANTS) {
  test.describe(`the contract on ${variant.name}`, () => {
    for (const { name, clauses } of TRIED_HERE) {
      test(`${name}: ${clauses.length} clauses`, async ({ page }) => {
        const browser: ContractBrowser = {
          version: '',
          open: async (url) => {
            await page.goto(url);
            return {
              evaluate: async (expression) =>
                JSON.parse(await page.evaluate(`JSON.stringify(${expression})`)),
              close: () => page.close(),
            };
          },
          close: async () => {},
        };
        const results = await runVariant(browser, variant, [name]);
        expect(judge(results, 'chromium', variant.name).failed).toEqual([]);
        expect(results).toHaveLength(clauses.length);
      });
    }
  });
}
