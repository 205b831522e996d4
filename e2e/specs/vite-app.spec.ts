/**
 * An app in Vite (examples/vite-app): both ends in `vite dev`, whatever is in the way, beside Vite's own socket and hot replacement;
 * and the same as it is built. A test that fails shows what Vite said, and what came to the page.
 */
import { type FaultProxy, startFaultProxy } from '@holdfast/faults';
import { test as base, expect, type Page } from '@playwright/test';
import { ViteApp } from '../harness/vite-app.ts';

interface Fixtures {
  app: ViteApp;
  /** Serves the app; the page goes through the fault proxy. */
  serve(command: 'dev' | 'preview'): Promise<FaultProxy>;
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  app: async ({}, use, testInfo) => {
    const app = new ViteApp();
    await use(app);
    await app.remove();
    if (testInfo.status !== testInfo.expectedStatus) console.log(app.output);
  },
  page: async ({ page }, use, testInfo) => {
    const events: string[] = [];
    page.on('framenavigated', (frame) => events.push(`at ${frame.url()}`));
    page.on('console', (message) => events.push(message.text()));
    page.on('websocket', (socket) => {
      events.push(`${socket.url()} connects`);
      socket.on('framereceived', ({ payload }) => events.push(`${socket.url()} gets ${payload}`));
      socket.on('close', () => events.push(`${socket.url()} is closed`));
    });
    await use(page);
    if (testInfo.status !== testInfo.expectedStatus) console.log(events.join('\n'));
  },
  serve: async ({ app }, use) => {
    const proxies: FaultProxy[] = [];
    await use(async (command) => {
      const faultProxy = await startFaultProxy({ upstreamPort: await app.serve(command) });
      proxies.push(faultProxy);
      return faultProxy;
    });
    for (const faultProxy of proxies) await faultProxy.close();
  },
});

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Say something').fill(text);
  await page.getByRole('button', { name: 'Say' }).click();
}

const messages = (page: Page): ReturnType<Page['locator']> => page.locator('#messages li');

/** A mark that a reload would take away. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(globalThis, { isMarked: true }));
}

async function expectNoReload(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'isMarked' in globalThis)).toBe(true);
}

for (const { how, isBlocked, transport } of [
  { how: 'WebSocket', isBlocked: false, transport: 'websocket' },
  { how: 'long polling, where its upgrade is refused', isBlocked: true, transport: 'long-polling' },
]) {
  test(`vite dev connects the page over ${how}, replaces modules, and takes up an edit of the server's`, async ({
    page,
    app,
    serve,
  }) => {
    const faultProxy = await serve('dev');
    if (isBlocked) await faultProxy.set([{ match: { kind: 'upgrade', path: '/socket' }, fault: 'refuse' }]);
    await page.goto(faultProxy.url);
    await expect(messages(page)).toHaveText(['Welcome']);
    await expect(page.locator('#transport')).toHaveText(transport);
    await say(page, 'hello');
    await expect(messages(page)).toHaveText(['Welcome', 'hello']);

    await mark(page);
    app.edit('src/title.ts', "'A room'", "'Another room'");
    await expect(page.getByRole('heading')).toHaveText('Another room');
    await say(page, 'still there');
    await expect(messages(page)).toHaveText(['Welcome', 'hello', 'still there']);

    app.edit('server/greeting.ts', 'Welcome', 'Welcome back');
    await expect(messages(page)).toHaveText(['Welcome', 'hello', 'still there', 'Welcome back']);
    await say(page, 'here again');
    await expect(messages(page).last()).toHaveText('here again');
    await expectNoReload(page);
  });
}

test('vite build makes an app that vite preview serves', async ({ page, app, serve }) => {
  await app.build();
  const faultProxy = await serve('preview');
  await page.goto(faultProxy.url);
  await expect(page.locator('#transport')).toHaveText('websocket');
  await say(page, 'hello');
  await expect(messages(page)).toHaveText(['Welcome', 'hello']);
  expect(await page.evaluate(() => document.querySelector('script')?.src)).toMatch(/\/assets\/.*\.js$/);
});
