import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveFiles } from '../server/static-files.mjs';

const serve = serveFiles(fileURLToPath(new URL('../public', import.meta.url)));
const server = createServer((incoming, response) => void serve(incoming, response));
let port = 0;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** fetch would tidy the path. @param {string} path @param {string} [method] */
async function ask(path, method = 'GET') {
  const sent = request({ host: '127.0.0.1', port, path, method }).end();
  const [response] = /** @type {[import('node:http').IncomingMessage]} */ (await once(sent, 'response'));
  const body = await response.reduce((text, chunk) => text + chunk, '');
  return { status: response.statusCode, headers: response.headers, body };
}

describe('The page', () => {
  test('is served at the root, with a policy that keeps strangers out', async () => {
    const { status, headers, body } = await ask('/?from=somewhere');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(body).toContain('<title>Holdfast lab</title>');
  });

  test('comes with every file that it names', async () => {
    const { body } = await ask('/');
    const paths = [...body.matchAll(/(?:href|src)="(\/(?!lab\/)[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) expect([path, (await ask(path)).status]).toEqual([path, 200]);
  });

  test.each([
    '/../server.mjs',
    '/%2e%2e/server.mjs',
    '/js/../../server.mjs',
    '/tsconfig.json',
    '/js/holdfast.d.ts',
    '/js',
  ])('does not come with %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test('is read and nothing else', async () => {
    expect(await ask('/', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect((await ask('/', 'DELETE')).status).toBe(405);
  });
});
