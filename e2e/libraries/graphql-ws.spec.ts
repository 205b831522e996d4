/**
 * graphql-ws as it is installed: its server runs on @holdfast/server in the place of ws, its client in a page.
 */
import { fileURLToPath } from 'node:url';
import { catalogue } from '@holdfast/faults';
import { expect, test } from './library.ts';
import type { GraphqlPage as GraphqlPageClass } from './pages/graphql.ts';

declare const GraphqlPage: typeof GraphqlPageClass;

/** The server sends the next event when the one before has been acknowledged: at once, and not when that is due (after 250 ms). */
const EVENTS = 30;
const TOO_LATE_MS = 200;

const SERVER = fileURLToPath(new URL('./servers/graphql.mjs', import.meta.url));

for (const { how, webSocketClass, fault, transport } of [
  { how: 'the native WebSocket', webSocketClass: 'native', fault: undefined, transport: 'native' },
  { how: 'a session on WebSocket', webSocketClass: 'holdfast', fault: undefined, transport: 'websocket' },
  {
    how: 'long polling, where upgrades are refused',
    webSocketClass: 'holdfast',
    fault: 'upgrade refused 403',
    transport: 'long-polling',
  },
] as const) {
  test(`subscribes, completes, fails and unsubscribes over ${how}`, async ({ startServer, openPage }) => {
    const { faultProxy } = await startServer(SERVER);
    if (fault !== undefined) await faultProxy.set(catalogue[fault]);
    const page = await openPage(faultProxy.url, 'graphql');
    const client = await page.evaluateHandle(
      ([url, webSocketClass]) => new GraphqlPage(url, webSocketClass),
      [`${faultProxy.url.replace('http', 'ws')}/graphql`, webSocketClass] as const,
    );
    const run = (query: string, most?: number): ReturnType<GraphqlPageClass['run']> =>
      client.evaluate((client, [query, most]) => client.run(query, most), [query, most] as const);

    expect(await run('{ hello }')).toEqual({ data: [{ hello: 'world' }], errors: [] });

    const startedAt = performance.now();
    const counted = Array.from({ length: EVENTS }, (_, index) => ({ count: index + 1 }));
    expect(await run(`subscription { count(to: ${EVENTS}) }`)).toEqual({ data: counted, errors: [] });
    expect(performance.now() - startedAt).toBeLessThan(EVENTS * TOO_LATE_MS);

    expect(await run('subscription { ticks }', 3)).toEqual({
      data: [{ ticks: 1 }, { ticks: 2 }, { ticks: 3 }],
      errors: [],
    });
    await expect.poll(async () => (await run('{ running }')).data).toEqual([{ running: 0 }]);
    expect(await run('subscription { unheard }')).toEqual({
      data: [],
      errors: ['Cannot query field "unheard" on type "Subscription".'],
    });
    expect(await run('subscription { failing }')).toEqual({
      data: [{ failing: 1 }],
      errors: ['out of order'],
    });
    expect(await client.evaluate(({ sockets }) => sockets.transports)).toEqual([transport]);
  });
}
