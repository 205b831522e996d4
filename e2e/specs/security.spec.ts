/**
 * Who may connect, what never appears in a URL, and what an iframe's document may do. The page is one origin, the server
 * another: the same process under its two names, 127.0.0.1 and localhost.
 */

import type { TransportName } from '@holdfast/client';
import { catalogue, startFaultProxy } from '@holdfast/faults';
import { connect, createSocket, eventOf, eventTypes, openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import { TestServer } from '../harness/test-server.ts';

/** How each transport is the one that is left. */
const WAYS = [
  { transport: 'websocket', rules: [], page: {} },
  { transport: 'long-polling', rules: catalogue['upgrade refused 403'], page: {} },
  { transport: 'iframe', rules: [], page: { csp: 'no-connect' } },
] as const;

/** The kind of request, in the proxy's words, that a transport begins with. */
const KIND = { websocket: 'upgrade', 'long-polling': 'fetch', iframe: 'form' } as const satisfies Record<
  TransportName,
  string
>;

test('refuses a page of another origin on every transport', async ({ page, faultProxy, server }) => {
  await openPage(page, `http://localhost:${faultProxy.port}`);
  const socket = await createSocket(page, { app: 'echo', base: faultProxy.url });
  expect(await eventOf(socket, 'close')).toMatchObject({ code: 1006, wasClean: false });
  expect(await eventTypes(socket)).toEqual(['error', 'close']);

  expect(await server.connections(socket.name)).toEqual([]);
  for (const { transport } of WAYS) {
    const statuses = (await faultProxy.log({ kind: KIND[transport] })).map(({ status }) => status);
    expect(new Set(statuses), transport).toEqual(new Set([403]));
  }
});

test('refuses a page of another origin a session whose id it knows', async ({ page, faultProxy, server }) => {
  await openPage(page, faultProxy.url);
  await faultProxy.set(catalogue['upgrade refused 403']);
  const { name } = await connect(page, { app: 'echo' });
  const [request] = await faultProxy.log({ kind: 'fetch' });
  const response = await fetch(`${server.url}${request?.url}`, {
    method: 'POST',
    headers: { Origin: `http://localhost:${faultProxy.port}` },
    body: 'anything',
  });
  expect(response.status).toBe(403);
  expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
  expect((await server.connection(name)).closes).toEqual([]);
});

for (const { transport, rules, page: pageOptions } of WAYS) {
  test(`lets in a page of an origin that is listed, on ${transport}`, async ({ page, faultProxy }) => {
    const pageOrigin = `http://localhost:${faultProxy.port}`;
    const server = await TestServer.start({ origins: [pageOrigin] });
    const serverProxy = await startFaultProxy({ upstreamPort: server.port });
    try {
      await serverProxy.set(rules);
      await openPage(page, pageOrigin, pageOptions);
      const { name, probe } = await connect(page, { app: 'echo', base: serverProxy.url });
      await probe.evaluate((probe, transport) => probe.until(() => probe.transport === transport), transport);
      expect(await probe.evaluate((probe) => probe.echoes('binary', 1000))).toBe(true);
      expect(await server.connection(name)).toMatchObject({ origin: pageOrigin, closes: [] });
    } finally {
      await serverProxy.close();
      await server.stop();
    }
  });
}

test('puts the secret into no URL, whatever the transport', async ({ page, faultProxy }) => {
  const secrets = new Set<string>();
  const urls: string[] = [];
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.webSocketWillSendHandshakeRequest', ({ request }) => {
    const offered = request.headers['Sec-WebSocket-Protocol'] ?? '';
    const stated = /holdfast\.v1\.[\w-]+\.([\w-]+)\./.exec(offered)?.[1];
    if (stated !== undefined) secrets.add(stated);
  });
  page.on('request', (request) => {
    urls.push(request.url());
    const stated = /"secret":"([\w-]+)"/.exec(request.postDataBuffer()?.toString('latin1') ?? '')?.[1];
    if (stated !== undefined) secrets.add(stated);
  });

  for (const rules of [catalogue.healthy, catalogue['upgrade refused 403'], catalogue['fetch refused']]) {
    await faultProxy.set(rules);
    await openPage(page, faultProxy.url);
    const { probe } = await connect(page, { app: 'echo' });
    expect(await probe.evaluate((probe) => probe.echoes('text', 10))).toBe(true);
  }

  expect(secrets.size).toBe(3);
  urls.push(...(await faultProxy.log()).map(({ url }) => url));
  expect(urls.filter((url) => url.includes('holdfast=')).length).toBeGreaterThan(2);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]{22,64}$/);
    expect(urls.filter((url) => url.includes(secret))).toEqual([]);
  }
});

/** A document may say goodbye to its own server, and do nothing else. */
const POLICY = /^default-src 'none'; connect-src 'self'; script-src 'nonce-([^']+)'$/;

test("gives the iframe's document a policy of one nonce, and its messages to the page's origin alone", async ({
  page,
  faultProxy,
}) => {
  const documents: { readonly policy: string; readonly html: string }[] = [];
  page.on('response', async (response) => {
    if (response.request().method() !== 'POST') return;
    const policy = (await response.headerValue('Content-Security-Policy')) ?? '';
    // Of one that still loads there is no text yet, and of one that was removed none any more.
    const html = await response.text().catch(() => '');
    if (html !== '') documents.push({ policy, html });
  });
  await openPage(page, faultProxy.url, { csp: 'strict' });
  const { probe } = await connect(page, { app: 'echo' });
  for (let count = 0; count < 5; count++) {
    expect(await probe.evaluate((probe) => probe.echoes('text', 100))).toBe(true);
  }

  await expect.poll(() => documents.length).toBeGreaterThan(1);
  const nonces = documents.map(({ policy, html }) => {
    const [, nonce = ''] = POLICY.exec(policy) ?? [];
    expect(nonce.length).toBeGreaterThanOrEqual(22);
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    expect(new Set(scripts)).toEqual(new Set([`<script nonce="${nonce}">`]));
    const targets = [...html.matchAll(/postMessage\([^)]*,\s*("[^"]*")\)/g)].map(([, target]) => target);
    expect(targets).toEqual([JSON.stringify(faultProxy.url)]);
    return nonce;
  });
  expect(new Set(nonces).size).toBe(nonces.length);
});

test('refuses a form that does not say which origin its document may post to', async ({ server }) => {
  for (const headers of [{}, { Origin: 'null' }]) {
    const response = await fetch(`${server.url}/socket?holdfast=aaaaaaaaaaaaaaaa`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ body: '' }),
    });
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain('<script');
  }
});

test('gives the page no words of a stranger: only its own iframe is listened to', async ({
  page,
  faultProxy,
}) => {
  await openPage(page, faultProxy.url, { csp: 'strict' });
  const { probe } = await connect(page, { app: 'echo' });
  const forged = await probe.evaluate(async (probe) => {
    // The frames' count of zero items and then a text message, as the server's document would post them.
    const frame = (text: string): string => `\x81${String.fromCharCode(text.length)}${text}`;
    const body = btoa(`${frame('~from 0')}${frame('forged')}`);
    window.postMessage(`holdfast ${body}`, '*');
    await probe.echoes('text', 5);
    return { events: probe.events.length, messages: probe.messages };
  });
  expect(forged).toEqual({ events: 1, messages: [] });
});
