/** reconnecting-websocket and partysocket as they are installed, with our class given to them: they make a new socket whenever one closes. */
import { fileURLToPath } from 'node:url';
import { catalogue } from '@holdfast/faults';
import { expect, test } from './library.ts';
import type { ReconnectingPage as ReconnectingPageClass } from './pages/reconnecting.ts';

declare const ReconnectingPage: typeof ReconnectingPageClass;

const SERVER = fileURLToPath(new URL('./servers/obey.mjs', import.meta.url));

for (const library of ['reconnecting-websocket', 'partysocket'] as const) {
  for (const { how, webSocketClass, fault, transports } of [
    { how: 'the native WebSocket', webSocketClass: 'native', fault: undefined, transports: ['native'] },
    {
      how: 'a session on WebSocket',
      webSocketClass: 'holdfast',
      fault: undefined,
      transports: ['websocket'],
    },
    {
      how: 'a fallback, where upgrades are refused',
      webSocketClass: 'holdfast',
      fault: 'upgrade refused 403',
      // On a busy machine a form may be through before a fetch.
      transports: ['long-polling', 'iframe'],
    },
  ] as const) {
    test(`${library} connects anew after a close and a break over ${how}`, async ({
      startServer,
      openPage,
    }) => {
      const { faultProxy } = await startServer(SERVER);
      if (fault !== undefined) await faultProxy.set(catalogue[fault]);
      const page = await openPage(faultProxy.url, 'reconnecting');
      const socket = await page.evaluateHandle(
        ([url, library, webSocketClass]) => new ReconnectingPage(url, library, webSocketClass),
        [faultProxy.url.replace('http', 'ws'), library, webSocketClass] as const,
      );
      const seen = (): Promise<ReconnectingPageClass['seen']> => socket.evaluate(({ seen }) => seen);

      // Kept until it is open.
      await socket.evaluate((socket) => socket.say('first', [0, 127, 255], '!close 4000'));
      await expect.poll(seen).toEqual(['open', 'first', [0, 127, 255], 'close 4000', 'open']);
      await socket.evaluate((socket) => socket.say('second'));
      const before = ['open', 'first', [0, 127, 255], 'close 4000', 'open', 'second'];
      await expect.poll(seen).toEqual(before);
      await socket.evaluate((socket) => socket.say('!terminate'));
      const until = [...before, 'close', 'open'];
      await expect.poll(seen).toEqual(until);
      await socket.evaluate((socket) => socket.say('third'));
      await expect.poll(seen).toEqual([...until, 'third']);

      // Closed by itself it is left alone.
      await socket.evaluate((socket) => socket.close(1000, 'enough'));
      await expect.poll(() => socket.evaluate(({ readyState }) => readyState)).toBe(3);
      const used = await socket.evaluate(({ sockets }) => sockets.used);
      expect(used).toHaveLength(3);
      for (const transport of used) expect(transports).toContain(transport);
    });
  }
}
