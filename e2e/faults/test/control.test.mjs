import { describe, expect, it } from 'vitest';
import { ask, FALLBACK, openEcho, post, startPath } from './peers.mjs';

/** A proxy with a control port, and a way to talk to it. */
async function startControlled() {
  const { proxy } = await startPath([], { proxy: { controlPort: 0 } });
  const controlPort = proxy.controlPort ?? 0;
  /** @param {string} method @param {string} path @param {string} [body] @param {Record<string, string>} [headers] */
  const control = async (method, path, body, headers = {}) => {
    const answer = await ask(controlPort, { method, path, headers }, body);
    return { status: answer.status, text: answer.body, json: () => JSON.parse(answer.body) };
  };
  return { proxy, control };
}

describe('the control port', () => {
  it('says where the proxy listens', async () => {
    const { proxy, control } = await startControlled();
    const { host, port, controlPort, url } = proxy;
    expect((await control('GET', '/')).json()).toEqual({ host, port, controlPort, url });
  });

  it('sets rules by PUT, shows them with their counters, and they act', async () => {
    const { proxy, control } = await startControlled();
    const rule = { match: { kind: 'fetch' }, fault: { type: 'refuse', status: 503, retryAfterS: 1 } };
    expect((await control('PUT', '/rules', JSON.stringify([rule]))).status).toBe(200);
    expect((await post(proxy.port)).status).toBe(503);
    expect((await control('GET', '/rules')).json()).toEqual({
      rules: [{ ...rule, name: 'refuse', group: '', matched: 1, applied: 1 }],
    });
  });

  it('keeps groups apart', async () => {
    const { proxy, control } = await startControlled();
    await control('PUT', '/rules?group=a', JSON.stringify([{ fault: 'reset', name: 'mine' }]));
    await control('PUT', '/rules', '[]');
    expect((await proxy.rules()).map(({ group, name }) => [group, name])).toEqual([['a', 'mine']]);
  });

  it('cuts, all or what is meant', async () => {
    const { proxy, control } = await startControlled();
    await openEcho(proxy.port, '/?visitor=a');
    await openEcho(proxy.port, '/?visitor=b');
    const meant = JSON.stringify({ match: { query: { visitor: 'a' } } });
    expect((await control('POST', '/cut', meant)).json()).toEqual({ cut: 1 });
    expect((await control('POST', '/cut')).json()).toEqual({ cut: 1 });
  });

  it('shows log and stats, and forgets them on reset', async () => {
    const { proxy, control } = await startControlled();
    await post(proxy.port);
    const { log } = (await control('GET', '/log?kind=fetch&limit=5')).json();
    expect(log).toMatchObject([{ id: 1, kind: 'fetch', method: 'POST', url: FALLBACK, status: 200 }]);
    expect((await control('GET', '/stats')).json()).toMatchObject({ requests: { fetch: 1 } });
    expect((await control('POST', '/reset')).status).toBe(200);
    expect((await control('GET', '/log')).json()).toEqual({ log: [] });
  });

  it('ends the proxy when told to, after it has answered', async () => {
    const { proxy, control } = await startControlled();
    expect((await control('POST', '/close')).status).toBe(200);
    await expect.poll(() => post(proxy.port).catch(({ code }) => code)).toBe('ECONNREFUSED');
  });

  it.each([
    ['PUT', '/rules', '[{', 400, /^the body is no JSON: .+\n$/],
    ['PUT', '/rules', '[{"fault":"rest"}]', 400, /^rules\[0\]\.fault\.type: must be one of .+\n$/],
    ['PUT', '/rules', undefined, 400, /^rules: must be a list\n$/],
    ['POST', '/cut', '{"how":"softly"}', 400, /^cut\.how: must be one of "end", "reset"\n$/],
    ['POST', '/cut', '[]', 400, /^cut: must be an object\n$/],
    ['GET', '/log?limit=many', undefined, 400, /^limit: must be a whole number\n$/],
    ['DELETE', '/rules', undefined, 405, /^\/rules takes GET, PUT\n$/],
    ['GET', '/constructor', undefined, 404, /^there is no \/constructor; there is .+\n$/],
    ['PUT', '/rules', ' '.repeat(1024 * 1024 + 1), 413, /^a body has 1048576 bytes at most\n$/],
  ])('answers %s %s with a bad request in one line', async (method, path, body, status, line) => {
    const { control } = await startControlled();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(line);
  });

  it('is not for pages', async () => {
    const { control } = await startControlled();
    const answer = await control('POST', '/cut', undefined, { origin: 'http://page.test' });
    expect(answer.status).toBe(403);
  });
});
