/** rxjs as it is installed: its `webSocket` with our class given to it (`WebSocketCtor`), or found in the place of the page's own. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogue } from '@holdfast/faults';
import { expect, test } from './library.ts';
import type { RxjsPage as RxjsPageClass } from './pages/rxjs.ts';

declare const RxjsPage: typeof RxjsPageClass;

const SERVER = fileURLToPath(new URL('./servers/obey.mjs', import.meta.url));
/** Beside a page of any server. */
const CLIENT_SCRIPT = fileURLToPath(new URL('../../packages/client/dist/holdfast.js', import.meta.url));

for (const { how, webSocketClass, installs, fault, transport } of [
  {
    how: 'the native WebSocket',
    webSocketClass: 'global',
    installs: false,
    fault: undefined,
    transport: 'native',
  },
  {
    how: 'a session on WebSocket',
    webSocketClass: 'holdfast',
    installs: false,
    fault: undefined,
    transport: 'websocket',
  },
  {
    how: 'long polling, where upgrades are refused',
    webSocketClass: 'holdfast',
    installs: false,
    fault: 'upgrade refused 403',
    transport: 'long-polling',
  },
  {
    how: 'long polling, by the class that replaced the page’s own',
    webSocketClass: 'global',
    installs: true,
    fault: 'upgrade refused 403',
    transport: 'long-polling',
  },
] as const) {
  test(`multiplexes, retries and carries binary over ${how}`, async ({ startServer, openPage }) => {
    const { faultProxy, port } = await startServer(SERVER);
    if (fault !== undefined) await faultProxy.set(catalogue[fault]);
    const page = await openPage(faultProxy.url, 'rxjs');
    if (installs) {
      await page.addScriptTag({ content: readFileSync(CLIENT_SCRIPT, 'utf8') });
      await page.evaluate(() => Holdfast.install());
    }
    const client = await page.evaluateHandle(([url, webSocketClass]) => new RxjsPage(url, webSocketClass), [
      faultProxy.url.replace('http', 'ws'),
      webSocketClass,
    ] as const);
    const server = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/`)).json();

    const counted = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(await client.evaluate((client) => client.multiplex(['a', 'b'], 20))).toEqual([counted, counted]);
    await expect.poll(server).toEqual({ connections: 1, counting: 0 });

    expect(await client.evaluate((client) => client.retry(['!terminate', '!terminate', 'at last']))).toEqual([
      'at last',
    ]);
    await expect.poll(server).toEqual({ connections: 4, counting: 0 });

    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    expect(await client.evaluate((client, bytes) => client.binary(bytes), bytes)).toEqual({
      echoed: bytes,
      wasClean: true,
    });
    const transports = await client.evaluate(({ sockets }) => sockets.used);
    expect(transports).toEqual(Array(5).fill(transport));
  });
}
