import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFaultProxy } from '../src/proxy.mjs';
import {
  closeCode,
  dial,
  echoOnce,
  openEcho,
  openWebSocket,
  post,
  settle,
  startPath,
  startUpstream,
} from './peers.mjs';

describe('a fault proxy', () => {
  it('listens on a port that the system chose, without a control port', async () => {
    const { proxy } = await startPath([]);
    expect(proxy.port).toBeGreaterThan(0);
    expect(proxy.url).toBe(`http://127.0.0.1:${proxy.port}`);
    expect(proxy.controlPort).toBeNull();
  });

  it('rejects with the system`s reason where the port is taken', async () => {
    const { proxy, upstream } = await startPath([]);
    const taken = createFaultProxy({ upstreamPort: upstream.port, port: proxy.port });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const controlTaken = createFaultProxy({ upstreamPort: upstream.port, controlPort: proxy.port });
    await expect(controlTaken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('rejects a bad list of rules whole, and keeps the old one', async () => {
    const { proxy } = await startPath([{ match: { kind: 'fetch' }, fault: 'captive' }]);
    // @ts-expect-error there is no such fault
    await expect(proxy.set([{ fault: 'reset' }, { fault: 'resat' }])).rejects.toThrow('rules[1].fault.type');
    expect((await proxy.rules()).map(({ name }) => name)).toEqual(['captive']);
  });

  it('keeps visitors apart, by query and by group', async () => {
    const { proxy } = await startPath([]);
    /** @param {string} visitor */
    const refuse = (visitor) =>
      proxy.set([{ match: { kind: 'upgrade', query: { visitor } }, fault: 'reset' }], { group: visitor });
    await refuse('ann');
    await refuse('bob');
    await proxy.set([], { group: 'bob' });
    expect(await closeCode(openWebSocket(proxy.port, '/?visitor=ann'))).toBe(1006);
    expect(await echoOnce(await openEcho(proxy.port, '/?visitor=bob'), 'hi')).toBe('hi');
    expect(await proxy.rules()).toMatchObject([{ group: 'ann', matched: 1, applied: 1 }]);
  });

  it('cuts every connection, on both sides, and says how many', async () => {
    const { upstream, proxy } = await startPath([]);
    const sockets = [await openEcho(proxy.port), await openEcho(proxy.port)];
    const closed = Promise.all(sockets.map(closeCode));
    expect(await proxy.cut()).toBe(2);
    expect(await closed).toEqual([1006, 1006]);
    await expect.poll(() => upstream.webSockets.clients.size).toBe(0);
    expect(await proxy.stats()).toMatchObject({ cuts: 2, liveTunnels: 0 });
    expect((await proxy.log()).map(({ outcome }) => outcome)).toEqual(['hurt by proxy', 'hurt by proxy']);
  });

  it('cuts only what is meant, running or kept alive', async () => {
    const { proxy } = await startPath([]);
    const ann = await openEcho(proxy.port, '/?visitor=ann');
    const bob = await openEcho(proxy.port, '/?visitor=bob');
    const kept = await dial(proxy.port);
    kept.socket.write('GET /page?visitor=bob HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.untilText('\r\n\r\n');
    const closed = closeCode(bob);
    expect(await proxy.cut({ match: { query: { visitor: 'bob' } } })).toBe(2);
    await closed;
    await kept.untilEnded();
    expect(kept.state).toBe('reset');
    expect(await echoOnce(ann, 'still here')).toBe('still here');
  });

  it('cuts also a client that reads nothing, while much is on its way to it', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    socket.pause();
    const [peer] = upstream.webSockets.clients;
    peer?.send(Buffer.alloc(64 * 1024 * 1024));
    await expect.poll(async () => (await proxy.stats()).bytesDown).toBeGreaterThan(1_000_000);
    await proxy.cut();
    await expect.poll(async () => (await proxy.stats()).liveConnections).toBe(0);
    await expect.poll(() => upstream.webSockets.clients.size).toBe(0);
  });

  it('cuts gently when asked to', async () => {
    const { proxy } = await startPath([]);
    const client = await dial(proxy.port);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.untilText('\r\n\r\n');
    expect(await proxy.cut({ how: 'end' })).toBe(1);
    await client.untilEnded();
    expect(client.state).toBe('ended');
  });

  it('keeps a log without bodies or headers, of the newest requests', async () => {
    const { proxy } = await startPath([{ match: { kind: 'upgrade' }, fault: { type: 'refuse' } }], {
      proxy: { logEntries: 3 },
    });
    for (const body of ['secret-1', 'secret-2']) await post(proxy.port, body);
    await once(openWebSocket(proxy.port, '/ws?a=b', ['secret-3']), 'unexpected-response');
    await settle(proxy.port);
    const log = await proxy.log();
    expect(log.map(({ url }) => url)).toEqual(['/ws?a=b', '/settle/1', '/settle/2']);
    expect(log[0]).toMatchObject({ kind: 'upgrade', method: 'GET', status: 403, planned: ['refuse'] });
    expect(JSON.stringify(log)).not.toContain('secret');
    expect((await proxy.log({ fault: 'refuse' })).map(({ id }) => id)).toEqual([3]);
    expect((await proxy.log({ kind: 'http', limit: 1 })).map(({ id }) => id)).toEqual([5]);
  });

  it('counts requests by kind, faults and bytes, and forgets them on reset', async () => {
    const { proxy } = await startPath([{ match: { kind: 'upgrade' }, fault: 'reset' }]);
    await post(proxy.port, 'hello');
    await closeCode(openWebSocket(proxy.port));
    expect(await proxy.stats()).toMatchObject({
      requests: { upgrade: 1, fetch: 1, form: 0, http: 0 },
      faults: { reset: 1 },
      bytesUp: 5,
      bytesDown: 5,
    });
    await proxy.reset();
    expect(await proxy.stats()).toMatchObject({ requests: { upgrade: 0, fetch: 0 }, faults: {}, bytesUp: 0 });
    expect(await proxy.log()).toEqual([]);
    expect(await proxy.rules()).toEqual([]);
  });

  it('survives a server that restarts behind it', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    const closed = closeCode(socket);
    upstream.close();
    expect(await closed).toBe(1006);
    await expect(post(proxy.port)).rejects.toThrow('ECONNRESET');
    const next = await startUpstream();
    next.server.close();
    await once(next.server, 'close');
    upstream.server.listen(upstream.port, '127.0.0.1');
    await once(upstream.server, 'listening');
    onTestFinished(() => void upstream.server.close());
    expect((await post(proxy.port)).body).toBe('hello');
  });

  it('closes with everything that hangs, swallowed, vanished or stalled', async () => {
    const { upstream, proxy } = await startPath([{ match: { path: '/swallow' }, fault: 'swallow' }]);
    const swallowed = openWebSocket(proxy.port, '/swallow');
    const vanished = await openEcho(proxy.port, '/vanish');
    const stalled = await openEcho(proxy.port, '/stall');
    await proxy.set([
      { match: { path: '/vanish' }, fault: 'half-open' },
      { match: { path: '/stall' }, fault: 'stall' },
    ]);
    const closed = Promise.all([swallowed, vanished, stalled].map(closeCode));
    await proxy.close();
    expect(await closed).toEqual([1006, 1006, 1006]);
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });
});
