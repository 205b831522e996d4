/**
 * A deploy: the server's process ends under open sessions, and another one starts in its place, which knows none of them. Each is told so
 * once, as PROTOCOL.md §3 has it; applications open new ones, and get the transports that they had. A server that was away for a moment says
 * nothing about a path.
 */
import type { WebSocketOptions } from '@holdfast/client';
import { startFaultProxy } from '@holdfast/faults';
import type { Browser, Page } from '@playwright/test';
import { openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import { TestServer } from '../harness/test-server.ts';

/** Browsers open six connections to a host over HTTP/1.1: three answers of a page may hang, so that others can be asked for. */
const PAGES = 4;
const SESSIONS: readonly { readonly transport: string; readonly options: WebSocketOptions }[] = [
  { transport: 'websocket', options: {} },
  { transport: 'websocket', options: {} },
  { transport: 'long-polling', options: { transports: ['long-polling'] } },
  { transport: 'long-polling', options: { transports: ['long-polling', 'iframe'] } },
  { transport: 'iframe', options: { transports: ['iframe'] } },
];

/** How many requests of all sessions fail, at the least, before the new server is there. */
const FAILED_REQUESTS = 2 * PAGES * SESSIONS.length;

/** Four pages, two servers: longer than other tests on a busy machine. */
const TIMEOUT_MS = 120_000;

test('a deploy under twenty sessions closes each of them once, and demotes nobody', async ({ browser }) => {
  test.setTimeout(TIMEOUT_MS);
  const before = await TestServer.start();
  const faultProxy = await startFaultProxy({ upstreamPort: before.port });
  const pages: Page[] = [];
  let after: TestServer | undefined;
  try {
    for (let count = 0; count < PAGES; count++)
      pages.push(await openApplication(browser, faultProxy.url, count));
    await Promise.all(pages.map(waitForAll));
    await before.stop();
    const requests = (await faultProxy.log()).length;
    await expect
      .poll(async () => (await faultProxy.log()).length)
      .toBeGreaterThan(requests + FAILED_REQUESTS);
    after = await TestServer.start({}, before.port);

    for (const [number, page] of pages.entries()) {
      await page.waitForFunction(
        (count) => globalThis.Probe.all.slice(0, count).every(({ socket }) => socket.readyState === 3),
        SESSIONS.length,
      );
      await waitForAll(page);
      const echoed = await page.evaluate(() =>
        Promise.all(globalThis.current.map((probe) => probe.echoes('text', 100))),
      );
      expect(echoed).toEqual(SESSIONS.map(() => true));
      const seen = await page.evaluate(() => globalThis.Probe.all.map(({ events }) => events));
      for (const events of seen.slice(0, SESSIONS.length)) {
        expect(events).toMatchObject([{ type: 'open' }, { type: 'error' }, { type: 'close', code: 1006 }]);
      }
      expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});
      for (const index of SESSIONS.keys()) {
        expect(await after.connection(`${number}-${index}`)).toMatchObject({ closes: [], errors: [] });
      }
    }
  } finally {
    for (const page of pages) await page.context().close();
    await faultProxy.close();
    await before.stop();
    await after?.stop();
  }
});

/** A page whose application opens another socket whenever one has closed. */
async function openApplication(browser: Browser, url: string, number: number): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await openPage(page, url);
  await page.evaluate(
    ([number, sessions]) => {
      globalThis.current = [];
      const open = (index: number): void => {
        const url = `/socket?app=echo&name=${number}-${index}`;
        const probe = new globalThis.Probe(() => new Holdfast.WebSocket(url, [], sessions[index]?.options));
        globalThis.current[index] = probe;
        probe.socket.addEventListener('close', () => setTimeout(() => open(index), 50));
      };
      for (const index of sessions.keys()) open(index);
    },
    [number, SESSIONS] as const,
  );
  return page;
}

/** Until each socket of the page is open, on the transport that it had first. */
async function waitForAll(page: Page): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      globalThis.current.every(
        ({ socket, transport }, index) => socket.readyState === 1 && transport === wanted[index],
      ),
    SESSIONS.map(({ transport }) => transport),
  );
}

declare global {
  /** The sockets in use. */
  var current: InstanceType<typeof Probe>[];
}
