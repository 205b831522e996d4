/**
 * Beside an application's own HTTP: the server takes its own requests, and only those, whatever else listens.
 */
import { catalogue } from '@holdfast/faults';
import { connect, openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

test("keeps the session's requests from the listener beside it", async ({ page, faultProxy, server }) => {
  await faultProxy.set(catalogue['upgrade refused 403']);
  await openPage(page, faultProxy.url);
  const { name, probe } = await connect(page, { app: 'echo' });
  expect(await probe.evaluate((probe) => probe.echoes('text', 1000))).toBe(true);
  expect((await faultProxy.log({ kind: 'fetch' })).length).toBeGreaterThan(1);
  expect((await server.connection(name)).messageCount).toBe(1);
  expect((await server.requests()).filter((request) => request.includes(name))).toEqual([]);
});

for (const [method, path] of [
  ['GET', '/socket'],
  ['POST', '/socket'],
  ['POST', '/elsewhere?holdfast=aaaaaaaaaaaaaaaa'],
  ['GET', '/socket/other.js'],
  ['POST', '/socket/holdfast.js'],
  ['PUT', '/anything'],
] as const) {
  test(`leaves ${method} ${path} to the listener beside it`, async ({ server }) => {
    const mark = `mark=${Date.now()}`;
    const url = `${path}${path.includes('?') ? '&' : '?'}${mark}`;
    const body = method === 'GET' ? null : 'a body of its own';
    const response = await fetch(`${server.url}${url}`, { method, body });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('the plain listener knows no such page\n');
    expect((await server.requests()).filter((request) => request.includes(mark))).toEqual([
      `${method} ${url}`,
    ]);
  });
}

test('serves the client script beside its path', async ({ server }) => {
  const response = await fetch(`${server.url}/socket/holdfast.js`);
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
  const etag = response.headers.get('ETag') ?? '';
  expect((await response.text()).length).toBeGreaterThan(1000);
  const again = await fetch(`${server.url}/socket/holdfast.js`, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
});
