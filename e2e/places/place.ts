/**
 * One place a socket of ours may be opened in, and three networks to try it on: healthy, with upgrades refused, with fetch refused besides. Its
 * pages come from one server; what its sockets connect to, that server or another, stands behind the fault proxy.
 */

import type { TransportName } from '@holdfast/client';
import { catalogue, startFaultProxy } from '@holdfast/faults';
import type { Page, TestInfo } from '@playwright/test';
import { test as base, expect } from '../harness/test.ts';
import { TestServer } from '../harness/test-server.ts';
import { type FirstEcho, firstEcho } from '../pages/first-echo.mjs';

export { expect, firstEcho };

export const NETWORKS = {
  healthy: [],
  'upgrades refused': catalogue['upgrade refused 403'],
  'upgrades and fetch refused': catalogue['fetch refused'],
} as const;
type Network = keyof typeof NETWORKS;

/** By which transport the first echo comes on each network; null: not at all. */
export type Expected = Readonly<Record<Network, TransportName | null>>;

/** Opens a socket in a place. */
export type Echo = (url: string) => Promise<FirstEcho>;

export interface Place {
  readonly name: string;
  /** Whose server its sockets connect to: that of the page, or another, which lists the page's origin. Default: the page's. */
  readonly server?: 'own' | 'other';
  /** The origin that the server is told. Default: that of the page's URL. */
  readonly origin?: string;
  /** @param pages where pages come from, such as `http://127.0.0.1:1234` */
  enter(page: Page, pages: string, testInfo: TestInfo): Promise<Echo>;
  readonly opens: Expected;
  /** What it tries where nothing gets through. */
  readonly tries: readonly TransportName[];
}

interface PlaceFixtures {
  /** Lists the origins that are no URL's, and the pages of `server` under both of its names. */
  otherServer: TestServer;
}

export const test = base.extend<object, PlaceFixtures>({
  otherServer: [
    async ({ server: { port } }, use) => {
      const pages = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
      const otherServer = await TestServer.start({ origins: ['null', ...pages] });
      await use(otherServer);
      await otherServer.stop();
    },
    { scope: 'worker' },
  ],
});

/** Where there is a page. */
export const IN_PAGES = {
  opens: {
    healthy: 'websocket',
    'upgrades refused': 'long-polling',
    'upgrades and fetch refused': 'iframe',
  },
  tries: ['websocket', 'long-polling', 'iframe'],
} as const satisfies Partial<Place>;

/** Where there is no document. */
export const IN_WORKERS = {
  opens: { ...IN_PAGES.opens, 'upgrades and fetch refused': null },
  tries: ['websocket', 'long-polling'],
} as const satisfies Partial<Place>;

/** A page of the test server with the client's script and nothing else. @param headers of the answer */
export function placeUrl(pages: string, headers: Record<string, string> = {}, attributes = ''): string {
  const url = new URL('/place', pages);
  url.searchParams.set('headers', JSON.stringify(headers));
  url.searchParams.set('attributes', attributes);
  return url.href;
}

/** What it takes for a window, or a frame, to be a place: its script has run. */
export function echoIn(place: Pick<Page, 'evaluate'>): Echo {
  return (url) => place.evaluate(firstEcho, { url });
}

/** One test: the place on each network. */
export function testPlace({ name, server: whose = 'own', origin, enter, opens, tries }: Place): void {
  test(`opens in ${name}`, async ({ page, server, otherServer }, testInfo) => {
    const target = whose === 'own' ? server : otherServer;
    const proxy = await startFaultProxy({ upstreamPort: target.port });
    try {
      const pages = whose === 'own' ? proxy.url : server.url;
      for (const [network, rules] of Object.entries(NETWORKS)) {
        await proxy.set(rules);
        const echo = await enter(page, pages, testInfo);
        const id = `${testInfo.testId}-${network.replaceAll(' ', '-')}`;
        const seen = await echo(`${proxy.url}/socket?app=echo&name=${id}`);
        const transport = opens[network as Network];
        expect(seen.transport, network).toBe(transport);
        expect(tries, network).toEqual(expect.arrayContaining(seen.tried));
        if (transport === null) expect(seen.tried, network).toHaveLength(tries.length);
        else expect(await target.connection(id)).toMatchObject({ origin: origin ?? seen.origin });
      }
    } finally {
      await proxy.close();
    }
  });
}
