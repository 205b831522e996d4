/**
 * Messages that are compressed on their way: by permessage-deflate (RFC 7692), which Chromium and the server agree upon, and in the
 * fallbacks' answers by gzip, which Chromium reads as it comes. Every message is what it was.
 */
import { catalogue, startFaultProxy } from '@holdfast/faults';
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

/** The borders of RFC 6455's lengths, of what is compressed at once, and of a session's fragments. */
const LENGTHS_BYTES = [0, 1, 125, 126, 16_384, 16_385, 32_768, 65_535, 65_536, 1_000_000];

/** A socket of the browser's own class. */
async function connectNatively(page: Page): Promise<PageSocket> {
  const probe = await page.evaluateHandle(
    () => new globalThis.Probe(() => new WebSocket('/socket?app=echo')),
  );
  const socket = { name: '', probe };
  await eventOf(socket, 'open');
  return socket;
}

/** The answers to a session's requests, as the developer tools see them. */
class Answers {
  /** The content coding of each. */
  readonly codings: (string | undefined)[] = [];
  /** Those whose head has come, and whose end has not. */
  readonly open: Set<string> = new Set();

  static async of(page: Page): Promise<Answers> {
    const answers = new Answers();
    const devTools = await page.context().newCDPSession(page);
    devTools.on('Network.responseReceived', ({ requestId, response }) => {
      if (!response.url.includes('holdfast=')) return;
      answers.codings.push(response.headers['Content-Encoding']);
      answers.open.add(requestId);
    });
    devTools.on('Network.loadingFinished', ({ requestId }) => answers.open.delete(requestId));
    devTools.on('Network.loadingFailed', ({ requestId }) => answers.open.delete(requestId));
    await devTools.send('Network.enable');
    return answers;
  }
}

test.describe('a server that compresses everything', () => {
  let server: TestServer;

  test.beforeAll(async () => {
    server = await TestServer.start({ perMessageDeflate: { threshold: 0 } });
  });
  test.afterAll(() => server.stop());

  for (const whose of ['a session', 'the native class']) {
    test(`echoes what ${whose} sends`, async ({ page }) => {
      await openPage(page, server.url);
      const devTools = await page.context().newCDPSession(page);
      const extensions: (string | undefined)[] = [];
      devTools.on('Network.webSocketHandshakeResponseReceived', ({ response }) => {
        extensions.push(response.headers['Sec-WebSocket-Extensions']);
      });
      await devTools.send('Network.enable');
      const isOurs = whose === 'a session';
      const socket = isOurs ? await connect(page, { app: 'echo' }) : await connectNatively(page);
      for (const type of ['text', 'binary'] as const) {
        for (const bytes of LENGTHS_BYTES) {
          const same = await socket.probe.evaluate((probe, [type, bytes]) => probe.echoes(type, bytes), [
            type,
            bytes,
          ] as const);
          expect(same, `${type} of ${bytes} bytes`).toBe(true);
        }
      }
      const transport = await socket.probe.evaluate((probe) => probe.transport);
      expect(transport).toBe(isOurs ? 'websocket' : undefined);
      expect(await eventTypes(socket)).toEqual(['open']);
      expect(extensions).toEqual(['permessage-deflate']);
    });
  }

  for (const [transport, rules, pageOptions] of [
    ['long-polling', catalogue['upgrade refused 403'], {}],
    ['iframe', [], { csp: 'strict' }],
  ] as const) {
    test(`answers ${transport} in gzip, of which each message is there as soon as it comes`, async ({
      page,
    }) => {
      const faultProxy = await startFaultProxy({ upstreamPort: server.port });
      try {
        await faultProxy.set(rules);
        const answers = await Answers.of(page);
        await openPage(page, faultProxy.url, pageOptions);
        const socket = await connect(page, { app: 'echo' });
        await reachTransport(socket, transport);
        for (const bytes of LENGTHS_BYTES) {
          const same = await socket.probe.evaluate((probe, bytes) => probe.echoes('text', bytes), bytes);
          expect(same, `${bytes} bytes`).toBe(true);
        }
        // Once it streams, a message comes in an answer that goes on.
        let number = 0;
        await expect(async () => {
          const before = new Set(answers.open);
          const message = `message ${++number} ${'to be compressed '.repeat(100)}`;
          await server.command(socket.name, 'send', message);
          expect(await socket.probe.evaluate((probe) => probe.next())).toBe(message);
          expect([...before].some((request) => answers.open.has(request))).toBe(true);
        }).toPass();
        expect(new Set(answers.codings)).toEqual(new Set(['gzip']));
        expect(await eventTypes(socket)).toEqual(['open']);
      } finally {
        await faultProxy.close();
      }
    });
  }
});
