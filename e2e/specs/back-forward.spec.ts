/**
 * Back and forward through pages that the browser keeps for its Back button (bfcache): it cuts their connections, and gives each page
 * back as it was. The session goes on: no `close`, nothing lost.
 */
import { catalogue, type Rule } from '@holdfast/faults';
import type { Page } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/find-chromium.mjs';
import { connect, openPage, type PageOptions, reachTransport } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

test.use({
  launchOptions: {
    executablePath: await findChromium(),
    args: CHROMIUM_ARGS,
    // Playwright switches it off.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
});

/** Numbered messages that each end may send more after each return. */
const MESSAGES_PER_RETURN = 100;
const PER_TURN = 5;

/** Since the page is back, in ms. */
const REATTACHED_MS = 2000;

const PLACES: readonly {
  readonly transport: string;
  readonly rules: readonly Rule[];
  readonly page: PageOptions;
  readonly returns: number;
}[] = [
  { transport: 'websocket', rules: [], page: {}, returns: 20 },
  { transport: 'long-polling', rules: catalogue['upgrade refused 403'], page: {}, returns: 5 },
  { transport: 'iframe', rules: [], page: { csp: 'strict' }, returns: 5 },
];

for (const { transport, rules, page: pageOptions, returns } of PLACES) {
  test(`loses nothing on ${transport} when its page is left and returned to ${returns} times`, async ({
    page,
    faultProxy,
    server,
  }) => {
    await faultProxy.set(rules);
    await openPage(page, faultProxy.url, pageOptions);
    const { name, probe } = await connect(page, { app: 'numbers', perTurn: PER_TURN });
    await probe.evaluate((probe, perTurn) => probe.startNumbers(perTurn), PER_TURN);
    await page.evaluate(() => {
      globalThis.restoredAt = [];
      addEventListener('pageshow', ({ persisted }) => {
        if (persisted) globalThis.restoredAt.push(Date.now());
      });
    });

    for (let count = 1; count <= returns; count++) {
      const total = count * MESSAGES_PER_RETURN;
      // Both ends are sending when the page is left.
      await allow(page, total);
      await server.command(name, 'allow', total);
      await page.goto(`${faultProxy.url}/page?elsewhere=${count}`);
      await page.goBack({ waitUntil: 'commit' });
      await page.waitForFunction((count) => globalThis.restoredAt.length === count, count);
      // Every second time it is left again at once.
      if (count % 2 === 1) expect(await reattachedAfterMs(page)).toBeLessThanOrEqual(REATTACHED_MS);
    }

    const total = returns * MESSAGES_PER_RETURN;
    const all = { sent: total, received: total, mistake: null };
    await expect.poll(() => page.evaluate(() => globalThis.Probe.all[0]?.numbers)).toEqual(all);
    await expect.poll(async () => (await server.connection(name)).numbers).toEqual(all);
    expect(await page.evaluate(() => globalThis.Probe.all[0]?.events.map(({ type }) => type))).toEqual([
      'open',
    ]);
    expect(await server.connection(name)).toMatchObject({ closes: [], errors: [], readyState: 1 });
    const again = await page.evaluateHandle(() => globalThis.Probe.all[0] as InstanceType<typeof Probe>);
    await reachTransport({ name, probe: again }, transport);
  });
}

/** The page's objects are the same each time it comes back; a test's handles to them are not. */
function allow(page: Page, total: number): Promise<void> {
  return page.evaluate((total) => globalThis.Probe.all[0]?.allowNumbers(total), total);
}

/** How long the session had no transport since the page came back last, in ms. */
async function reattachedAfterMs(page: Page): Promise<number> {
  const waited = await page.waitForFunction(() => {
    const restoredAt = Number(globalThis.restoredAt.at(-1));
    const attached = globalThis.Probe.all[0]?.log.find(
      ({ type, at }) => type === 'attached' && at >= restoredAt,
    );
    return attached && { ms: attached.at - restoredAt };
  });
  return Number((await waited.jsonValue())?.ms);
}

declare global {
  /** When the page was given back by the back/forward cache, each time, in ms since the epoch. */
  var restoredAt: number[];
}
