/**
 * The cookies of a server that is not the page's: every transport sends those that a WebSocket would. A site is a host here, as 127.0.0.1
 * and localhost are two; an origin is a host and a port.
 */
import { randomUUID } from 'node:crypto';
import type { TransportName } from '@holdfast/client';
import { TestServer } from '../harness/test-server.ts';
import { test as base, expect, firstEcho, placeUrl } from './place.ts';

interface WorkerFixtures {
  /** It speaks TLS: cookies that leave their site have to be `Secure`. */
  secureServer: TestServer;
}

const test = base.extend<object, WorkerFixtures>({
  secureServer: [
    async ({ server: { port } }, use) => {
      const secureServer = await TestServer.start({ origins: [`http://localhost:${port}`] }, 0, ['--http2']);
      await use(secureServer);
      await secureServer.stop();
    },
    { scope: 'worker' },
  ],
});

test.use({ ignoreHTTPSErrors: true });

const TRANSPORTS: readonly TransportName[] = ['websocket', 'long-polling', 'iframe'];

test('go to another origin of the same site', async ({ page, server, otherServer }) => {
  const url = otherServer.url;
  await page.context().addCookies([
    { name: 'lax', value: '1', url, sameSite: 'Lax' },
    { name: 'strict', value: '2', url, sameSite: 'Strict' },
  ]);
  await page.goto(placeUrl(server.url));
  for (const transport of TRANSPORTS) {
    const name = randomUUID();
    const socket = { url: `${url}/socket?app=echo&name=${name}`, transports: [transport] };
    expect((await page.evaluate(firstEcho, socket)).transport).toBe(transport);
    expect((await otherServer.connection(name)).cookie).toBe('lax=1; strict=2');
  }
});

test('go to another site where they are for it alone (SameSite=None; Secure; Partitioned), and no others', async ({
  page,
  server,
  secureServer,
}) => {
  const { url } = secureServer;
  const { hostname } = new URL(url);
  const pages = server.url.replace('127.0.0.1', 'localhost');
  await page.context().addCookies([
    {
      name: 'partitioned',
      value: '1',
      domain: hostname,
      path: '/',
      sameSite: 'None',
      secure: true,
      partitionKey: 'http://localhost',
    },
    { name: 'lax', value: '2', url, sameSite: 'Lax', secure: true },
  ]);
  await page.goto(placeUrl(pages));
  for (const transport of TRANSPORTS) {
    const name = randomUUID();
    const socket = { url: `${url}/socket?app=echo&name=${name}`, transports: [transport] };
    expect((await page.evaluate(firstEcho, socket)).transport).toBe(transport);
    expect((await secureServer.connection(name)).cookie, transport).toBe('partitioned=1');
  }
});
