/**
 * How a session opens when the way is blocked, and that it does nothing beside the WebSocket handshake when it is not.
 */
import { catalogue } from '@holdfast/faults';
import { NetworkLog } from '../harness/network-log.ts';
import { connect, createSocket, eventOf, eventTypes, openPage, reachTransport } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

/** A person waits this long without wondering; the measured times are logged. */
const LONGEST_OPENING_MS = 5000;

/** Nothing of an upgrade that fails like this tells the page why. */
const BLOCKED_UPGRADES = [
  'upgrade refused 400',
  'upgrade refused 403',
  'upgrade refused 502',
  'upgrade swallowed',
  'upgrade reset',
  'upgrade header stripped',
  'upgrade answered by a captive portal',
  '101 then silence',
  '101 by a middlebox then silence',
] as const;

for (const fault of BLOCKED_UPGRADES) {
  test(`opens on long polling where the network does this: ${fault}`, async ({
    page,
    faultProxy,
    server,
  }) => {
    await faultProxy.set(catalogue[fault]);
    await openPage(page, faultProxy.url);
    const startedAt = performance.now();
    const { name, probe } = await createSocket(page, { app: 'echo' });
    const same = await probe.evaluate(async (probe) => {
      await probe.event('open');
      return probe.echoes('text', 10);
    });
    const firstEchoMs = Math.round(performance.now() - startedAt);
    test.info().annotations.push({ type: 'first echo', description: `${firstEchoMs} ms` });
    console.log(`first echo after ${firstEchoMs} ms: ${fault}`);

    expect(same).toBe(true);
    expect(firstEchoMs).toBeLessThan(LONGEST_OPENING_MS);
    expect(await probe.evaluate(({ transport }) => transport)).toBe('long-polling');
    expect((await faultProxy.stats()).requests.upgrade).toBeGreaterThan(0);
    // One session, whatever was tried beside it: the application saw one connection.
    expect((await server.connection(name)).messageCount).toBe(1);
  });
}

test('opens on the iframe where the network refuses upgrades and fetch', async ({
  page,
  faultProxy,
  server,
}) => {
  await faultProxy.set(catalogue['fetch refused']);
  await openPage(page, faultProxy.url);
  const { name, probe } = await connect(page, { app: 'echo' });
  expect(await probe.evaluate((probe) => probe.echoes('binary', 300))).toBe(true);
  expect(await probe.evaluate(({ transport }) => transport)).toBe('iframe');
  expect((await server.connection(name)).messageCount).toBe(1);
});

test('opens on the iframe where the page may not connect, and sends nothing else', async ({
  page,
  faultProxy,
}) => {
  const network = await NetworkLog.of(page);
  await openPage(page, faultProxy.url, { csp: 'strict' });
  const before = await page.evaluate(() => history.length);
  const { probe } = await connect(page, { app: 'echo' });
  expect(await probe.evaluate(({ transport }) => transport)).toBe('iframe');
  // Noticed at once, though Chromium dispatches no `close` where the policy forbids a WebSocket.
  expect(await probe.evaluate(({ log }) => log)).toContainEqual(
    expect.objectContaining({ type: 'failed', transport: 'websocket', reason: 'WebSocket closed with 1006' }),
  );

  const echoes = 100;
  const same = await probe.evaluate(async (probe, echoes) => {
    for (let count = 0; count < echoes; count++) if (!(await probe.echoes('text', count))) return false;
    return true;
  }, echoes);
  expect(same).toBe(true);

  expect(await page.evaluate(() => history.length)).toBe(before);
  const types = network.sent.map(({ type }) => type);
  expect(types.filter((type) => type === 'Document').length).toBeGreaterThan(echoes);
  expect(types.filter((type) => !['Document', 'Script', 'Other'].includes(type))).toEqual([]);
  expect(network.sent.filter(({ type, url }) => type === 'Other' && !url.endsWith('/favicon.ico'))).toEqual(
    [],
  );
});

test('makes one request on a healthy network: the WebSocket handshake', async ({
  page,
  faultProxy,
  server,
}) => {
  await openPage(page, faultProxy.url);
  // Everything of the page itself is there, and the server has served a socket before: this is not a race against a cold start.
  const warm = await connect(page, { app: 'silent' });
  await warm.probe.evaluate(({ socket }) => socket.close());
  await eventOf(warm, 'close');
  const before = (await faultProxy.log()).length;

  const { name, probe } = await connect(page, { app: 'echo' });
  for (const bytes of [1, 100_000]) {
    expect(await probe.evaluate((probe, bytes) => probe.echoes('binary', bytes), bytes)).toBe(true);
  }
  const requests = (await faultProxy.log()).slice(before);
  expect(requests.map(({ kind, status }) => ({ kind, status }))).toEqual([{ kind: 'upgrade', status: 101 }]);
  expect((await server.connection(name)).transport).toBe('websocket');
});

test('opens the next page at once on what has opened the last one, and is back on WebSocket once that works, without a reload', async ({
  page,
  faultProxy,
}) => {
  await faultProxy.set(catalogue['upgrade swallowed']);
  await openPage(page, faultProxy.url);
  await connect(page, { app: 'silent' });
  await openPage(page, faultProxy.url);
  const before = (await faultProxy.log()).length;
  const socket = await connect(page, { app: 'echo' });
  expect(await socket.probe.evaluate(({ transport }) => transport)).toBe('long-polling');
  const [first] = (await faultProxy.log()).slice(before);
  expect(first?.kind).toBe('fetch');

  await faultProxy.set([]);
  await reachTransport(socket, 'websocket');
  expect(await socket.probe.evaluate((probe) => probe.echoes('binary', 1000))).toBe(true);
  expect(await eventTypes(socket)).toEqual(['open']);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});

test('fails with error and close where nothing gets through', async ({ page, faultProxy }) => {
  await openPage(page, faultProxy.url);
  await faultProxy.set([{ fault: { type: 'refuse', status: 403 } }]);
  const socket = await createSocket(page, { app: 'echo' });
  expect(await eventOf(socket, 'close')).toMatchObject({
    code: 1006,
    reason: '',
    wasClean: false,
    readyState: 3,
  });
  expect(await eventTypes(socket)).toEqual(['error', 'close']);
});

test('leaves no ghost behind where the page closes while it connects', async ({
  page,
  faultProxy,
  server,
}) => {
  await openPage(page, faultProxy.url);
  const name = 'closed-while-connecting';
  const seen = await page.evaluate(async (name) => {
    const probe = new globalThis.Probe(() => new Holdfast.WebSocket(`/socket?app=echo&name=${name}`));
    probe.socket.close();
    const { readyState } = probe.socket;
    await probe.event('close');
    return { readyState, events: probe.events };
  }, name);
  expect(seen.readyState).toBe(2);
  expect(seen.events).toMatchObject([{ type: 'error' }, { type: 'close', code: 1006, wasClean: false }]);
  // Whether the server heard of it or not: nothing of it is left.
  await expect.poll(async () => (await faultProxy.stats()).liveTunnels).toBe(0);
  await expect
    .poll(async () => (await server.connections(name)).filter(({ closes }) => closes.length === 0))
    .toEqual([]);
});
