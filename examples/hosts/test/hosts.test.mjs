/** Every host, by its own file: both ways to the echo, and the host's own routes beside it. */
import { once } from 'node:events';
import { get as getHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { WebSocket } from '@holdfast/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as WsClient } from 'ws';
import { selfSignedCertificate } from '../../../scripts/self-signed-certificate.mjs';
import { start as startExpress } from '../express.mjs';
import { start as startFastify } from '../fastify.mjs';
import { start as startHono } from '../hono.mjs';
import { start as startHttp } from '../http.mjs';
import { start as startHttp2 } from '../http2.mjs';
import { start as startHttps } from '../https.mjs';
import { start as startKoa } from '../koa.mjs';
import { PAGE } from '../page.mjs';
import { start as startTwoServers } from '../two-servers.mjs';

/** @typedef {import('../main.mjs').Server} Server */

const certificate = selfSignedCertificate();

/** @type {[name: string, start: (port: number) => Promise<Server>][]} */
const HOSTS = [
  ['http', startHttp],
  ['https', (port) => startHttps(port, certificate)],
  ['http2', (port) => startHttp2(port, certificate)],
  ['express', startExpress],
  ['fastify', startFastify],
  ['koa', startKoa],
  ['hono', startHono],
  ['two-servers', startTwoServers],
];

/** Those that speak TLS. */
const SECURE = ['https', 'http2'];

/** @type {Server[]} */
const running = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of running.splice(0)) {
    // Of HTTP/2, each test ends its own.
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/**
 * @param {string} name
 * @param {(port: number) => Promise<Server>} start
 * @returns the server's authority with both schemes
 */
async function run(name, start) {
  const server = await start(0);
  running.push(server);
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const s = SECURE.includes(name) ? 's' : '';
  return { http: `http${s}://127.0.0.1:${port}`, ws: `ws${s}://127.0.0.1:${port}` };
}

describe.each(HOSTS)('%s', (name, start) => {
  it('echoes text and binary to any WebSocket client', async () => {
    const { ws } = await run(name, start);
    const client = new WsClient(`${ws}/chat`, { ca: certificate.cert });
    await once(client, 'open');
    const answers = collect(client, 2);
    client.send('hello');
    client.send(Buffer.from([0, 1, 255]));
    expect(await answers).toEqual(['hello', Buffer.from([0, 1, 255])]);
    client.close();
    await once(client, 'close');
  });

  it('echoes over HTTP long polling on the same URL', async () => {
    const { ws } = await run(name, start);
    // Node's fetch has no way to trust one certificate.
    if (SECURE.includes(name)) vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const socket = new WebSocket(`${ws}/chat`, [], { transports: ['long-polling'] });
    socket.binaryType = 'arraybuffer';
    await event(socket, 'open');
    expect(socket.transport).toBe('long-polling');
    socket.send('hello');
    expect((await event(socket, 'message')).data).toBe('hello');
    socket.send(Uint8Array.of(0, 1, 255));
    expect(new Uint8Array((await event(socket, 'message')).data)).toEqual(Uint8Array.of(0, 1, 255));
    socket.close(4000, 'done');
    expect(await event(socket, 'close')).toMatchObject({ wasClean: true, code: 4000, reason: 'done' });
  });

  it('keeps its own pages', async () => {
    const { http } = await run(name, start);
    expect(await get(`${http}/`)).toMatchObject({
      status: 200,
      type: expect.stringMatching(/^text\/html/),
      body: PAGE,
    });
  });

  it('keeps its own answer to pages that it does not have', async () => {
    const { http } = await run(name, start);
    const answer = { status: 404, body: `${name} has no such page` };
    expect(await get(`${http}/missing`)).toMatchObject(answer);
    expect(await get(`${http}/chat/missing`)).toMatchObject(answer);
    expect(await get(`${http}/chat`)).toMatchObject(answer);
  });

  it('lets Holdfast serve the client script', async () => {
    const { http } = await run(name, start);
    // In tests the server is its sources, beside which no script was built; the answer is its own, not the host's.
    expect(await get(`${http}/chat/holdfast.js`)).toMatchObject({
      status: 404,
      body: 'holdfast: no client script here\n',
    });
  });

  it('opens no WebSocket on another path', async () => {
    const { ws } = await run(name, start);
    const client = new WsClient(`${ws}/missing`, { ca: certificate.cert });
    const [error] = await once(client, 'error');
    expect(error.message).toBe('Unexpected server response: 404');
  });
});

describe('http2', () => {
  it('takes a WebSocket on the connection that the page comes by', async () => {
    const { http } = await run('http2', (port) => startHttp2(port, certificate));
    const client = connectHttp2(http, { ca: certificate.cert });
    await once(client, 'remoteSettings');
    const page = client.request({ ':path': '/' });
    expect(await text(page)).toBe(PAGE);
    const socket = client.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', 'sec-websocket-version': '13' },
      { endStream: false },
    );
    const [headers] = await once(socket, 'response');
    expect(headers[':status']).toBe(200);
    // "hi" as text, masked with zeros, and as it comes back.
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    expect(await once(socket, 'data')).toEqual([Buffer.from([0x81, 0x02, 0x68, 0x69])]);
    client.destroy();
  });
});

describe('two-servers', () => {
  it('has another application on its other path, over WebSocket and long polling', async () => {
    const { ws } = await run('two-servers', startTwoServers);
    const client = new WsClient(`${ws}/shout`);
    await once(client, 'open');
    const answers = collect(client, 1);
    client.send('hello');
    expect(await answers).toEqual(['HELLO']);
    client.close();
    await once(client, 'close');

    const socket = new WebSocket(`${ws}/shout`, [], { transports: ['long-polling'] });
    await event(socket, 'open');
    socket.send('hello');
    expect((await event(socket, 'message')).data).toBe('HELLO');
    socket.close();
    await event(socket, 'close');
  });
});

/**
 * The next messages, text as strings.
 *
 * @param {WsClient} client
 * @param {number} count
 * @returns {Promise<unknown[]>}
 */
function collect(client, count) {
  /** @type {unknown[]} */
  const messages = [];
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('message', (data, isBinary) => {
      messages.push(isBinary ? data : data.toString());
      if (messages.length === count) resolve(messages);
    });
  });
}

/**
 * The next event of a type.
 *
 * @template {keyof WebSocketEventMap} Type
 * @param {WebSocket} socket
 * @param {Type} type
 * @returns {Promise<WebSocketEventMap[Type]>}
 */
function event(socket, type) {
  return new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
}

/**
 * Asks without keeping the connection, so that no server waits for it to end.
 *
 * @param {string} url
 * @returns {Promise<{ status: number | undefined, type: string | undefined, body: string }>}
 */
function get(url) {
  const request = url.startsWith('https:')
    ? getHttps(url, { ca: certificate.cert, agent: false })
    : getHttp(url, { agent: false });
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', async (response) => {
      const body = await text(response);
      resolve({ status: response.statusCode, type: response.headers['content-type'], body });
    });
  });
}
