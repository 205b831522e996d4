/**
 * Messages that are compressed on their way, by permessage-deflate (RFC 7692): Chromium and the server agree upon it, and every
 * message is what it was.
 */
import type { Page } from '@playwright/test';
import { connect, eventOf, eventTypes, openPage, type PageSocket } from '../harness/socket.ts';
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
});
