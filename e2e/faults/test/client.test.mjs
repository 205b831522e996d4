import { describe, expect, it, onTestFinished } from 'vitest';
import { connectFaultProxy, startFaultProxy } from '../src/client.mjs';
import { openEcho, post, startUpstream } from './peers.mjs';

/** @param {Partial<import('../src/types.ts').FaultProxyOptions>} [options] */
async function startProcess(options = {}) {
  const upstream = await startUpstream();
  const proxy = await startFaultProxy({ upstreamPort: upstream.port, ...options });
  onTestFinished(() => proxy.close());
  return { upstream, proxy };
}

describe('a fault proxy in a process of its own', () => {
  it('forwards, and obeys the same verbs', async () => {
    const { proxy } = await startProcess({ logEntries: 2 });
    expect(proxy.pid).not.toBe(process.pid);
    expect((await post(proxy.port)).body).toBe('hello');
    await proxy.set([{ match: { kind: 'fetch' }, fault: { type: 'refuse', status: 429 } }]);
    expect((await post(proxy.port)).status).toBe(429);
    expect(await proxy.rules()).toMatchObject([{ name: 'refuse', group: '', applied: 1 }]);
    expect(await proxy.log({ fault: 'refuse' })).toMatchObject([{ status: 429 }]);
    await openEcho(proxy.port, '/?visitor=a');
    expect(await proxy.cut({ match: { query: { visitor: 'a' } }, how: 'end' })).toBe(1);
    expect(await proxy.stats()).toMatchObject({ cuts: 1, faults: { refuse: 1 } });
    await proxy.reset();
    expect(await proxy.rules()).toEqual([]);
  });

  it('keeps groups apart, whatever they are called', async () => {
    const { proxy } = await startProcess();
    await proxy.set([{ fault: 'hold' }], { group: 'a&b=c' });
    await proxy.set([]);
    expect(await proxy.rules()).toMatchObject([{ group: 'a&b=c' }]);
  });

  it('rejects a bad rule with the same error as in-process', async () => {
    const { proxy } = await startProcess();
    // @ts-expect-error there is no such fault
    const setting = proxy.set([{ fault: 'resat' }]);
    await expect(setting).rejects.toMatchObject({ name: 'RuleError' });
    await expect(setting).rejects.toThrow(/^rules\[0\]\.fault\.type: must be one of/);
  });

  it('says why it could not start', async () => {
    const { proxy, upstream } = await startProcess();
    const taken = startFaultProxy({ upstreamPort: upstream.port, port: proxy.port });
    await expect(taken).rejects.toThrow(/did not start: .*EADDRINUSE/);
  });

  it('gives its port back on close, and a second close does nothing', async () => {
    const { proxy } = await startProcess();
    await openEcho(proxy.port);
    await proxy.close();
    await proxy.close();
    await expect(post(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('can be taken over by its control port', async () => {
    const { proxy } = await startProcess();
    const other = await connectFaultProxy(proxy.controlPort ?? 0);
    expect([other.host, other.port, other.url]).toEqual([proxy.host, proxy.port, proxy.url]);
    await other.set([{ fault: 'hold' }]);
    expect(await proxy.rules()).toHaveLength(1);
    await other.close();
    await expect.poll(() => post(proxy.port).catch(({ code }) => code)).toBe('ECONNREFUSED');
  });
});
