/**
 * In order, without loss or repetition, while the session lives: under cuts, and while it moves from one transport to another. Both
 * ends check every message; the page must see no event but its `open`, the application one connection.
 */
import { catalogue, type FaultProxy, type Rule, startFaultProxy } from '@holdfast/faults';
import type { Page } from '@playwright/test';
import {
  connect,
  eventOf,
  eventTypes,
  openPage,
  type PageSocket,
  reachTransport,
} from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import { TestServer } from '../harness/test-server.ts';
import { LARGE_NUMBER } from '../pages/numbered.mjs';

const MESSAGES = 10_000;
const CUTS = 20;

/** A browser does not tell an iframe's cut: each costs some seconds until its silence is noticed. */
const IFRAME_CUTS = 3;

/** In one turn of a sender: few enough that every cut meets messages under way. */
const PER_TURN = 5;

/** How many must have arrived at each end between two cuts: the connection that is cut has carried something, both ways. */
const MESSAGES_BETWEEN_CUTS = 50;

/** Each with what keeps a session on it. */
const TRANSPORTS = {
  websocket: [],
  'long-polling': catalogue['upgrade refused 403'],
  iframe: catalogue['fetch refused'],
} satisfies Record<string, readonly Rule[]>;

type Transport = keyof typeof TRANSPORTS;

const NAMES = Object.keys(TRANSPORTS) as Transport[];

/** So slow that a message of several MiB takes seconds, both ways. */
const SLOW: Rule = { match: { path: '/socket' }, link: { upKibps: 2048, downKibps: 2048 } };

/** So slow that they are still on their way when somebody has looked, however busy the machine is. */
const CRAWLING: Rule = { match: { path: '/socket' }, link: { upKibps: 512, downKibps: 512 } };

/** Of the large message, each way, when it is cut: some fragments, and far from all. */
const UNDER_WAY_BYTES = 300_000;

/** Behind the large one as many as before it, and more: the senders go on while the session moves. */
const MESSAGES_AROUND_LARGE = 300;

interface Ends {
  readonly socket: PageSocket;
  readonly server: TestServer;
}

async function startNumbers(page: Page, server: TestServer): Promise<Ends> {
  const socket = await connect(page, { app: 'numbers', perTurn: PER_TURN });
  await socket.probe.evaluate((probe, perTurn) => probe.startNumbers(perTurn), PER_TURN);
  return { socket, server };
}

/** Lets both ends send up to this many messages. */
async function allow({ socket, server }: Ends, total: number): Promise<void> {
  await Promise.all([
    server.command(socket.name, 'allow', total),
    socket.probe.evaluate((probe, total) => probe.allowNumbers(total), total),
  ]);
}

/** Waits until both ends have received this many messages, in order. */
async function arrived({ socket, server }: Ends, total: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const atServer = (await server.connection(socket.name)).numbers;
        const atPage = await socket.probe.evaluate(({ numbers }) => numbers);
        const mistake = atServer.mistake ?? atPage.mistake;
        if (mistake !== null) throw new Error(mistake);
        return Math.min(atServer.received, atPage.received);
      },
      { intervals: [10] },
    )
    .toBeGreaterThanOrEqual(total);
}

/** Everything has arrived once, and neither application has seen anything else. */
async function assertNothingLost(ends: Ends, total: number): Promise<void> {
  await arrived(ends, total);
  const { socket, server } = ends;
  const all = { sent: total, received: total, mistake: null };
  expect((await server.connection(socket.name)).numbers).toEqual(all);
  expect(await socket.probe.evaluate(({ numbers }) => numbers)).toEqual(all);
  expect(await eventTypes(socket)).toEqual(['open']);
  expect(await server.connection(socket.name)).toMatchObject({ closes: [], errors: [], readyState: 1 });
}

/** Sends all messages, and cuts every connection again and again meanwhile. */
async function exchangeUnderCuts(ends: Ends, faultProxy: FaultProxy, cutsDue: number): Promise<void> {
  const step = Math.floor(MESSAGES / (cutsDue + 1));
  for (let cuts = 0; cuts < cutsDue; cuts++) {
    await allow(ends, (cuts + 1) * step);
    await arrived(ends, cuts * step + MESSAGES_BETWEEN_CUTS);
    // Between two attempts there may be none for a moment.
    await expect.poll(() => faultProxy.cut({ match: { path: '/socket' } })).toBeGreaterThan(0);
  }
  await allow(ends, MESSAGES);
  await assertNothingLost(ends, MESSAGES);
}

test(`loses nothing on websocket while its TCP connection is cut ${CUTS} times`, async ({
  page,
  faultProxy,
  server,
}) => {
  await openPage(page, faultProxy.url);
  const ends = await startNumbers(page, server);
  await exchangeUnderCuts(ends, faultProxy, CUTS);
  expect(await ends.socket.probe.evaluate(({ transport }) => transport)).toBe('websocket');
});

for (const [transport, fault, cuts] of [
  ['long-polling', 'upgrade refused 403', CUTS],
  ['iframe', 'fetch refused', IFRAME_CUTS],
] as const) {
  test(`loses nothing on ${transport} while its connections are cut ${cuts} times`, async ({
    page,
    faultProxy,
    server,
  }) => {
    await faultProxy.set(catalogue[fault]);
    await openPage(page, faultProxy.url);
    const ends = await startNumbers(page, server);
    await reachTransport(ends.socket, transport);
    await exchangeUnderCuts(ends, faultProxy, cuts);
    await reachTransport(ends.socket, transport);
    expect(await faultProxy.log({ kind: 'upgrade' })).not.toContainEqual(
      expect.objectContaining({ status: 101 }),
    );
  });
}

/** Waits until the large message is under way in both directions, and not there yet. */
async function largeIsUnderWay(ends: Ends, faultProxy: FaultProxy): Promise<void> {
  const before = await faultProxy.stats();
  await allow(ends, MESSAGES_AROUND_LARGE);
  await expect
    .poll(
      async () => {
        const { bytesUp, bytesDown } = await faultProxy.stats();
        return Math.min(bytesUp - before.bytesUp, bytesDown - before.bytesDown);
      },
      { intervals: [10] },
    )
    .toBeGreaterThan(UNDER_WAY_BYTES);
}

/** How many each end has received. */
async function receivedBy({ socket, server }: Ends): Promise<{ page: number; server: number }> {
  const page = await socket.probe.evaluate(({ numbers }) => numbers.received);
  return { page, server: (await server.connection(socket.name)).numbers.received };
}

for (const from of NAMES) {
  for (const to of NAMES) {
    test(`loses nothing from ${from} to ${to}, with large messages cut in the middle both ways`, async ({
      page,
      faultProxy,
      server,
    }) => {
      await faultProxy.set([...TRANSPORTS[from], SLOW]);
      await openPage(page, faultProxy.url);
      const ends = await startNumbers(page, server);
      await reachTransport(ends.socket, from);
      await allow(ends, LARGE_NUMBER);
      await arrived(ends, LARGE_NUMBER);
      await largeIsUnderWay(ends, faultProxy);

      await faultProxy.set([...TRANSPORTS[to], SLOW]);
      expect(await faultProxy.cut({ match: { path: '/socket' } })).toBeGreaterThan(0);
      expect(await receivedBy(ends)).toEqual({ page: LARGE_NUMBER, server: LARGE_NUMBER });
      await reachTransport(ends.socket, to);
      await assertNothingLost(ends, MESSAGES_AROUND_LARGE);
      expect(await ends.socket.probe.evaluate(({ transport }) => transport)).toBe(to);
    });
  }
}

for (const [from, to] of [
  ['long-polling', 'websocket'],
  ['iframe', 'websocket'],
  ['iframe', 'long-polling'],
] as const) {
  test(`loses nothing when it moves up from ${from} to ${to} in the middle of large messages`, async ({
    page,
    faultProxy,
    server,
  }) => {
    await faultProxy.set([...TRANSPORTS[from], SLOW]);
    await openPage(page, faultProxy.url);
    const ends = await startNumbers(page, server);
    await reachTransport(ends.socket, from);
    await allow(ends, LARGE_NUMBER);
    await arrived(ends, LARGE_NUMBER);
    await largeIsUnderWay(ends, faultProxy);

    await faultProxy.set([...TRANSPORTS[to], CRAWLING]);
    await page.evaluate(() => void dispatchEvent(new Event('online')));
    await reachTransport(ends.socket, to);
    expect(await receivedBy(ends)).toEqual({ page: LARGE_NUMBER, server: LARGE_NUMBER });
    await faultProxy.set([...TRANSPORTS[to], SLOW]);
    await assertNothingLost(ends, MESSAGES_AROUND_LARGE);
  });
}

test('moves up when WebSocket becomes possible, and down when it no longer is', async ({
  page,
  faultProxy,
  server,
}) => {
  await faultProxy.set(catalogue['upgrade refused 403']);
  await openPage(page, faultProxy.url);
  const ends = await startNumbers(page, server);
  const { socket } = ends;
  await reachTransport(socket, 'long-polling');
  await allow(ends, 1000);
  await arrived(ends, 100);

  await faultProxy.set([]);
  await allow(ends, MESSAGES / 2);
  await reachTransport(socket, 'websocket');
  await arrived(ends, MESSAGES / 2);
  expect(await eventTypes(socket)).toEqual(['open']);

  await allow(ends, MESSAGES);
  await faultProxy.set(catalogue['upgrade refused 403']);
  expect(await faultProxy.cut({ match: { kind: 'upgrade' } })).toBe(1);
  await reachTransport(socket, 'long-polling');
  await assertNothingLost(ends, MESSAGES);

  const log = await socket.probe.evaluate(({ log }) => log);
  expect(log).toContainEqual(expect.objectContaining({ type: 'attached', transport: 'websocket' }));
});

for (const transport of NAMES) {
  test(`closes with 1006 at both ends once it was cut off ${transport} for longer than the session lives`, async ({
    page,
  }) => {
    const server = await TestServer.start({ sessionExpiryMs: 1500 });
    const faultProxy = await startFaultProxy({ upstreamPort: server.port });
    try {
      await faultProxy.set(TRANSPORTS[transport]);
      await openPage(page, faultProxy.url);
      const socket = await connect(page, { app: 'silent' });
      await reachTransport(socket, transport);
      await faultProxy.set([{ match: { path: '/socket' }, fault: 'reset' }]);
      await faultProxy.cut({ match: { path: '/socket' } });
      expect(await eventOf(socket, 'close')).toMatchObject({ code: 1006, reason: '', wasClean: false });
      expect(await eventTypes(socket)).toEqual(['open', 'error', 'close']);
      await expect
        .poll(async () => (await server.connection(socket.name)).closes)
        .toEqual([{ code: 1006, reason: '' }]);
    } finally {
      await faultProxy.close();
      await server.stop();
    }
  });
}

test('closes with 1006 when the server was restarted, instead of going on with another session', async ({
  page,
}) => {
  const before = await TestServer.start();
  const faultProxy = await startFaultProxy({ upstreamPort: before.port });
  try {
    await openPage(page, faultProxy.url);
    const socket = await connect(page, { app: 'silent' });
    await before.stop();
    const after = await TestServer.start({}, before.port);
    expect(await eventOf(socket, 'close')).toMatchObject({ code: 1006, reason: '', wasClean: false });
    expect(await eventTypes(socket)).toEqual(['open', 'error', 'close']);
    expect(await after.connections(socket.name)).toEqual([]);
    await after.stop();
  } finally {
    await faultProxy.close();
    await before.stop();
  }
});
