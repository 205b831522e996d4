/** Windows and frames of every kind of origin. */
import { writeFileSync } from 'node:fs';
import type { Frame, Page } from '@playwright/test';
import { echoIn, IN_PAGES, type Place, placeUrl, testPlace } from './place.ts';

/** Where an origin is `null`, no document could post to it, and to it alone: the server refuses to write one (PROTOCOL.md §5). */
const OPAQUE = {
  server: 'other',
  origin: 'null',
  opens: { ...IN_PAGES.opens, 'upgrades and fetch refused': null },
  tries: ['websocket', 'long-polling'],
} as const satisfies Partial<Place>;

testPlace({
  ...IN_PAGES,
  name: 'a window',
  async enter(page, pages) {
    await page.goto(placeUrl(pages));
    return echoIn(page);
  },
});

testPlace({
  ...IN_PAGES,
  name: 'a window of another site than the server',
  server: 'other',
  async enter(page, pages) {
    await page.goto(placeUrl(pages.replace('127.0.0.1', 'localhost')));
    return echoIn(page);
  },
});

testPlace({
  ...IN_PAGES,
  name: 'an iframe of another site than its page',
  async enter(page, pages) {
    await page.goto(placeUrl(pages));
    return echoIn(await frameIn(page, placeUrl(pages.replace('127.0.0.1', 'localhost'))));
  },
  // Its sockets connect to the page's server under its other name.
  server: 'other',
});

testPlace({
  ...OPAQUE,
  name: 'an iframe with sandbox="allow-scripts"',
  async enter(page, pages) {
    await page.goto(placeUrl(pages));
    return echoIn(await frameIn(page, placeUrl(pages), 'allow-scripts'));
  },
});

testPlace({
  ...OPAQUE,
  name: 'a page whose policy is a sandbox',
  async enter(page, pages) {
    await page.goto(placeUrl(pages, { 'Content-Security-Policy': 'sandbox allow-scripts' }));
    return echoIn(page);
  },
});

testPlace({
  ...OPAQUE,
  name: 'a page of a file',
  async enter(page, pages, testInfo) {
    const path = testInfo.outputPath('page.html');
    writeFileSync(path, htmlWithScript(pages));
    await page.goto(`file://${path}`);
    return echoIn(page);
  },
});

testPlace({
  ...OPAQUE,
  name: 'an iframe of a data: URL',
  async enter(page, pages) {
    await page.goto(placeUrl(pages));
    return echoIn(await frameIn(page, `data:text/html,${encodeURIComponent(htmlWithScript(pages))}`));
  },
});

/** @param sandbox of the iframe; default: none */
async function frameIn(page: Page, url: string, sandbox?: string): Promise<Frame> {
  const element = await page.evaluateHandle(
    ([url, sandbox]) =>
      new Promise<HTMLIFrameElement>((resolve) => {
        const frame = document.createElement('iframe');
        if (sandbox !== undefined) frame.setAttribute('sandbox', sandbox);
        frame.src = url;
        frame.onload = () => resolve(frame);
        document.body.append(frame);
      }),
    [url, sandbox] as const,
  );
  const frame = await element.contentFrame();
  if (frame === null) throw new Error('The iframe has no frame');
  return frame;
}

function htmlWithScript(pages: string): string {
  return `<!doctype html><title>Holdfast test page</title><script src="${pages}/socket/holdfast.js"></script>`;
}
