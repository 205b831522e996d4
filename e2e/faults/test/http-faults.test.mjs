import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catalogue } from '../src/catalogue.mjs';
import { ask, dial, FALLBACK, post, readAnswer, settle, startPath } from './peers.mjs';

/** @import { ServerResponse } from 'node:http' */
/** @import { Fault, FaultProxy, FaultType, Rule } from '../src/types.ts' */

/** @param {Fault | FaultType} fault @returns {Rule[]} */
const onFetch = (fault) => [{ match: { kind: 'fetch' }, fault }];
/** @param {Fault | FaultType} fault @returns {Rule[]} */
const onFirstFetch = (fault) => [{ match: { kind: 'fetch', count: 1 }, fault }];

const head = (/** @type {number} */ length) =>
  `POST ${FALLBACK} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

/** @param {FaultProxy} proxy */
const faultsOf = async (proxy) => (await proxy.log({ kind: 'fetch' })).map(({ faults }) => faults);

/** Opens a request whose answer the test writes by hand. */
function handWritten() {
  /** @type {(response: ServerResponse) => void} */
  let began = () => {};
  /** @type {Promise<ServerResponse>} */
  const response = new Promise((resolve) => {
    began = resolve;
  });
  return {
    response,
    /** @type {(incoming: import('node:http').IncomingMessage, response: ServerResponse) => void} */
    onRequest: (incoming, response) => {
      if (!incoming.url?.includes('holdfast')) response.end();
      else {
        incoming.resume();
        began(response);
      }
    },
  };
}

describe('faults that leave the server out', () => {
  it('refuse a request with a status, and page loads stay whole', async () => {
    const { upstream, proxy } = await startPath(onFetch({ type: 'refuse', status: 403 }));
    expect((await post(proxy.port)).status).toBe(403);
    expect((await ask(proxy.port, { path: '/page' })).status).toBe(200);
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/page']);
    expect(await faultsOf(proxy)).toEqual([['refuse']]);
  });

  it.each([429, 503])('refuse once with %d and Retry-After, then let through', async (status) => {
    const { proxy } = await startPath(onFirstFetch({ type: 'refuse', status, retryAfterS: 2 }));
    const refused = await post(proxy.port);
    expect([refused.status, refused.headers['retry-after']]).toEqual([status, '2']);
    expect((await post(proxy.port)).body).toBe('hello');
  });

  it('refuse with the protocol wanted, where the status is 426', async () => {
    const { proxy } = await startPath(onFetch({ type: 'refuse', status: 426 }));
    expect((await post(proxy.port)).headers.upgrade).toBe('websocket');
  });

  it('answer everything with a captive portal', async () => {
    const { upstream, proxy } = await startPath([{ fault: 'captive' }]);
    for (const path of ['/', FALLBACK]) {
      const answer = await ask(proxy.port, { path });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch('text/html');
      expect(answer.body).toContain('<!doctype html>');
    }
    expect(upstream.requests).toEqual([]);
  });

  it('reset the connection when the head is in', async () => {
    const { upstream, proxy } = await startPath(onFetch('reset'));
    const client = await dial(proxy.port);
    client.socket.write(head(5));
    await client.untilEnded();
    expect(client.state).toBe('reset');
    expect(client.text).toBe('');
    expect(upstream.requests).toEqual([]);
    expect(await faultsOf(proxy)).toEqual([['reset']]);
  });

  it('swallow a request: never answered, never forwarded, the connection open', async () => {
    const { upstream, proxy } = await startPath(onFirstFetch('swallow'));
    const client = await dial(proxy.port);
    client.socket.write(`${head(5)}hello`);
    await settle(proxy.port);
    expect([client.text, client.state]).toEqual(['', 'open']);
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await faultsOf(proxy)).toEqual([['swallow']]);
  });

  it('lose a whole request before the server has seen any of it', async () => {
    const { upstream, proxy } = await startPath(onFetch('lose-request'));
    const client = await dial(proxy.port);
    client.socket.write(head(5));
    await settle(proxy.port);
    expect(client.state).toBe('open');
    client.socket.write('hello');
    await client.untilEnded();
    expect(client.text).toBe('');
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await faultsOf(proxy)).toEqual([['lose-request']]);
  });

  it('refuse a body above the limit, with and without a length, after the client has sent it all', async () => {
    const { upstream, proxy } = await startPath(onFetch({ type: 'limit-body', kib: 64 }));
    const large = Buffer.alloc(4 * 1024 * 1024);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect((await post(proxy.port, large, { agent })).status).toBe(413);
    expect(upstream.requests).toEqual([]);
    const chunked = await post(proxy.port, large, { agent, headers: { 'transfer-encoding': 'chunked' } });
    expect(chunked.status).toBe(413);
    expect((await post(proxy.port, Buffer.alloc(64 * 1024), { agent })).status).toBe(200);
    expect(await faultsOf(proxy)).toEqual([['limit-body'], ['limit-body'], []]);
  });

  it('deny fetch, by 403 or by reset, and spare the form', async () => {
    const { proxy } = await startPath(catalogue['fetch refused']);
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await post(proxy.port)).status).toBe(403);
    expect((await post(proxy.port, 'a=b', form)).body).toBe('a=b');
    await proxy.set(catalogue['fetch reset']);
    await expect(post(proxy.port)).rejects.toThrow('ECONNRESET');
    expect((await post(proxy.port, 'a=b', form)).body).toBe('a=b');
  });
});

describe('faults of requests', () => {
  it('speak HTTP/1.0 to the server: no chunks, the answer ends with the connection', async () => {
    const { upstream, proxy } = await startPath(onFetch('http10'));
    const client = await dial(proxy.port);
    client.socket.write(
      `POST ${FALLBACK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    );
    await client.untilEnded();
    expect(client.text).toMatch(/\r\n\r\nhello$/);
    expect(client.text.toLowerCase()).not.toContain('chunked');
    const [seen] = upstream.requests;
    expect(seen?.httpVersion).toBe('1.0');
    expect(seen?.rawHeaders).toEqual(['Host', 'x', 'Connection', 'close', 'Content-Length', '5']);
    expect(await faultsOf(proxy)).toEqual([['http10']]);
  });

  it('lose the response after the server has seen the request', async () => {
    const { upstream, proxy } = await startPath(onFirstFetch('lose-response'));
    const client = await dial(proxy.port);
    client.socket.write(`${head(5)}hello`);
    await client.untilEnded();
    expect(client.text).toBe('');
    expect(upstream.requests).toHaveLength(1);
    expect(await faultsOf(proxy)).toEqual([['lose-response']]);
    expect((await post(proxy.port)).body).toBe('hello');
  });

  it.each(['head', 'chunk', 'end'])('lose the response once the server has written its %s', async (once_) => {
    const upstreamSide = handWritten();
    const once = /** @type {'head' | 'chunk' | 'end'} */ (once_);
    const { proxy } = await startPath(onFetch({ type: 'lose-response', once }), upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    /** @type {[string, () => void][]} */
    const steps = [
      ['head', () => response.flushHeaders()],
      ['chunk', () => response.write('secret')],
      ['end', () => response.end()],
    ];
    for (const [name, write] of steps) {
      expect(client.state).toBe('open');
      write();
      if (name === once) break;
      await settle(proxy.port);
    }
    await client.untilEnded();
    expect(client.text).toBe('');
  });

  it.each([
    ['first', '1'],
    ['second', '2'],
  ])('send a request twice and answer with the %s answer', async (which, wanted) => {
    let count = 0;
    /** @type {string[]} */
    const bodies = [];
    const { upstream, proxy } = await startPath(
      onFetch({ type: 'twice', respond: /** @type {'first' | 'second'} */ (which) }),
      {
        onRequest: async (incoming, response) => {
          let body = '';
          for await (const chunk of incoming) body += chunk;
          bodies.push(body);
          count += 1;
          response.end(String(count));
        },
      },
    );
    expect((await post(proxy.port)).body).toBe(wanted);
    await expect.poll(() => bodies).toEqual(['hello', 'hello']);
    expect(upstream.requests.map(({ url }) => url)).toEqual([FALLBACK, FALLBACK]);
    expect(await faultsOf(proxy)).toEqual([['twice']]);
  });

  it('drop the other of two requests, when it hangs, with the client', async () => {
    /** @type {ServerResponse[]} */
    const responses = [];
    const { proxy } = await startPath(onFetch({ type: 'twice', respond: 'first' }), {
      onRequest: (incoming, response) => {
        incoming.resume();
        responses.push(response);
      },
    });
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    await expect.poll(() => responses.length).toBe(2);
    responses[0]?.end('done');
    await client.untilText('done');
    expect(responses[1]?.destroyed).toBe(false);
    client.socket.destroy();
    await expect.poll(() => responses[1]?.destroyed).toBe(true);
  });

  it('reorder two requests: the later reaches the server first', async () => {
    const { upstream, proxy } = await startPath(onFetch('reorder'));
    const first = post(proxy.port, 'a', { path: `${FALLBACK}&n=1` });
    await expect.poll(async () => (await proxy.log()).length).toBe(1);
    const second = post(proxy.port, 'b', { path: `${FALLBACK}&n=2` });
    expect([(await first).body, (await second).body]).toEqual(['a', 'b']);
    expect(upstream.requests.map(({ url }) => url.slice(-1))).toEqual(['2', '1']);
    expect(await faultsOf(proxy)).toEqual([['reorder'], ['reorder']]);
  });

  it('let a request go that nobody overtakes', async () => {
    const { proxy } = await startPath(onFetch({ type: 'reorder', withinMs: 20 }));
    expect((await post(proxy.port)).body).toBe('hello');
    expect(await faultsOf(proxy)).toEqual([[]]);
  });

  it.each([0, 1, 700, 100_000])('cut the connection after %d bytes of the request', async (bytes) => {
    let receivedBytes = 0;
    let aborted = false;
    const { proxy } = await startPath(onFetch({ type: 'cut-up', bytes }), {
      onRequest: (incoming) => {
        incoming.on('data', (chunk) => {
          receivedBytes += chunk.length;
        });
        incoming.on('error', () => {
          aborted = true;
        });
      },
    });
    await expect(post(proxy.port, Buffer.alloc(200_000))).rejects.toThrow(/ECONNRESET|EPIPE|hang up/);
    await expect.poll(() => aborted).toBe(true);
    expect(receivedBytes).toBe(bytes);
    expect(await faultsOf(proxy)).toEqual([['cut-up']]);
  });

  it('leave a request whole that is shorter than the cut', async () => {
    const { proxy } = await startPath(onFetch({ type: 'cut-up', bytes: 6 }));
    expect((await post(proxy.port)).body).toBe('hello');
    expect(await faultsOf(proxy)).toEqual([[]]);
  });
});

describe('faults of responses', () => {
  it('hold a response, its head too, until it has ended', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath(onFetch('hold'), upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    response.write('one');
    await expect.poll(() => faultsOf(proxy)).toEqual([['hold']]);
    response.write('two');
    await settle(proxy.port);
    expect(client.text).toBe('');
    response.end();
    await client.untilText('0\r\n\r\n');
    expect(client.text).toMatch(/one.*two/s);
  });

  it('hold a body behind its head', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath(onFetch({ type: 'hold', head: 'passed' }), upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    response.write('one');
    await client.untilText('\r\n\r\n');
    await settle(proxy.port);
    expect(client.text).not.toContain('one');
    response.end();
    await client.untilText('one');
  });

  it('hold a stream that runs already, and give it free when the rule is gone', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath([], upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    response.write('one');
    await client.untilText('one');
    await proxy.set(onFetch('hold'));
    response.write('two');
    await expect.poll(() => faultsOf(proxy)).toEqual([['hold']]);
    // Rules of somebody else come and go.
    await proxy.set([{ match: { query: { visitor: 'other' } }, fault: 'reset' }], { group: 'other' });
    expect(client.text).not.toContain('two');
    await proxy.set([]);
    await client.untilText('two');
  });

  it('hold the head of a response that has not begun, and give it free when the rule is gone', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath([], upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    await proxy.set(onFetch('hold'));
    response.flushHeaders();
    await settle(proxy.port);
    expect(client.text).toBe('');
    await proxy.set([]);
    await client.untilText('\r\n\r\n');
  });

  it('hold back the last chunk until the next comes or the response ends', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath(onFetch('hold-last-chunk'), upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    response.write('one');
    await expect.poll(() => faultsOf(proxy)).toEqual([['hold-last-chunk']]);
    expect(client.text).toContain('\r\n\r\n');
    expect(client.text).not.toContain('one');
    response.write('two');
    await client.untilText('one');
    await settle(proxy.port);
    expect(client.text).not.toContain('two');
    response.end();
    await client.untilText('two');
  });

  it.each([
    [0, 'end'],
    [1, 'end'],
    [70_000, 'end'],
    [3, 'reset'],
  ])('cut a response after %d bytes by %s', async (bytes, how) => {
    const cut = /** @type {'end' | 'reset'} */ (how);
    const { proxy } = await startPath(onFetch({ type: 'cut-down', bytes, how: cut }));
    const client = await dial(proxy.port);
    client.socket.write(`${head(100_000)}${'x'.repeat(100_000)}`);
    await client.untilEnded();
    expect((await proxy.log())[0]).toMatchObject({ bytesDown: bytes, faults: ['cut-down'] });
    if (cut === 'reset') return;
    expect(client.text.split('x').length - 1).toBe(bytes);
    expect(client.text).not.toContain('\r\n0\r\n');
  });

  it('kill a request that takes too long with 504, and tell the server', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath(onFetch({ type: 'timeout', afterMs: 300 }), upstreamSide);
    const answering = post(proxy.port);
    const response = await upstreamSide.response;
    const closed = once(response, 'close');
    expect((await answering).status).toBe(504);
    await closed;
    expect(await faultsOf(proxy)).toEqual([['timeout']]);
  });

  it('cut a response that has begun when its time is up', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath(onFetch({ type: 'timeout', afterMs: 300 }), upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    (await upstreamSide.response).write('begun');
    await client.untilEnded();
    expect(client.text).toMatch(/^HTTP\/1\.1 200 .*begun/s);
  });

  it('answer 504 for a request that was swallowed', async () => {
    const { proxy } = await startPath([...onFetch('swallow'), ...onFetch({ type: 'timeout', afterMs: 20 })]);
    expect((await post(proxy.port)).status).toBe(504);
  });

  it('leave an answer in time alone', async () => {
    const { proxy } = await startPath(onFetch({ type: 'timeout', afterMs: 3_000 }));
    expect((await post(proxy.port)).status).toBe(200);
    expect(await faultsOf(proxy)).toEqual([[]]);
  });

  it('close a connection on which a response hangs too long, and one that is idle between requests', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath(onFetch({ type: 'idle-close', afterMs: 300 }), upstreamSide);
    const hanging = await dial(proxy.port);
    hanging.socket.write(head(0));
    await hanging.untilEnded();
    expect(await faultsOf(proxy)).toEqual([['idle-close']]);

    const { proxy: other } = await startPath(onFetch({ type: 'idle-close', afterMs: 300 }));
    const kept = await dial(other.port);
    kept.socket.write(`${head(5)}hello`);
    await kept.untilText('hello');
    expect(kept.state).toBe('open');
    await kept.untilEnded();
    expect(await faultsOf(other)).toEqual([['idle-close']]);
  });
});

describe('faults of the line', () => {
  it('let bytes vanish from the first on', async () => {
    const { upstream, proxy } = await startPath([{ match: { kind: 'fetch', count: 1 }, fault: 'half-open' }]);
    const client = await dial(proxy.port);
    client.socket.write(`${head(5)}hello`);
    await settle(proxy.port);
    expect([client.text, client.state]).toEqual(['', 'open']);
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('let the bytes and the end of a running response vanish, and tell neither end', async () => {
    const upstreamSide = handWritten();
    const { proxy } = await startPath([], upstreamSide);
    const client = await dial(proxy.port);
    client.socket.write(head(0));
    const response = await upstreamSide.response;
    response.write('one');
    await client.untilText('one');
    await proxy.set([{ match: { live: true }, fault: 'half-open' }]);
    response.write('two');
    await settle(proxy.port);
    client.socket.destroy();
    await settle(proxy.port);
    expect(client.text).not.toContain('two');
    expect(response.destroyed).toBe(false);
    expect(await faultsOf(proxy)).toEqual([['half-open']]);
  });

  it('keep requests and responses waiting while stalled, and lose nothing', async () => {
    const { upstream, proxy } = await startPath(onFetch('stall'));
    const answering = post(proxy.port);
    await settle(proxy.port);
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    await proxy.set([]);
    expect((await answering).body).toBe('hello');
    expect(await faultsOf(proxy)).toEqual([['stall']]);
  });

  it('delay a round trip by both one-way delays, and the first on a connection by one more', async () => {
    const { proxy } = await startPath([{ link: { upMs: 30, downMs: 50 } }]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const timed = async () => {
      const beganMs = performance.now();
      await post(proxy.port, 'x', { agent });
      return performance.now() - beganMs;
    };
    const firstMs = await timed();
    const laterMs = [await timed(), await timed(), await timed()];
    // Timers count whole milliseconds.
    expect(firstMs).toBeGreaterThanOrEqual(158);
    expect(Math.min(...laterMs)).toBeGreaterThanOrEqual(78);
    expect(Math.min(...laterMs)).toBeLessThan(firstMs);
  });

  it('charge a page load with no more than the round trip that the page will measure', async () => {
    const { proxy } = await startPath([{ link: { upMs: 10, downMs: 10, connectMs: 60_000 } }]);
    expect((await ask(proxy.port, { path: '/page' })).status).toBe(200);
  });

  it('charge a connection opened ahead of its use only with what is left', async () => {
    const { proxy } = await startPath([{ link: { connectMs: 1000 } }]);
    const beganMs = performance.now();
    const client = await dial(proxy.port);
    await expect.poll(() => performance.now() - beganMs).toBeGreaterThan(600);
    const askedMs = performance.now();
    client.socket.write(`${head(5)}hello`);
    await client.untilText('hello');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(998);
    expect(performance.now() - askedMs).toBeLessThan(998);
  });

  it('delay also what the proxy itself answers', async () => {
    const { proxy } = await startPath([
      { link: { upMs: 30, downMs: 30, connectMs: 0 } },
      ...onFetch({ type: 'refuse', status: 502 }),
    ]);
    const beganMs = performance.now();
    expect((await post(proxy.port)).status).toBe(502);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(58);
  });

  it('hold a body to its bandwidth, as a trickle', async () => {
    const { proxy } = await startPath([{ link: { downKibps: 400 } }]);
    const outgoing = request({ port: proxy.port, path: FALLBACK, method: 'POST', agent: false });
    const beganMs = performance.now();
    outgoing.end(Buffer.alloc(100 * 1024));
    const [answer] = await once(outgoing, 'response');
    let pieces = 0;
    answer.on('data', () => {
      pieces += 1;
    });
    await readAnswer(answer);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(245);
    expect(pieces).toBeGreaterThan(5);
  });
});
