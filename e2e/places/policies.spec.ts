/** Pages with a content security policy, by what it lets through, and pages that are isolated from others. */
import { createRequire } from 'node:module';
import { echoIn, expect, IN_PAGES, placeUrl, test, testPlace } from './place.ts';

const NONCE = 'bm90IGd1ZXNzZWQ';
/** As the build wrote it, which comes after the types are checked. */
const integrity = createRequire(import.meta.url)('@holdfast/client/integrity.json') as Record<string, string>;
const HASH = String(integrity['holdfast.js']);

/** What such pages are advised to have; scripts may make no HTML of text, either. */
const STRICT = `script-src 'nonce-${NONCE}' 'strict-dynamic'; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;

for (const { name, policy, attributes, opens } of [
  { name: 'nonces and trusted types', policy: STRICT, attributes: `nonce="${NONCE}"`, opens: IN_PAGES.opens },
  {
    name: 'the hash of the script',
    policy: `script-src '${HASH}'; connect-src 'self'`,
    attributes: `integrity="${HASH}"`,
    opens: IN_PAGES.opens,
  },
  {
    name: 'requests, but no WebSockets',
    policy: `${STRICT}; connect-src http:`,
    attributes: `nonce="${NONCE}"`,
    opens: { ...IN_PAGES.opens, healthy: 'long-polling' },
  },
  {
    name: 'WebSockets, but no requests',
    policy: `${STRICT}; connect-src ws:`,
    attributes: `nonce="${NONCE}"`,
    opens: { ...IN_PAGES.opens, 'upgrades refused': 'iframe' },
  },
  {
    name: 'neither of them',
    policy: `default-src 'self'; connect-src 'none'`,
    attributes: '',
    opens: { healthy: 'iframe', 'upgrades refused': 'iframe', 'upgrades and fetch refused': 'iframe' },
  },
  {
    name: 'neither of them, nor iframes',
    policy: `default-src 'none'; script-src 'self'`,
    attributes: '',
    opens: { healthy: null, 'upgrades refused': null, 'upgrades and fetch refused': null },
  },
] as const) {
  testPlace({
    name: `a page whose policy allows ${name}`,
    async enter(page, pages) {
      await page.goto(placeUrl(pages, { 'Content-Security-Policy': policy }, attributes));
      return echoIn(page);
    },
    opens,
    tries: IN_PAGES.tries,
  });
}

for (const embedder of ['require-corp', 'credentialless']) {
  for (const server of ['own', 'other'] as const) {
    testPlace({
      ...IN_PAGES,
      name: `a page that is isolated (COEP ${embedder}), on ${server === 'own' ? 'its own server' : 'another'}`,
      server,
      async enter(page, pages) {
        await page.goto(
          placeUrl(pages, {
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': embedder,
          }),
        );
        expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
        return echoIn(page);
      },
    });
  }
}

test('a page that is isolated takes the script from another server, and knows it by its hash', async ({
  page,
  server,
  otherServer,
}) => {
  const headers = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  await page.goto(placeUrl(server.url, headers, 'onload="delete window.Holdfast"'));
  const installed = await page.evaluate(
    ([src, integrity]) =>
      new Promise<boolean>((resolve) => {
        const script = document.createElement('script');
        Object.assign(script, { src, integrity, crossOrigin: 'anonymous' });
        script.onload = () => resolve('Holdfast' in window);
        script.onerror = () => resolve(false);
        document.head.append(script);
      }),
    [`${otherServer.url}/socket/holdfast.js`, HASH] as const,
  );
  expect(installed).toBe(true);
});
