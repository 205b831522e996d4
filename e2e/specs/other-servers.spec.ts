/**
 * Servers that are not Holdfast: spoken to natively by our class, and left alone by the script tag that replaces the page's own.
 */
import { ForeignServer } from '../harness/foreign-server.ts';
import { openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import type { SocketEvent } from '../pages/probe-types.ts';

test.describe('the script tag with data-install', () => {
  test('serves the own origin, and those that are listed', async ({ page, faultProxy }) => {
    const listed = `http://localhost:${faultProxy.port}`;
    await openPage(page, faultProxy.url, { install: listed });
    const seen = await page.evaluate(
      async (urls) => {
        const made = urls.map((url) => new WebSocket(url));
        for (const socket of made) socket.close();
        await Promise.resolve();
        return made.map((socket) => ({
          ours: Object.getPrototypeOf(socket) === Holdfast.WebSocket.prototype,
          isWebSocket: socket instanceof WebSocket,
        }));
      },
      ['/socket', `${faultProxy.url}/socket`, `${listed}/socket`],
    );
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ ours: true, isWebSocket: true })));
  });

  test('leaves every other URL to the native class', async ({ page, faultProxy }) => {
    const foreign = await ForeignServer.start();
    try {
      await openPage(page, faultProxy.url, { install: '' });
      const seen = await page.evaluate(async (url) => {
        const probe = new globalThis.Probe(() => new WebSocket(url, ['chat']));
        await probe.event('open');
        const echoed = await probe.echoes('binary', 1000);
        return {
          echoed,
          ours: probe.socket instanceof Holdfast.WebSocket,
          native: Object.prototype.toString.call(probe.socket),
          protocol: probe.socket.protocol,
        };
      }, `${foreign.url}/any?query`);
      expect(seen).toEqual({ echoed: true, ours: false, native: '[object WebSocket]', protocol: 'chat' });
      expect(foreign.seen).toEqual([
        { kind: 'upgrade', method: 'GET', url: '/any?query', protocols: ['chat'] },
      ]);
    } finally {
      foreign.stop();
    }
  });

  test('makes no request but the handshake where another server refuses', async ({ page, faultProxy }) => {
    const foreign = await ForeignServer.start({ verifyClient: () => false });
    try {
      await openPage(page, faultProxy.url, { install: '' });
      const events = await page.evaluate(async (url) => {
        const probe = new globalThis.Probe(() => new WebSocket(url));
        await probe.event('close');
        return probe.events.map(({ type }) => type);
      }, `${foreign.url}/`);
      expect(events).toEqual(['error', 'close']);
      expect(foreign.seen).toEqual([{ kind: 'upgrade', method: 'GET', url: '/', protocols: [] }]);
    } finally {
      foreign.stop();
    }
  });
});

/** What servers do with subprotocols, of which our token is one. */
const HABITS = [
  { name: 'takes the first subprotocol it is offered', options: {} },
  { name: 'selects no subprotocol', options: { handleProtocols: () => false as const } },
  {
    name: 'knows only its own subprotocols',
    options: { handleProtocols: (offered: Set<string>) => (offered.has('chat') ? 'chat' : false) },
  },
] as const;

for (const { name, options } of HABITS) {
  for (const protocols of [[], ['chat']]) {
    // Browsers fail a handshake that selects none of the subprotocols offered; so it is with the native class.
    const opens = protocols.length === 0 || name !== 'selects no subprotocol';
    const outcome = opens ? 'is spoken to natively' : 'fails as natively';
    const offer = protocols.length === 0 ? 'no subprotocol' : protocols.join();
    for (const place of ['of the page', 'elsewhere'] as const) {
      test(`a server ${place} that ${name} ${outcome} when offered ${offer}`, async ({
        page,
        faultProxy,
      }) => {
        const foreign = await ForeignServer.start(options);
        try {
          await openPage(page, place === 'elsewhere' ? faultProxy.url : foreign.url);
          const seen = await page.evaluate(
            async ([url, protocols]) => {
              const probe = new globalThis.Probe(() => new Holdfast.WebSocket(url, [...protocols]));
              await probe.until(() => probe.events.length > 0);
              if (probe.socket.readyState !== WebSocket.OPEN) {
                await probe.event('close');
                return { events: probe.events.map(({ type }) => type) };
              }
              const echoed = (await probe.echoes('text', 1000)) && (await probe.echoes('binary', 100_000));
              const { protocol } = probe.socket;
              probe.socket.close(3000, 'done');
              const { code, wasClean } = (await probe.event('close')) as Extract<
                SocketEvent,
                { type: 'close' }
              >;
              return { events: probe.events.map(({ type }) => type), echoed, protocol, code, wasClean };
            },
            [`${foreign.url}/`, protocols] as const,
          );
          expect(seen).toEqual(
            opens
              ? {
                  events: ['open', 'close'],
                  echoed: true,
                  protocol: protocols[0] ?? '',
                  code: 3000,
                  wasClean: true,
                }
              : { events: ['error', 'close'] },
          );
        } finally {
          foreign.stop();
        }
      });
    }
  }
}

test('remembers that a server is another one, and then makes a plain handshake alone', async ({ page }) => {
  const foreign = await ForeignServer.start({ handleProtocols: () => false });
  try {
    await openPage(page, foreign.url);
    const open = (): Promise<boolean> =>
      page.evaluate(async () => {
        const probe = new globalThis.Probe(() => new Holdfast.WebSocket('/chat'));
        await probe.event('open');
        return probe.echoes('text', 10);
      });
    expect(await open()).toBe(true);
    const before = foreign.seen.length;
    expect(await open()).toBe(true);
    expect(foreign.seen.slice(before)).toEqual([
      { kind: 'upgrade', method: 'GET', url: '/chat', protocols: [] },
    ]);
  } finally {
    foreign.stop();
  }
});
