/**
 * A page that goes away for good: the server's application knows at once, as it does with a native WebSocket, whatever carries the
 * session; and what was sent last arrives. The browser keeps no page here for its Back button.
 */
import { catalogue, type Rule } from '@holdfast/faults';
import { connect, openPage, type PageOptions, reachTransport } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

/** Until the server's application has heard it, in ms: nothing waits for a timeout. */
const AT_ONCE_MS = 2000;

const PLACES: readonly {
  readonly transport: string;
  readonly rules: readonly Rule[];
  readonly page: PageOptions;
}[] = [
  { transport: 'websocket', rules: [], page: {} },
  { transport: 'long-polling', rules: catalogue['upgrade refused 403'], page: {} },
  { transport: 'iframe', rules: [], page: { csp: 'strict' } },
];

for (const { transport, rules, page: pageOptions } of PLACES) {
  for (const way of ['to another page', 'with its tab'] as const) {
    test(`tells the server that a page on ${transport} has gone ${way}`, async ({
      page,
      faultProxy,
      server,
    }) => {
      await faultProxy.set(rules);
      await openPage(page, faultProxy.url, pageOptions);
      const socket = await connect(page, { app: 'silent' });
      await reachTransport(socket, transport);
      // Of the iframe's, the document that waits says goodbye.
      if (transport === 'iframe') await page.waitForFunction(isDocumentOfServer);
      await page.evaluate(() => {
        const [probe] = globalThis.Probe.all;
        addEventListener('pagehide', () => probe?.socket.send('last words'), { capture: true });
      });
      if (way === 'with its tab') await page.close({ runBeforeUnload: true });
      else await page.goto('about:blank');
      await expect
        .poll(async () => await server.connection(socket.name), { intervals: [20], timeout: AT_ONCE_MS })
        .toMatchObject({ messageCount: 1, closes: [{ code: 1001, reason: '' }] });
    });
  }
}

function isDocumentOfServer(): boolean {
  return Array.from(document.querySelectorAll('iframe')).some(
    ({ contentWindow }) => contentWindow?.location.href !== 'about:blank',
  );
}
