import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFaultProxy } from '../src/proxy.mjs';
import { ask, dial, FALLBACK, post, readAnswer, startPath, startRawUpstream } from './peers.mjs';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */

/** @param {number} upstreamPort */
async function proxyTo(upstreamPort) {
  const proxy = await createFaultProxy({ upstreamPort });
  onTestFinished(() => proxy.close());
  return proxy;
}

describe('an exchange that no rule hurts', () => {
  it('forwards line and headers as they were: order, case, repetitions', async () => {
    const { upstream, proxy } = await startPath([]);
    const client = await dial(proxy.port);
    const head = ['hOsT: a.test', 'X-Two: 1', 'x-two: 2', 'Accept: */*', 'Connection: keep-alive'];
    client.socket.write(`GET /a%20b?c=d HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    await client.untilText('\r\n\r\n');
    expect(upstream.requests[0]).toMatchObject({ method: 'GET', url: '/a%20b?c=d', httpVersion: '1.1' });
    expect(upstream.requests[0]?.rawHeaders).toEqual(head.flatMap((line) => line.split(': ')));
  });

  it('hands back status, reason, headers and body as they were', async () => {
    const answer = 'HTTP/1.1 207 Some Words\r\nset-Cookie: a\r\nset-Cookie: b\r\nContent-Length: 2\r\n\r\nok';
    const upstream = await startRawUpstream((socket) => socket.once('data', () => socket.write(answer)));
    const client = await dial((await proxyTo(upstream.port)).port);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.untilText('\r\n\r\nok');
    expect(client.text.replace('Connection: keep-alive\r\n', '')).toBe(answer);
  });

  it('hands on each chunk when it comes, in both directions', async () => {
    /** @type {((pair: { incoming: IncomingMessage, response: ServerResponse }) => void)[]} */
    const waiting = [];
    const arrived = new Promise((resolve) => waiting.push(resolve));
    const { proxy } = await startPath([], {
      onRequest: (incoming, response) => waiting[0]?.({ incoming, response }),
    });
    const outgoing = request({ port: proxy.port, path: FALLBACK, method: 'POST', agent: false });
    outgoing.write('one');
    const { incoming, response } = await arrived;
    expect(String((await once(incoming, 'data'))[0])).toBe('one');
    outgoing.write('two');
    expect(String((await once(incoming, 'data'))[0])).toBe('two');
    response.writeHead(200);
    response.flushHeaders();
    const [answer] = await once(outgoing, 'response');
    for (const word of ['three', 'four']) {
      response.write(word);
      expect(String((await once(answer, 'data'))[0])).toBe(word);
    }
    outgoing.end();
    response.end();
    await once(answer, 'end');
  });

  it('keeps the connection alive, with one connection to the server behind it', async () => {
    const { upstream, proxy } = await startPath([]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (const word of ['a', 'b', 'c']) expect((await post(proxy.port, word, { agent })).body).toBe(word);
    expect(await proxy.stats()).toMatchObject({ connections: 1, upstreamConnections: 1 });
    expect(upstream.sockets.size).toBe(1);
  });

  it('closes the idle connection of the client when the server closes its own', async () => {
    const { upstream, proxy } = await startPath([]);
    const client = await dial(proxy.port);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n');
    await client.untilText('\r\n\r\n');
    for (const socket of upstream.sockets) socket.end();
    await client.untilEnded();
    expect(client.state).toBe('ended');
  });

  it('tells the server at once when the client aborts', async () => {
    /** @type {(response: ServerResponse) => void} */
    let began = () => {};
    const hanging = new Promise((/** @type {(response: ServerResponse) => void} */ resolve) => {
      began = resolve;
    });
    const { proxy } = await startPath([], { onRequest: (_incoming, response) => began(response) });
    const client = await dial(proxy.port);
    client.socket.write(`POST ${FALLBACK} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    const response = await hanging;
    const closed = once(response, 'close');
    client.socket.destroy();
    await closed;
    expect(response.writableFinished).toBe(false);
    await expect.poll(async () => (await proxy.log())[0]?.outcome).toBe('aborted by client');
  });

  it('ends the client where the server ends in the middle, with the bytes that came', async () => {
    const upstream = await startRawUpstream((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
    );
    const proxy = await proxyTo(upstream.port);
    const client = await dial(proxy.port);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.untilEnded();
    expect(client.text).toMatch(/\r\n\r\nhalf$/);
    expect((await proxy.log())[0]?.outcome).toBe('aborted by server');
  });

  it('resets the client when nothing listens behind it', async () => {
    const upstream = await startRawUpstream(() => {});
    const proxy = await proxyTo(1);
    expect(upstream.port).toBeGreaterThan(0);
    await expect(ask(proxy.port, { path: '/' })).rejects.toThrow('ECONNRESET');
  });

  it('leaves a body without length or chunks ending with its connection', async () => {
    const upstream = await startRawUpstream((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end')),
    );
    const client = await dial((await proxyTo(upstream.port)).port);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.untilEnded();
    expect(client.text).not.toContain('chunked');
    expect(client.text).toMatch(/\r\n\r\nuntil the end$/);
  });

  it('sends no chunks to a client of HTTP/1.0', async () => {
    const { proxy } = await startPath([], {
      onRequest: (_incoming, response) => {
        response.write('a');
        response.end('b');
      },
    });
    const client = await dial(proxy.port);
    client.socket.write('GET / HTTP/1.0\r\n\r\n');
    await client.untilEnded();
    expect(client.text).not.toContain('chunked');
    expect(client.text).toMatch(/\r\n\r\nab$/);
  });

  it('passes HEAD, 204 and 304 without a body, and trailers behind one', async () => {
    const { proxy } = await startPath([], {
      onRequest: ({ url, method }, response) => {
        if (url === '/trailers') {
          response.writeHead(200, { trailer: 'x-sum' });
          response.write('body');
          response.addTrailers({ 'x-sum': '42' });
          response.end();
        } else
          response.writeHead(Number(url?.slice(1)), method === 'HEAD' ? { 'content-length': 9 } : {}).end();
      },
    });
    expect(await ask(proxy.port, { path: '/200', method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(await ask(proxy.port, { path: '/204' })).toMatchObject({ status: 204, body: '' });
    expect(await ask(proxy.port, { path: '/304' })).toMatchObject({ status: 304, body: '' });
    const outgoing = request({ port: proxy.port, path: '/trailers', agent: false }).end();
    const [answer] = await once(outgoing, 'response');
    expect((await readAnswer(answer)).body).toBe('body');
    expect(answer.trailers).toEqual({ 'x-sum': '42' });
  });

  it('passes `Expect: 100-continue` on, and the 100 back', async () => {
    const { upstream, proxy } = await startPath([]);
    const headers = { expect: '100-continue', 'content-length': 5 };
    const outgoing = request({ port: proxy.port, path: FALLBACK, method: 'POST', headers, agent: false });
    outgoing.flushHeaders();
    await once(outgoing, 'continue');
    expect(upstream.requests[0]?.rawHeaders).toContain('100-continue');
    outgoing.end('hello');
    const [answer] = await once(outgoing, 'response');
    expect((await readAnswer(answer)).body).toBe('hello');
  });

  it('carries large bodies both ways unchanged', async () => {
    const { proxy } = await startPath([]);
    const body = Buffer.alloc(8 * 1024 * 1024, 'abcdefg').toString();
    const answer = await post(proxy.port, body);
    expect(answer.body === body).toBe(true);
    expect(await proxy.stats()).toMatchObject({ bytesUp: body.length, bytesDown: body.length });
  });

  it('stops reading a server whose client has stopped reading', async () => {
    const LARGE_BYTES = 64 * 1024 * 1024;
    /** @type {ServerResponse | undefined} */
    let writer;
    const { proxy } = await startPath([], {
      onRequest: (_incoming, response) => {
        writer = response;
        response.writeHead(200, { 'content-length': LARGE_BYTES });
        const chunk = Buffer.alloc(64 * 1024);
        let sentBytes = 0;
        const pump = () => {
          while (sentBytes < LARGE_BYTES) {
            sentBytes += chunk.length;
            if (!response.write(chunk)) return;
          }
        };
        response.on('drain', pump);
        pump();
      },
    });
    const client = connect(proxy.port);
    onTestFinished(() => void client.destroy());
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    // The kernel's buffers take some MiB; then nothing more is handed on, twice in a row.
    let before = -1;
    await expect
      .poll(async () => {
        const { bytesDown } = await proxy.stats();
        const still = bytesDown > 0 && bytesDown === before;
        before = bytesDown;
        return still;
      })
      .toBe(true);
    expect(before).toBeLessThan(LARGE_BYTES);
    expect(writer?.writableNeedDrain).toBe(true);
    let receivedBytes = 0;
    client.on('data', (chunk) => {
      receivedBytes += chunk.length;
    });
    await expect.poll(() => receivedBytes, { timeout: 10_000 }).toBeGreaterThan(LARGE_BYTES);
  }, 20_000);
});
