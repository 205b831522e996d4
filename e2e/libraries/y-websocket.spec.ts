/**
 * y-websocket as it is installed: its server runs on @holdfast/server in the place of ws, its client in two pages.
 */
import { fileURLToPath } from 'node:url';
import { catalogue } from '@holdfast/faults';
import type { JSHandle, Page } from '@playwright/test';
import { expect, freePort, test } from './library.ts';
import type { YjsPage as YjsPageClass } from './pages/yjs.ts';

declare const YjsPage: typeof YjsPageClass;

/** y-websocket's own program, which asks ws for a WebSocketServer that is given the upgrades of its HTTP server. */
const OWN_PROGRAM = fileURLToPath(new URL('../node_modules/y-websocket/bin/server.cjs', import.meta.url));
/** One whose WebSocketServer has the HTTP server itself, and so answers fallbacks. */
const ON_HTTP_SERVER = fileURLToPath(new URL('./servers/yjs.mjs', import.meta.url));

/** A large update besides many small ones: many fragments, several bodies. */
const LARGE_TEXT = 'x'.repeat(300_000);

function join(page: Page, webSocketClass: 'native' | 'holdfast'): Promise<JSHandle<YjsPageClass>> {
  return page.evaluateHandle(
    (webSocketClass) => new YjsPage(location.origin.replace('http', 'ws'), 'a-room', webSocketClass),
    webSocketClass,
  );
}

for (const { how, program, webSocketClass, fault, transport } of [
  {
    how: 'the native WebSocket, by its own program',
    program: OWN_PROGRAM,
    webSocketClass: 'native',
    fault: undefined,
    transport: 'native',
  },
  {
    how: 'a session on WebSocket, by its own program',
    program: OWN_PROGRAM,
    webSocketClass: 'holdfast',
    fault: undefined,
    transport: 'websocket',
  },
  {
    how: 'long polling, where upgrades are refused',
    program: ON_HTTP_SERVER,
    webSocketClass: 'holdfast',
    fault: 'upgrade refused 403',
    transport: 'long-polling',
  },
] as const) {
  test(`brings two documents together over ${how}`, async ({ startServer, openPage }) => {
    const env = { HOST: '127.0.0.1', PORT: String(await freePort()) };
    const { faultProxy } = await startServer(program, env);
    if (fault !== undefined) await faultProxy.set(catalogue[fault]);
    const ann = await join(await openPage(faultProxy.url, 'yjs'), webSocketClass);
    const bob = await join(await openPage(faultProxy.url, 'yjs'), webSocketClass);

    await ann.evaluate((page) => page.state('Ann'));
    await bob.evaluate((page) => page.state('Bob'));
    for (const page of [ann, bob]) {
      await expect.poll(() => page.evaluate(({ names }) => names)).toEqual(['Ann', 'Bob']);
    }

    // Both write at once, at both ends, more than one message holds.
    await Promise.all([
      ann.evaluate((page, large) => page.write('beginning', ['A', 'n', 'n', large]), LARGE_TEXT),
      bob.evaluate((page) => page.write('end', ['B', 'o', 'b'])),
    ]);
    for (const page of [ann, bob]) {
      await expect.poll(() => page.evaluate(({ text }) => text.length)).toBe(LARGE_TEXT.length + 6);
    }
    const text = await ann.evaluate((page) => page.text);
    expect(await bob.evaluate((page) => page.text)).toBe(text);
    expect(text).toContain(`${LARGE_TEXT}nnA`);
    expect(text).toContain('Bob');

    await bob.evaluate((page) => page.leave());
    await expect.poll(() => ann.evaluate(({ names }) => names)).toEqual(['Ann']);
    expect(await ann.evaluate(({ sockets }) => sockets.transports)).toEqual([transport]);
  });
}
