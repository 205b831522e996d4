/**
 * Alive means alive: a connection that lets nothing pass any more is noticed, in time, by who sits at its end; and a page that slept, or
 * was without a network, has its session back as soon as it wakes.
 */
import { catalogue, type FaultProxy, type Kind, type Rule, startFaultProxy } from '@holdfast/faults';
import type { Page } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/find-chromium.mjs';
import {
  connect,
  createSocket,
  eventOf,
  eventTypes,
  openPage,
  type PageOptions,
  type PageSocket,
  reachTransport,
} from '../harness/socket.ts';
import { type Tab, Tabs } from '../harness/tabs.ts';
import { expect, test } from '../harness/test.ts';
import { TestServer } from '../harness/test-server.ts';

/** Silence where an answer is due is noticed in this time, in ms. */
const SILENCE_MS = 1500;

/** After waking up a session has a transport again in this time, in ms. */
const AWAKE_MS = 2000;

/** Longer than a page is ever late by itself, in ms. */
const ASLEEP_MS = 5000;

/** When each `holdfast` event of this type came, in ms since the epoch. */
function timesOf({ probe }: PageSocket, type: string, transport: string): Promise<number[]> {
  return probe.evaluate(
    ({ log }, [type, transport]) =>
      log.filter((entry) => entry.type === type && entry.transport === transport).map(({ at }) => at),
    [type, transport] as const,
  );
}

test('does not wait for a connection that says nothing behind its 101', async ({ page, faultProxy }) => {
  await faultProxy.set(catalogue['101 then silence']);
  await openPage(page, faultProxy.url);
  const socket = await connect(page, { app: 'echo' });
  const [beganAt = Number.NaN] = await timesOf(socket, 'attempt', 'websocket');
  const [attachedAt] = await timesOf(socket, 'attached', 'long-polling');
  expect(attachedAt).toBeLessThanOrEqual(beganAt + SILENCE_MS);
});

for (const fault of ['101 then silence after 1 frame', '101 then silence after 2 frames'] as const) {
  test(`gives up a connection that falls silent early: ${fault}`, async ({ page, faultProxy }) => {
    await faultProxy.set(catalogue[fault]);
    await openPage(page, faultProxy.url);
    const socket = await createSocket(page, { app: 'echo' });
    const echoed = await socket.probe.evaluate(async (probe) => {
      await probe.event('open');
      return probe.echoes('text', 10);
    });
    expect(echoed).toBe(true);
    const [attachedAt = Number.NaN] = await timesOf(socket, 'attached', 'websocket');
    const [detachedAt] = await timesOf(socket, 'detached', 'websocket');
    expect(detachedAt).toBeLessThanOrEqual(attachedAt + SILENCE_MS);
    expect(await socket.probe.evaluate(({ transport }) => transport)).toBe('long-polling');
    expect(await eventTypes(socket)).toEqual(['open']);
  });
}

test('notices within one and a half keepalive intervals that a connection is half-open', async ({ page }) => {
  const keepaliveMs = 2000;
  const server = await TestServer.start({ keepaliveMs });
  const faultProxy = await startFaultProxy({ upstreamPort: server.port });
  try {
    await openPage(page, faultProxy.url);
    const socket = await connect(page, { app: 'silent' });
    const vanishedAt = await vanish(faultProxy, 'upgrade');
    await expect.poll(async () => await timesOf(socket, 'attached', 'websocket')).toHaveLength(2);
    const [detachedAt = Number.NaN] = await timesOf(socket, 'detached', 'websocket');
    expect(detachedAt).toBeGreaterThan(vanishedAt);
    expect(detachedAt).toBeLessThanOrEqual(vanishedAt + 1.5 * keepaliveMs);
    expect(await eventTypes(socket)).toEqual(['open']);
    expect(await server.connection(socket.name)).toMatchObject({ closes: [], transport: 'websocket' });
  } finally {
    await faultProxy.close();
    await server.stop();
  }
});

/** What runs is dead from now on, and nobody is told; what comes later lives. @returns when that was */
async function vanish(faultProxy: FaultProxy, kind: Kind | Kind[]): Promise<number> {
  await faultProxy.set([{ match: { kind, live: true }, fault: 'half-open' }], { group: 'vanish' });
  return Date.now();
}

/** What Chromium has to emulate something of, to emulate a kind of network; in ms, and bytes per s. */
const FAST_NETWORK = { offline: false, latency: 1, downloadThroughput: 1e8, uploadThroughput: 1e8 };

// On phones alone Chromium says by itself which kind of network it is on.
test.use({
  launchOptions: {
    executablePath: await findChromium(),
    args: [...CHROMIUM_ARGS, '--enable-blink-features=NetInfoDownlinkMax'],
  },
});

/** Ways of a page to sleep, or to be without a network; each returns when it woke up. */
const SLEEPS: Readonly<Record<string, (page: Page) => Promise<number>>> = {
  async 'was offline'(page) {
    const awake = page.evaluate(
      () => new Promise<number>((resolve) => addEventListener('online', () => resolve(Date.now()))),
    );
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    return awake;
  },

  async 'went from one network to another'(page) {
    const session = await page.context().newCDPSession(page);
    const join = (connectionType: 'wifi' | 'cellular4g'): Promise<unknown> =>
      session.send('Network.emulateNetworkConditions', { ...FAST_NETWORK, connectionType });
    await join('wifi');
    const awake = page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          navigator.connection?.addEventListener('typechange', () => resolve(Date.now())),
        ),
    );
    await join('cellular4g');
    return awake;
  },

  async 'slept with the whole machine'(page) {
    const processes = await rendererProcesses(page);
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    try {
      await pause(ASLEEP_MS);
    } finally {
      for (const pid of processes) process.kill(pid, 'SIGCONT');
    }
    return Date.now();
  },
};

/** The browser's processes in which pages run. */
async function rendererProcesses(page: Page): Promise<number[]> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

/** For what is about time itself: nothing else says that it has passed for a page which does not run. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Where a session has which transport, and what carries it. */
const PATHS: readonly (PageOptions & { transport: string; kind: Kind; rules: readonly Rule[] })[] = [
  { transport: 'websocket', kind: 'upgrade', rules: [] },
  { transport: 'long-polling', kind: 'fetch', rules: catalogue['upgrade refused 403'] },
  { transport: 'iframe', kind: 'form', rules: [], csp: 'strict' },
];

for (const [what, sleep] of Object.entries(SLEEPS)) {
  for (const { transport, kind, rules, ...place } of PATHS) {
    test(`a page that ${what} has its session on ${transport} back at once, and what was sent meanwhile`, async ({
      page,
      faultProxy,
      server,
    }) => {
      await faultProxy.set(rules);
      await openPage(page, faultProxy.url, place);
      const socket = await connect(page, { app: 'silent' });
      await reachTransport(socket, transport);
      await socket.probe.evaluate((probe) => {
        probe.socket.addEventListener('message', () => {
          globalThis.heardAt ??= Date.now();
        });
      });
      await vanish(faultProxy, kind);
      await server.command(socket.name, 'send', 'are you there?');
      const awakeAt = await sleep(page);
      await page.waitForFunction(() => globalThis.heardAt !== undefined);
      const heardAt = (await page.evaluate(() => globalThis.heardAt)) ?? Number.NaN;
      expect(heardAt - awakeAt).toBeLessThanOrEqual(AWAKE_MS);
      expect(await socket.probe.evaluate(({ messages }) => messages)).toEqual(['are you there?']);
      expect(await eventTypes(socket)).toEqual(['open']);
    });
  }
}

/**
 * What Chromium does to the timers of a page that has been hidden for five minutes, from the beginning: one that timers have set, each by the
 * one before, comes once a minute.
 */
const INTENSIVE_THROTTLING = [
  '--intensive-wake-up-throttling-policy=force-enable',
  '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/0',
];

/** A chain of timers that stands still for so long, in ms, is throttled: else it goes on each second. */
const THROTTLED_AFTER_MS = 4000;

/** A busy machine may let a timer of the minute before come late. */
const MOST_TICKS = 2;

const TRANSPORTS = ['websocket', 'long-polling', 'iframe'] as const;

test.describe('a hidden page', () => {
  /** Its timers come up to a second late, one for the ping and one for the end: a quarter of the interval is more. */
  const keepaliveMs = 10_000;
  /** Answers hang for 0.6 of it, and are given up after 0.2 more: less than one and a half intervals, too. */
  const sessionExpiryMs = 15_000;
  let server: TestServer;
  let faultProxy: FaultProxy;
  let tabs: Tabs;
  let hidden: Tab;

  test.beforeEach(async () => {
    server = await TestServer.start({ keepaliveMs, sessionExpiryMs });
    faultProxy = await startFaultProxy({ upstreamPort: server.port });
    tabs = await Tabs.start(INTENSIVE_THROTTLING);
    hidden = await tabs.open(`${faultProxy.url}/page`);
    await expect.poll(() => hidden.evaluate(() => globalThis.Probe !== undefined, null)).toBe(true);
    await hidden.evaluate(async (transports) => {
      for (const transport of transports) {
        const url = `/socket?app=silent&name=hidden-${transport}`;
        const socket = (): WebSocket => new Holdfast.WebSocket(url, [], { transports: [transport] });
        await new globalThis.Probe(socket).event('open');
      }
    }, TRANSPORTS);
    await tabs.open('about:blank');
    await expect.poll(() => hidden.evaluate(() => document.visibilityState, null)).toBe('hidden');
  });

  test.afterEach(async () => {
    await tabs.stop();
    await faultProxy.close();
    await server.stop();
  });

  /** When a transport's socket was attached or detached, in ms since the epoch. */
  function times(type: string, transport: string): Promise<number[]> {
    return hidden.evaluate(
      ([type, transport]) =>
        globalThis.Probe.all
          .flatMap(({ log }) => log)
          .filter((entry) => entry.type === type && entry.transport === transport)
          .map(({ at }) => at),
      [type, transport] as const,
    );
  }

  test('notices within one and a half keepalive intervals that a connection is half-open, though its timers come once a minute', async () => {
    await hidden.evaluate(() => {
      globalThis.ticks = [];
      // The application sends, too: so the connector's own timers are set by such as come seldom.
      const tick = (): void => {
        globalThis.ticks.push(Date.now());
        for (const { socket } of globalThis.Probe.all) socket.send('tick');
        setTimeout(tick);
      };
      tick();
    }, null);
    const sinceTick = (): Promise<number> =>
      hidden.evaluate(() => Date.now() - Number(globalThis.ticks.at(-1)), null);
    await expect.poll(sinceTick).toBeGreaterThan(THROTTLED_AFTER_MS);

    const vanishedAt = await vanish(faultProxy, ['upgrade', 'fetch', 'form']);
    for (const transport of TRANSPORTS) {
      const noticedAt = async (): Promise<number | undefined> =>
        (await times('detached', transport)).find((at) => at > vanishedAt);
      await expect.poll(noticedAt, { message: transport, timeout: 2 * keepaliveMs }).toBeDefined();
      expect(await noticedAt(), transport).toBeLessThanOrEqual(vanishedAt + 1.5 * keepaliveMs);
      await expect.poll(async () => (await times('attached', transport)).at(-1)).toBeGreaterThan(vanishedAt);
    }
    const ticks = await hidden.evaluate(() => globalThis.ticks, null);
    expect(ticks.filter((at) => at > vanishedAt).length).toBeLessThanOrEqual(MOST_TICKS);
  });

  test('has its sessions back as soon as the browser no longer freezes it', async () => {
    await hidden.send('Page.setWebLifecycleState', { state: 'frozen' });
    await vanish(faultProxy, ['upgrade', 'fetch', 'form']);
    for (const transport of TRANSPORTS) await server.command(`hidden-${transport}`, 'send', 'are you there?');
    await pause(ASLEEP_MS);
    const awakeAt = Date.now();
    await hidden.send('Page.setWebLifecycleState', { state: 'active' });
    await expect
      .poll(() => hidden.evaluate(() => globalThis.Probe.all.map(({ messages }) => messages), null), {
        intervals: [50],
      })
      .toEqual(TRANSPORTS.map(() => ['are you there?']));
    expect(Date.now() - awakeAt).toBeLessThanOrEqual(AWAKE_MS);
  });
});

test('a server that is killed and started again demotes nobody', async ({ page }) => {
  const before = await TestServer.start();
  const faultProxy = await startFaultProxy({ upstreamPort: before.port });
  let after: TestServer | undefined;
  try {
    await openPage(page, faultProxy.url);
    const socket = await connect(page, { app: 'echo' });
    // An application opens a new socket when one has closed, and tries on while nobody is there.
    await page.evaluate(() => {
      const open = (): void => {
        const { socket } = new globalThis.Probe(() => new Holdfast.WebSocket('/socket?app=echo'));
        socket.addEventListener('close', () => setTimeout(open, 50));
      };
      globalThis.Probe.all[0]?.socket.addEventListener('close', open);
    });
    await before.stop('SIGKILL');
    const requestsBefore = (await faultProxy.log()).length;
    await expect.poll(async () => (await faultProxy.log()).length).toBeGreaterThan(requestsBefore + 10);
    after = await TestServer.start({}, before.port);
    expect(await eventOf(socket, 'close')).toMatchObject({ code: 1006 });
    await page.waitForFunction(() => {
      const probe = globalThis.Probe.all.at(-1);
      return probe?.socket.readyState === 1 && probe.transport === 'websocket';
    });
    expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});

    // Nor is anything left of it for the next page. (A busy machine may take so long that it tries more than the first.)
    const requests = (await faultProxy.log()).length;
    await openPage(page, faultProxy.url);
    await connect(page, { app: 'echo' });
    const [first] = (await faultProxy.log()).slice(requests).filter(({ kind }) => kind !== 'http');
    expect(first).toMatchObject({ kind: 'upgrade', status: 101 });
  } finally {
    await faultProxy.close();
    await before.stop();
    await after?.stop();
  }
});

test('a gateway that has no server for a while, as in a deploy, demotes nobody', async ({
  page,
  faultProxy,
}) => {
  await openPage(page, faultProxy.url);
  const socket = await connect(page, { app: 'echo' });
  await faultProxy.set([
    { match: { kind: ['upgrade', 'fetch', 'form'] }, fault: { type: 'refuse', status: 502 } },
  ]);
  await faultProxy.cut({ match: { kind: 'upgrade' } });
  // Until the iframe, too, has been refused twice: each of them could have been taken for the best that there is.
  const refused = async (): Promise<number> =>
    (await faultProxy.log()).filter(({ kind, status }) => kind === 'form' && status === 502).length;
  await expect.poll(refused).toBeGreaterThan(1);
  await faultProxy.set([]);
  await reachTransport(socket, 'websocket');
  expect(await socket.probe.evaluate((probe) => probe.echoes('text', 10))).toBe(true);
  expect(await eventTypes(socket)).toEqual(['open']);
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});
});

declare global {
  /** The Network Information API. */
  interface Navigator {
    readonly connection?: EventTarget;
  }
  /** When the first message came. */
  var heardAt: number | undefined;
  /** When each timer of a chain came, in ms since the epoch. */
  var ticks: number[];
}
