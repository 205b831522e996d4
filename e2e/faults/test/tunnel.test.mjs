import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFaultProxy } from '../src/proxy.mjs';
import {
  closeCode,
  dial,
  echoOnce,
  handshake,
  openEcho,
  openWebSocket,
  post,
  settle,
  startPath,
  startRawUpstream,
} from './peers.mjs';

/** @import { Fault, FaultProxy, FaultType, Rule } from '../src/types.ts' */

/** RFC 6455 §1.3: the answer to the key of the test's handshake. */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** @param {Fault | FaultType} fault @returns {Rule[]} */
const onUpgrade = (fault) => [{ match: { kind: 'upgrade' }, fault }];

/** @param {FaultProxy} proxy */
const faultsOf = async (proxy) => (await proxy.log({ kind: 'upgrade' })).map(({ faults }) => faults);

/** @param {import('ws').WebSocket} socket @returns {Promise<number>} */
async function refusedStatus(socket) {
  const [, response] = await once(socket, 'unexpected-response');
  return response.statusCode;
}

/** The frames of a server: text messages of less than 126 bytes. @param {...string} words */
const frames = (...words) =>
  Buffer.concat(words.map((word) => Buffer.from([0x81, word.length, ...Buffer.from(word)])));

describe('a tunnel that no rule hurts', () => {
  it('carries handshake and bytes exactly, both ways', async () => {
    const answer = 'HTTP/1.1 101 As You Like\r\nuPgrade: x\r\n\r\n\u0081\u0002hi';
    let seen = '';
    const upstream = await startRawUpstream((socket) =>
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1');
        if (seen.endsWith('8 bytes!')) socket.write(answer, 'latin1');
      }),
    );
    const proxy = await createFaultProxy({ upstreamPort: upstream.port });
    onTestFinished(() => proxy.close());
    const client = await dial(proxy.port);
    // As the handshakes of 2010 do: eight bytes of body that no header announces.
    const opening = `${handshake('/chat?a=%20', ['x-Odd:  kept'])}8 bytes!`;
    client.socket.write(opening);
    await client.untilText('hi');
    expect(client.text).toBe(answer);
    expect(seen).toBe(opening.replace('x-Odd:  kept', 'x-Odd: kept'));
  });

  it('echoes text and binary of every length class', async () => {
    const { proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 4_194_304]) {
      const back = once(socket, 'message');
      const sent = Buffer.alloc(length, 'abc');
      socket.send(sent);
      const [data, isBinary] = await back;
      expect([isBinary, sent.equals(data)]).toEqual([true, true]);
    }
    expect(await proxy.stats()).toMatchObject({ liveTunnels: 1, requests: { upgrade: 1 } });
  });

  it('carries the closing handshake and the end of both connections', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    socket.close(4001, 'done');
    expect(await closeCode(socket)).toBe(4001);
    await expect.poll(() => upstream.webSockets.clients.size).toBe(0);
    await expect.poll(async () => (await proxy.stats()).liveTunnels).toBe(0);
    expect((await proxy.log())[0]).toMatchObject({ status: 101, outcome: 'completed', faults: [] });
  });

  it('hands on a refusal by the server, head and body', async () => {
    const { upstream, proxy } = await startPath([]);
    upstream.webSockets.options.verifyClient = () => false;
    expect(await refusedStatus(openWebSocket(proxy.port))).toBe(401);
    expect((await proxy.log())[0]?.status).toBe(401);
  });

  it('passes a half-close as a half-close', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.on('data', () => {});
      socket.on('end', () => socket.end('HTTP/1.1 101 x\r\n\r\nafter your end'));
    });
    const proxy = await createFaultProxy({ upstreamPort: upstream.port });
    onTestFinished(() => proxy.close());
    const client = await dial(proxy.port);
    client.socket.end(handshake());
    await client.untilText('after your end');
    await client.untilEnded();
  });

  it.each(['client', 'server'])('passes a reset by the %s on as a reset', async (side) => {
    const upstream = await startRawUpstream((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 101 x\r\n\r\n')),
    );
    const proxy = await createFaultProxy({ upstreamPort: upstream.port });
    onTestFinished(() => proxy.close());
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await client.untilText('101');
    const [server] = upstream.sockets;
    if (server === undefined) throw new Error('the server has a connection');
    const [killer, victim] = side === 'client' ? [client.socket, server] : [server, client.socket];
    const reset = new Promise((resolve) => victim.on('error', resolve));
    killer.resetAndDestroy();
    expect(await reset).toMatchObject({ code: 'ECONNRESET' });
    expect((await proxy.log())[0]?.outcome).toBe(`aborted by ${side}`);
  });

  it('resets the client when nothing listens behind it', async () => {
    const proxy = await createFaultProxy({ upstreamPort: 1 });
    onTestFinished(() => proxy.close());
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await client.untilEnded();
    expect(client.state).toBe('reset');
  });

  it('stops reading a client whose server has stopped reading', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 101 x\r\n\r\n');
      });
    });
    const proxy = await createFaultProxy({ upstreamPort: upstream.port });
    onTestFinished(() => proxy.close());
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await client.untilText('101');
    const LARGE_BYTES = 64 * 1024 * 1024;
    client.socket.write(Buffer.alloc(LARGE_BYTES));
    let before = -1;
    await expect
      .poll(async () => {
        const { bytesUp } = await proxy.stats();
        const still = bytesUp > 0 && bytesUp === before;
        before = bytesUp;
        return still;
      })
      .toBe(true);
    expect(before).toBeLessThan(LARGE_BYTES);
    for (const socket of upstream.sockets) socket.resume();
    await expect.poll(async () => (await proxy.stats()).bytesUp, { timeout: 10_000 }).toBe(LARGE_BYTES);
  }, 20_000);
});

describe('faults of the opening handshake', () => {
  it.each([400, 403, 426, 502])('refuse the upgrade with %d', async (status) => {
    const { upstream, proxy } = await startPath(onUpgrade({ type: 'refuse', status }));
    expect(await refusedStatus(openWebSocket(proxy.port))).toBe(status);
    expect(upstream.webSockets.clients.size).toBe(0);
    expect(await faultsOf(proxy)).toEqual([['refuse']]);
    expect((await post(proxy.port)).body).toBe('hello');
  });

  it('answer the upgrade with a captive portal', async () => {
    const { proxy } = await startPath(onUpgrade('captive'));
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await client.untilEnded();
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*<!doctype html>/s);
  });

  it('reset the connection', async () => {
    const { proxy } = await startPath(onUpgrade('reset'));
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await client.untilEnded();
    expect([client.state, client.text]).toEqual(['reset', '']);
  });

  it('swallow the upgrade, and let go of the client when it gives up', async () => {
    const { upstream, proxy } = await startPath(onUpgrade('swallow'));
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await settle(proxy.port);
    expect([client.state, client.text]).toEqual(['open', '']);
    expect(upstream.webSockets.clients.size).toBe(0);
    client.socket.end();
    await client.untilEnded();
    expect(await faultsOf(proxy)).toEqual([['swallow']]);
  });

  it('lose the handshake', async () => {
    const { upstream, proxy } = await startPath(onUpgrade('lose-request'));
    expect(await closeCode(openWebSocket(proxy.port))).toBe(1006);
    expect(upstream.webSockets.clients.size).toBe(0);
    expect(await faultsOf(proxy)).toEqual([['lose-request']]);
  });

  it('lose the 101 after the server has sent it', async () => {
    const { upstream, proxy } = await startPath(onUpgrade('lose-response'));
    const accepted = once(upstream.webSockets, 'connection');
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await accepted;
    await client.untilEnded();
    expect(client.text).toBe('');
    expect(await faultsOf(proxy)).toEqual([['lose-response']]);
  });

  it.each([
    ['strip-upgrade', '1.1'],
    ['http10', '1.0'],
  ])('with %s show the server a plain GET in HTTP/%s', async (type, version) => {
    const { upstream, proxy } = await startPath(onUpgrade(/** @type {FaultType} */ (type)));
    expect(await refusedStatus(openWebSocket(proxy.port))).toBe(200);
    const [seen] = upstream.requests;
    expect([seen?.method, seen?.httpVersion]).toEqual(['GET', version]);
    const names = seen?.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names).not.toContain('upgrade');
    expect(names).toContain('sec-websocket-key');
    expect(await faultsOf(proxy)).toEqual([[type]]);
  });

  it('give 504 for a handshake that nobody answers', async () => {
    const { proxy } = await startPath([
      ...onUpgrade('swallow'),
      ...onUpgrade({ type: 'timeout', afterMs: 30 }),
    ]);
    expect(await refusedStatus(openWebSocket(proxy.port))).toBe(504);
  });

  it('reorder two handshakes', async () => {
    const { upstream, proxy } = await startPath(onUpgrade('reorder'));
    /** @type {(string | undefined)[]} */
    const urls = [];
    upstream.webSockets.on('connection', (_socket, { url }) => urls.push(url));
    const first = openWebSocket(proxy.port, '/first');
    await expect.poll(async () => (await proxy.log()).length).toBe(1);
    const second = openWebSocket(proxy.port, '/second');
    await Promise.all([once(first, 'open'), once(second, 'open')]);
    expect(urls).toEqual(['/second', '/first']);
    expect(await faultsOf(proxy)).toEqual([['reorder'], ['reorder']]);
  });
});

describe('silence', () => {
  it('passes the server`s 101 and nothing after it, in either direction', async () => {
    const { upstream, proxy } = await startPath([{ match: { count: 1 }, fault: 'silence' }]);
    upstream.webSockets.on('connection', (socket) => socket.send('welcome'));
    const socket = openWebSocket(proxy.port);
    /** @type {unknown[]} */
    const heard = [];
    socket.on('message', (data) => heard.push(data));
    await once(socket, 'open');
    socket.send('hello?');
    await settle(proxy.port);
    expect(heard).toEqual([]);
    expect(upstream.messages).toEqual([]);
    // Not even the server's end comes through.
    for (const peer of upstream.webSockets.clients) peer.terminate();
    await settle(proxy.port);
    expect(socket.readyState).toBe(socket.OPEN);
    expect(await faultsOf(proxy)).toEqual([['silence']]);
  });

  it('tells the server when the client gives up', async () => {
    const { upstream, proxy } = await startPath([{ match: { count: 1 }, fault: 'silence' }]);
    const socket = openWebSocket(proxy.port);
    await once(socket, 'open');
    expect(upstream.webSockets.clients.size).toBe(1);
    socket.terminate();
    await expect.poll(() => upstream.webSockets.clients.size).toBe(0);
  });

  it('can come from a middlebox that answers 101 itself and never asks the server', async () => {
    const { upstream, proxy } = await startPath(onUpgrade({ type: 'silence', by: 'proxy' }));
    const client = await dial(proxy.port);
    client.socket.write(handshake('/', ['Sec-WebSocket-Protocol: holdfast.v1.x, chat']));
    await client.untilText('\r\n\r\n');
    expect(client.text).toMatch(/^HTTP\/1\.1 101 /);
    expect(client.text).toContain(`Sec-WebSocket-Accept: ${ACCEPT}\r\n`);
    expect(client.text).toContain('Sec-WebSocket-Protocol: holdfast.v1.x\r\n');
    client.socket.write('anything');
    await settle(proxy.port);
    expect(client.text.endsWith('\r\n\r\n')).toBe(true);
    expect(upstream.webSockets.clients.size).toBe(0);
    expect((await proxy.stats()).upstreamConnections).toBe(2);
    const socket = openWebSocket(proxy.port, '/', ['chat']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat');
  });

  it('begins after so many of the server`s frames', async () => {
    const { proxy } = await startPath(onUpgrade({ type: 'silence', afterFrames: 3 }));
    const socket = openWebSocket(proxy.port);
    await once(socket, 'open');
    /** @type {string[]} */
    const heard = [];
    socket.on('message', (data) => heard.push(String(data)));
    for (const word of ['1', '2', '3', '4', '5']) socket.send(word);
    await expect.poll(() => heard).toEqual(['1', '2', '3']);
    await settle(proxy.port);
    expect(heard).toEqual(['1', '2', '3']);
    expect(await faultsOf(proxy)).toEqual([['silence']]);
  });

  it('befalls a tunnel that runs already', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    await proxy.set([{ match: { kind: 'upgrade', live: true }, fault: 'silence' }]);
    socket.send('lost');
    await settle(proxy.port);
    expect(upstream.messages).toEqual(['are you there']);
    expect(await faultsOf(proxy)).toEqual([['silence']]);
    expect(await echoOnce(await openEcho(proxy.port), 'new ones live')).toBe('new ones live');
  });
});

describe('faults of a running tunnel', () => {
  it.each(/** @type {const} */ (['end', 'reset']))('cut it by %s after bytes of the server', async (how) => {
    const sent = frames('hello', 'world');
    const upstream = await startRawUpstream((socket) =>
      socket.once('data', () => socket.write(Buffer.concat([Buffer.from('HTTP/1.1 101 x\r\n\r\n'), sent]))),
    );
    const proxy = await createFaultProxy({ upstreamPort: upstream.port });
    onTestFinished(() => proxy.close());
    await proxy.set(onUpgrade({ type: 'cut-down', bytes: 9, how }));
    const client = await dial(proxy.port);
    client.socket.write(handshake());
    await client.untilEnded();
    // A reset right behind the last bytes may overtake them, and libuv reports the two together as an end.
    const got = client.text.split('\r\n\r\n')[1] ?? '';
    const allowed = sent.toString('latin1', 0, 9);
    if (how === 'end') expect(got).toBe(allowed);
    else expect(allowed.startsWith(got)).toBe(true);
    expect(await faultsOf(proxy)).toEqual([['cut-down']]);
  });

  it('cut it after bytes of the client', async () => {
    let seen = '';
    const upstream = await startRawUpstream((socket) =>
      socket.on('data', (chunk) => {
        seen += chunk;
      }),
    );
    const proxy = await createFaultProxy({ upstreamPort: upstream.port });
    onTestFinished(() => proxy.close());
    await proxy.set(onUpgrade({ type: 'cut-up', bytes: 4 }));
    const client = await dial(proxy.port);
    client.socket.write(`${handshake()}123`);
    await expect.poll(() => seen.endsWith('123')).toBe(true);
    client.socket.write('456');
    await client.untilEnded();
    expect(seen.split('\r\n\r\n')[1]).toBe('1234');
    expect(await faultsOf(proxy)).toEqual([['cut-up']]);
  });

  it('let bytes and ends vanish in both directions, for good', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    const [peer] = upstream.webSockets.clients;
    await proxy.set([{ match: { live: true }, fault: 'half-open' }]);
    socket.send('lost');
    peer?.send('lost too');
    await settle(proxy.port);
    await proxy.set([]);
    socket.terminate();
    await settle(proxy.port);
    expect(upstream.messages).toEqual(['are you there']);
    expect(peer?.readyState).toBe(peer?.OPEN);
    expect((await proxy.log({ kind: 'upgrade' }))[0]).toMatchObject({ faults: ['half-open'] });
  });

  it('let the server`s end vanish too', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    await proxy.set([{ match: { live: true }, fault: 'half-open' }]);
    for (const peer of upstream.webSockets.clients) peer.terminate();
    await settle(proxy.port);
    expect(socket.readyState).toBe(socket.OPEN);
    await proxy.cut();
    expect(await closeCode(socket)).toBe(1006);
  });

  it('let bytes vanish from a given time on', async () => {
    const { proxy } = await startPath(onUpgrade({ type: 'half-open', afterMs: 500 }));
    const socket = openWebSocket(proxy.port);
    await once(socket, 'open');
    await expect.poll(() => faultsOf(proxy)).toEqual([['half-open']]);
    expect((await proxy.log())[0]?.status).toBe(101);
  });

  it('keep bytes and ends waiting while stalled, and deliver them after', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    await proxy.set([{ match: { live: true }, fault: 'stall' }]);
    const back = once(socket, 'message');
    socket.send('late');
    await settle(proxy.port);
    expect(upstream.messages).toEqual(['are you there']);
    await proxy.set([]);
    expect(String((await back)[0])).toBe('late');
    expect(await echoOnce(socket, 'alive')).toBe('alive');
  });

  it('tell the server late of a client that left during the stall', async () => {
    const { upstream, proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    await proxy.set([{ match: { live: true }, fault: 'stall' }]);
    socket.send('last words');
    socket.terminate();
    await settle(proxy.port);
    expect(upstream.webSockets.clients.size).toBe(1);
    await proxy.set([]);
    await expect.poll(() => upstream.webSockets.clients.size).toBe(0);
    expect(upstream.messages).toContain('last words');
    expect((await proxy.stats()).liveTunnels).toBe(0);
  });

  it('close it when nothing moved for a time, and not before', async () => {
    const { upstream, proxy } = await startPath(onUpgrade({ type: 'idle-close', afterMs: 500 }));
    const socket = await openEcho(proxy.port);
    const idleSinceMs = performance.now();
    expect(await closeCode(socket)).toBe(1006);
    expect(performance.now() - idleSinceMs).toBeGreaterThanOrEqual(450);
    await expect.poll(() => upstream.webSockets.clients.size).toBe(0);
    expect(await faultsOf(proxy)).toEqual([['idle-close']]);
  });

  it('cut it when its time is up', async () => {
    const { proxy } = await startPath(onUpgrade({ type: 'timeout', afterMs: 500 }));
    const socket = openWebSocket(proxy.port);
    await once(socket, 'open');
    expect(await closeCode(socket)).toBe(1006);
    expect(await faultsOf(proxy)).toEqual([['timeout']]);
  });

  it('delay it by a link that is laid under it while it runs', async () => {
    const { proxy } = await startPath([]);
    const socket = await openEcho(proxy.port);
    await proxy.set([{ link: { upMs: 40, downMs: 60 } }]);
    const beganMs = performance.now();
    await echoOnce(socket, 'far away');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(98);
  });

  it('charge an opening over a link with two round trips', async () => {
    const { proxy } = await startPath([{ link: { upMs: 20, downMs: 40 } }]);
    const beganMs = performance.now();
    await once(openWebSocket(proxy.port), 'open');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(118);
  });

  it('keep the order of messages under jitter', async () => {
    const { proxy } = await startPath([{ link: { jitterMs: 15 } }]);
    const socket = await openEcho(proxy.port);
    /** @type {string[]} */
    const heard = [];
    socket.on('message', (data) => heard.push(String(data)));
    const sent = Array.from({ length: 100 }, (_, index) => String(index));
    for (const word of sent) socket.send(word);
    await expect.poll(() => heard.length).toBe(sent.length);
    expect(heard).toEqual(sent);
  });

  it('hold it to a bandwidth that all its connections share', async () => {
    const { proxy } = await startPath([{ match: { kind: 'upgrade' }, link: { upKibps: 400 } }]);
    const sockets = [await openEcho(proxy.port), await openEcho(proxy.port)];
    const beganMs = performance.now();
    await Promise.all(
      sockets.map((socket) => {
        const back = once(socket, 'message');
        socket.send(Buffer.alloc(50 * 1024));
        return back;
      }),
    );
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(240);
  });
});
