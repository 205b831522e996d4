/**
 * What every browser test gets: a server process (one for each worker: connections are told apart by name), and a fault proxy
 * process of its own in front of it. A test that fails shows what went through the proxy, and what its sockets say.
 */

import { type FaultProxy, startFaultProxy } from '@holdfast/faults';
import { test as base, expect } from '@playwright/test';
import { TestServer } from './test-server.ts';

export { expect };

interface TestFixtures {
  /** In front of the server; no rules yet. Pages are opened through it. */
  faultProxy: FaultProxy;
}

interface WorkerFixtures {
  /** With the default options. */
  server: TestServer;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const server = await TestServer.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  page: async ({ page }, use, testInfo) => {
    await use(page);
    if (testInfo.status === testInfo.expectedStatus || page.isClosed()) return;
    const probes = await page.evaluate(() =>
      globalThis.Probe?.all.map(({ events, log }) => ({ events, log })),
    );
    await testInfo.attach('sockets', {
      body: JSON.stringify(probes, null, 1),
      contentType: 'application/json',
    });
  },
  faultProxy: async ({ server }, use, testInfo) => {
    const faultProxy = await startFaultProxy({ upstreamPort: server.port });
    await use(faultProxy);
    if (testInfo.status !== testInfo.expectedStatus) {
      const body = JSON.stringify(await faultProxy.log(), null, 1);
      await testInfo.attach('proxy log', { body, contentType: 'application/json' });
    }
    await faultProxy.close();
  },
});
