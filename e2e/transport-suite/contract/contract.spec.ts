/**
 * The contract of the class (WHATWG WebSockets) in Chromium: against the native class, which proves the contract, and against ours on each
 * transport, and with a foreign server. A test is one area on one of them.
 */

import { expect, test } from '@playwright/test';
import { AREAS } from './clauses/index.mjs';
import type { Browser as ContractBrowser } from './engines/engine.ts';
import { judge, runVariant } from './run.mjs';
import { VARIANTS, type Variant } from './variants.mjs';

/** A page that makes some hundred connections, one after the other, on a slow machine. */
const AREA_TIMEOUT_MS = 240_000;

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
    for (const { name, clauses } of AREAS) {
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
        const { results, log } = await runVariant(browser, variant, name);
        const { failed } = judge(results, 'chromium', variant.name);
        expect(failed).toEqual([]);
        expect(results).toHaveLength(clauses.length);
        expectTraffic(variant, new Set(log.map(({ kind }) => kind)));
      });
    }
  });
}

/** That the transport carried it which is under test. */
function expectTraffic({ transport, server }: Variant, kinds: ReadonlySet<string>): void {
  if (transport === 'iframe') {
    expect(kinds).toContain('form');
    expect(kinds).not.toContain('upgrade');
    expect(kinds).not.toContain('fetch');
  } else if (transport === 'long-polling') expect(kinds).toContain('fetch');
  else if (server === 'holdfast') expect(kinds).toContain('upgrade');
}
