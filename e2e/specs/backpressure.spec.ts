/**
 * Who does not read, at either end and on each transport: held up first, so that what waits waits where it is made; and ended, with a code
 * that says so, once more waits than is allowed.
 */
import { catalogue, type FaultProxy, type Rule, startFaultProxy } from '@holdfast/faults';
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

/** Each with what keeps a session on it. */
const TRANSPORTS = {
  websocket: [],
  'long-polling': catalogue['upgrade refused 403'],
  iframe: catalogue['fetch refused'],
} satisfies Record<string, readonly Rule[]>;

const NAMES = Object.keys(TRANSPORTS) as (keyof typeof TRANSPORTS)[];

/** What is on its way stands still, until the rule is gone: somebody in the middle reads no more. */
const STALL: Rule = { match: { path: '/socket' }, fault: 'stall' };

/** Slow enough for a busy server to say that it is held up before all has arrived. */
const NARROW: Rule = { match: { path: '/socket' }, link: { upKibps: 2 * 1024 } };

const KIB = 1024;

/** Far more than browsers, proxies and sockets take in between. */
const MESSAGES = 64;
const MESSAGE_BYTES = 256 * KIB;

/** So many answers to pings come while nothing else moves: whoever may send would have. */
const PINGS = 5;

const MAX_BUFFERED_BYTES = 1024 * KIB;

/** What the page still has, once that changes no more, in bytes. */
async function settledAmount({ name, probe }: PageSocket, server: TestServer): Promise<number> {
  const amount = (): Promise<number> => probe.evaluate(({ socket }) => socket.bufferedAmount);
  for (;;) {
    const before = await amount();
    const { length } = (await server.connection(name)).pongs;
    for (let pings = 1; pings <= PINGS; pings++) {
      await server.command(name, 'ping', 'still there?');
      await expect
        .poll(async () => (await server.connection(name)).pongs.length, { intervals: [10] })
        .toBe(length + pings);
    }
    if ((await amount()) === before) return before;
  }
}

for (const transport of NAMES) {
  test.describe(`a reader that stops, on ${transport}`, () => {
    test('at the server leaves what it does not read in the page, and gets it all when it goes on', async ({
      page,
      faultProxy,
      server,
    }) => {
      await faultProxy.set(TRANSPORTS[transport]);
      await openPage(page, faultProxy.url);
      const socket = await connect(page, { app: 'silent' });
      await reachTransport(socket, transport);
      await server.command(socket.name, 'pause', null);
      await faultProxy.set([...TRANSPORTS[transport], NARROW]);
      await socket.probe.evaluate(
        ({ socket }, [messages, bytes]) => {
          for (let sent = 0; sent < messages; sent++) socket.send(new Uint8Array(bytes));
        },
        [MESSAGES, MESSAGE_BYTES] as const,
      );
      // How much has left it by then is for the browser, the link and the processor to say.
      expect(await settledAmount(socket, server)).toBeGreaterThan(0);
      expect((await server.connection(socket.name)).messageCount).toBe(0);

      await server.command(socket.name, 'resume', null);
      await faultProxy.set(TRANSPORTS[transport]);
      await expect
        .poll(async () => (await server.connection(socket.name)).messageCount, { timeout: 30_000 })
        .toBe(MESSAGES);
      await socket.probe.evaluate((probe) => probe.until(() => probe.socket.bufferedAmount === 0));
      expect(await eventTypes(socket)).toEqual(['open']);
    });

    test('on the way to the page has the callback of send wait until the page has the message', async ({
      page,
      faultProxy,
      server,
    }) => {
      await faultProxy.set(TRANSPORTS[transport]);
      await openPage(page, faultProxy.url);
      const socket = await connect(page, { app: 'silent' });
      await reachTransport(socket, transport);
      await faultProxy.set([...TRANSPORTS[transport], STALL]);
      await server.command(socket.name, 'send', 'hello');
      expect((await server.connection(socket.name)).outcomes).toEqual([]);
      await faultProxy.set(TRANSPORTS[transport]);
      await expect
        .poll(async () => (await server.connection(socket.name)).outcomes)
        .toEqual(['acknowledged']);
      expect(await socket.probe.evaluate(({ messages }) => messages)).toEqual(['hello']);
    });

    test('on the way to the page is closed with 1008 at both ends when too much waits', async ({ page }) => {
      const server = await TestServer.start({ maxBufferedBytes: MAX_BUFFERED_BYTES });
      const faultProxy: FaultProxy = await startFaultProxy({ upstreamPort: server.port });
      try {
        await faultProxy.set(TRANSPORTS[transport]);
        await openPage(page, faultProxy.url);
        const socket = await connect(page, { app: 'silent' });
        await reachTransport(socket, transport);
        await faultProxy.set([...TRANSPORTS[transport], STALL]);
        const reason = `More than ${MAX_BUFFERED_BYTES} bytes wait`;
        for (let sent = 0; sent <= MAX_BUFFERED_BYTES; sent += MESSAGE_BYTES)
          await server.command(socket.name, 'send', 'x'.repeat(MESSAGE_BYTES));
        const { closes, errors, outcomes } = await server.connection(socket.name);
        expect(closes).toEqual([{ code: 1008, reason }]);
        expect(errors).toEqual([reason]);
        expect(outcomes).toHaveLength(MAX_BUFFERED_BYTES / MESSAGE_BYTES + 1);
        expect(outcomes).not.toContain('acknowledged');

        await faultProxy.set(TRANSPORTS[transport]);
        expect(await eventOf(socket, 'close')).toMatchObject({ code: 1008, reason });
      } finally {
        await faultProxy.close();
        await server.stop();
      }
    });
  });
}
