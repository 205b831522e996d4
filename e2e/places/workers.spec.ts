/** Workers of every kind. They have no document, and so no iframe: where fetch is refused, too, nothing is left, and what was tried says so. */
import type { Page } from '@playwright/test';
import { type Echo, firstEcho, IN_WORKERS, placeUrl, testPlace } from './place.ts';

const KINDS = {
  'a dedicated worker': 'Worker',
  'a shared worker': 'SharedWorker',
  'a service worker': 'ServiceWorker',
} as const;

for (const [name, kind] of Object.entries(KINDS)) {
  testPlace({
    ...IN_WORKERS,
    name,
    async enter(page, pages) {
      await page.goto(placeUrl(pages));
      return echoInWorker(page, kind, '/echo-worker.mjs');
    },
  });
}

testPlace({
  ...IN_WORKERS,
  name: 'a worker of a Blob, which imports the script',
  async enter(page, pages) {
    await page.goto(placeUrl(pages));
    const source = `
      importScripts('${pages}/socket/holdfast.js');
      ${firstEcho}
      onmessage = async ({ data, ports: [reply] }) => reply.postMessage(await firstEcho({ url: data }));`;
    const url = await page.evaluate(
      (source) => URL.createObjectURL(new Blob([source], { type: 'text/javascript' })),
      source,
    );
    return echoInWorker(page, 'Worker', url);
  },
});

/** A new one each time, which hears the URL and answers on a port of its own. @param script a module, but for a Blob's */
function echoInWorker(page: Page, kind: (typeof KINDS)[keyof typeof KINDS], script: string): Echo {
  return (url) =>
    page.evaluate(
      async ([kind, script, url]) => {
        const type = script.startsWith('blob:') ? 'classic' : 'module';
        /** Whom to tell. */
        const start = async (): Promise<Pick<MessagePort, 'postMessage'>> => {
          if (kind === 'Worker') return new Worker(script, { type });
          if (kind === 'SharedWorker') return new SharedWorker(script, { type }).port;
          await navigator.serviceWorker.register(script, { type });
          return (await navigator.serviceWorker.ready).active as ServiceWorker;
        };
        const { port1, port2 } = new MessageChannel();
        (await start()).postMessage(url, [port2]);
        return new Promise((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
        });
      },
      [kind, script, url] as const,
    );
}
