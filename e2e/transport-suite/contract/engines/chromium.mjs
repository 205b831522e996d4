/** Chromium, driven by Playwright. */
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../../../../scripts/find-chromium.mjs';

/** @returns {Promise<import('./engine.ts').Browser>} */
export async function launchChromium() {
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [...CHROMIUM_ARGS, '--js-flags=--expose-gc'],
  });
  return {
    version: browser.version(),
    async open(url) {
      // A page with cookies and storage of its own.
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(url);
      return {
        evaluate: async (expression) => JSON.parse(await page.evaluate(`JSON.stringify(${expression})`)),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}
