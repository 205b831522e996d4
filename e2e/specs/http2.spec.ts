/**
 * A page that came over HTTP/2: its WebSockets (RFC 8441), the requests of its fallbacks and everything else share one connection. What
 * Chromium's network stack has done is read from its own log.
 */
import type { Browser, Page } from '@playwright/test';
import { type NetLog, readNetLog } from '../harness/net-log.ts';
import { connect, eventOf, openPage, type PageSocket } from '../harness/socket.ts';
import { test as base, expect } from '../harness/test.ts';
import { TestServer } from '../harness/test-server.ts';

interface Http2Fixtures {
  http2Server: TestServer;
  /** A browser with a page of its own, which is closed by `netLog`. */
  loggedPage: { readonly browser: Browser; readonly page: Page; readonly logFile: string };
}

const test = base.extend<Http2Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  http2Server: async ({}, use) => {
    const server = await TestServer.start({}, 0, ['--http2']);
    await use(server);
    await server.stop();
  },
  loggedPage: async ({ playwright, launchOptions }, use, testInfo) => {
    const logFile = testInfo.outputPath('net-log.json');
    // By the flag, and not by Playwright's option, which makes a second connection once the first was not trusted.
    const args = [...(launchOptions.args ?? []), '--ignore-certificate-errors', `--log-net-log=${logFile}`];
    const browser = await playwright.chromium.launch({ ...launchOptions, args });
    await use({ browser, page: await browser.newPage(), logFile });
    await browser.close();
  },
});

/** Ends the browser, and reads what it has logged. */
async function netLog({ browser, logFile }: Http2Fixtures['loggedPage']): Promise<NetLog> {
  await browser.close();
  return readNetLog(logFile);
}

/** The platform's own WebSocket to the same server. */
async function connectNatively(page: Page, name: string): Promise<PageSocket> {
  const probe = await page.evaluateHandle(
    (name) => new globalThis.Probe(() => new WebSocket(`/socket?app=echo&name=${name}`)),
    name,
  );
  const socket = { name, probe };
  await eventOf(socket, 'open');
  return socket;
}

function webSockets({ http2Requests }: NetLog): readonly (readonly string[])[] {
  return http2Requests.filter((fields) => fields.includes(':protocol: websocket'));
}

function isFor({ name }: PageSocket, fields: readonly string[]): boolean {
  return fields.some((field) => field.startsWith(':path:') && field.includes(`name=${name}`));
}

test('our WebSocket and a native one open on the one connection that the page came by', async ({
  http2Server: server,
  loggedPage,
}) => {
  const { page } = loggedPage;
  await openPage(page, server.url);
  const ours = await connect(page, { app: 'echo' });
  const native = await connectNatively(page, 'native');
  for (const { probe } of [ours, native]) {
    for (const bytes of [0, 126, 65_536, 1024 * 1024]) {
      expect(await probe.evaluate((probe, bytes) => probe.echoes('binary', bytes), bytes)).toBe(true);
      expect(await probe.evaluate((probe, bytes) => probe.echoes('text', bytes), bytes)).toBe(true);
    }
  }
  expect(await ours.probe.evaluate(({ transport }) => transport)).toBe('websocket');
  expect(await server.connection(ours.name)).toMatchObject({ httpVersion: '2.0', messageCount: 8 });
  expect(await server.connection(native.name)).toMatchObject({ httpVersion: '2.0', messageCount: 8 });

  await native.probe.evaluate(({ socket }) => socket.close(3000, 'bye'));
  expect(await eventOf(native, 'close')).toMatchObject({ code: 3000, reason: 'bye', wasClean: true });
  await expect
    .poll(async () => (await server.connection(native.name)).closes)
    .toEqual([{ code: 3000, reason: 'bye' }]);
  // The end of one stream is nothing to the others.
  expect(await ours.probe.evaluate((probe) => probe.echoes('text', 10))).toBe(true);

  expect(await server.http2Sessions()).toBe(1);
  const log = await netLog(loggedPage);
  expect(log.tcpConnections(`127.0.0.1:${server.port}`)).toBe(1);
  const streams = webSockets(log);
  expect(streams.filter((fields) => isFor(native, fields))).toHaveLength(1);
  // A machine that stood still for seconds makes it look for itself, on a stream more.
  expect(streams.filter((fields) => isFor(ours, fields))).not.toHaveLength(0);
  expect(log.http2Requests.at(0)).toContain(':path: /page');
});

test('a native WebSocket gets the status of its refusal', async ({ http2Server: server, loggedPage }) => {
  const { page } = loggedPage;
  await openPage(page, server.url);
  const said = page.waitForEvent('console', (message) => message.text().includes('/elsewhere'));
  const closed = page.evaluate(
    () =>
      new Promise((resolve) => {
        new WebSocket('/elsewhere').onclose = ({ code }) => resolve(code);
      }),
  );
  expect((await said).text()).toContain('404');
  expect(await closed).toBe(1006);
  expect(webSockets(await netLog(loggedPage))).toHaveLength(1);
});

test('a native WebSocket whose stream the server resets closes with 1006, and the others stay', async ({
  http2Server: server,
  loggedPage: { page },
}) => {
  await openPage(page, server.url);
  const native = await connectNatively(page, 'native');
  const other = await connectNatively(page, 'other');
  await server.command(native.name, 'terminate', null);
  expect(await eventOf(native, 'close')).toMatchObject({ code: 1006, wasClean: false });
  expect(await other.probe.evaluate((probe) => probe.echoes('text', 10))).toBe(true);
});

for (const transport of ['long-polling', 'iframe'] as const) {
  /** More than the six that a browser allows over HTTP/1.1, where each of them holds a connection. */
  const SOCKETS = 12;

  test(`${SOCKETS} sockets on ${transport} share the page's connection, and hold up nothing`, async ({
    http2Server: server,
    loggedPage,
  }) => {
    const { page } = loggedPage;
    await openPage(page, server.url);
    const options = { transports: [transport] };
    const sockets: PageSocket[] = [];
    for (let count = 0; count < SOCKETS; count++) sockets.push(await connect(page, { app: 'echo', options }));
    const echoes = sockets.map(({ probe }) =>
      probe.evaluate(async (probe) => {
        for (const bytes of [0, 126, 65_536, 256 * 1024]) {
          if (!(await probe.echoes('binary', bytes))) return `${bytes} bytes differ`;
        }
        return probe.transport;
      }),
    );
    expect(await Promise.all(echoes)).toEqual(Array(SOCKETS).fill(transport));
    // Each has a request that waits; another one is answered all the same.
    expect(await page.evaluate(async () => (await fetch('/page')).status)).toBe(200);
    for (const { name } of sockets) {
      expect(await server.connection(name)).toMatchObject({ httpVersion: '2.0', transport, messageCount: 4 });
    }
    await sockets[0]?.probe.evaluate(({ socket }) => socket.close(4000, 'done'));
    expect(await eventOf(sockets[0] as PageSocket, 'close')).toMatchObject({ code: 4000, wasClean: true });

    expect(await server.http2Sessions()).toBe(1);
    const log = await netLog(loggedPage);
    expect(log.tcpConnections(`127.0.0.1:${server.port}`)).toBe(1);
    expect(webSockets(log)).toEqual([]);
  });
}

for (const transport of ['websocket', 'long-polling'] as const) {
  test(`10,000 numbered messages go both ways over HTTP/2 on ${transport}`, async ({
    http2Server: server,
    loggedPage: { page },
  }) => {
    const count = 10_000;
    await openPage(page, server.url);
    const { name, probe } = await connect(page, { app: 'numbers', options: { transports: [transport] } });
    await probe.evaluate((probe) => probe.startNumbers());
    await probe.evaluate((probe, count) => probe.allowNumbers(count), count);
    await server.command(name, 'allow', count);
    const all = { sent: count, received: count, mistake: null };
    await expect.poll(async () => (await server.connection(name)).numbers).toEqual(all);
    await expect.poll(() => probe.evaluate(({ numbers }) => numbers)).toEqual(all);
    expect(await server.http2Sessions()).toBe(1);
  });
}
