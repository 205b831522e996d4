/** The load over HTTP, on the servers that it is made for: that it does what it says before anything is measured with it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fallbackEcho, fallbackIdle, fallbackOpen, fallbackReceive } from '../load/fallback/loads.mjs';
import { serveBareHttp } from '../servers/fallback/bare-http.mjs';
import { serveEngineIo } from '../servers/fallback/engine-io.mjs';
import { serveHoldfast } from '../servers/fallback/holdfast.mjs';
import { lookAfterRequests } from '../servers/fallback/push.mjs';
import { serveSockjs } from '../servers/fallback/sockjs.mjs';

const SHORT = /** @type {const} */ ({ kind: 'text', bytes: 20 });
const PUSHED = { text: 'the quick brown fox ', atOnce: 100 };

/** Those that have sessions. */
const SERVERS = [
  { dialect: 'sockjs', streams: false, serve: serveSockjs },
  { dialect: 'sockjs', streams: true, serve: serveSockjs },
  { dialect: 'engine.io', streams: false, serve: serveEngineIo },
  { dialect: 'holdfast', streams: false, serve: serveHoldfast },
  { dialect: 'holdfast', streams: true, serve: serveHoldfast },
];

/** @type {import('node:http').Server} */
let http;
/** @type {import('../servers/fallback/main.mjs').Serving} */
let serving;
/** @type {import('../load/main.mjs').Running | undefined} */
let running;

beforeEach(() => {
  http = createServer();
  lookAfterRequests(http);
  running = undefined;
});

afterEach(async () => {
  await running?.close();
  serving.endAll();
  await vi.waitFor(() => expect(serving.sessions()).toBe(0), { timeout: 10_000 });
  http.closeAllConnections();
  http.close();
});

/** @param {import('../servers/fallback/main.mjs').Serve} serve @param {import('../servers/fallback/push.mjs').PushedTexts} [push] @returns {Promise<number>} its port */
async function listen(serve, push) {
  serving = serve(http, { push });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (http.address()).port;
}

/** @param {number} count */
function reaches(count) {
  return vi.waitFor(() => expect(running?.progress()).toBeGreaterThan(count), { timeout: 10_000 });
}

describe.each(SERVERS)('sessions of $dialect, streams: $streams', ({ dialect, streams, serve }) => {
  it('echo as many messages as they have sent, one a request or many', async () => {
    const port = await listen(serve);
    for (const perPost of [1, 7]) {
      running = await fallbackEcho({ port, dialect, streams, payload: SHORT, sessions: 2, perPost });
      await reaches(20 * perPost);
      const roundTrips = running.takeRoundTripsUs?.() ?? [];
      expect(roundTrips.length).toBeGreaterThanOrEqual(20);
      expect(Math.min(...roundTrips)).toBeGreaterThan(0);
      expect(running.takeRoundTripsUs?.()).toEqual([]);
      await running.close();
    }
  });

  it('take what is pushed', async () => {
    const port = await listen(serve, PUSHED);
    running = await fallbackReceive({ port, dialect, streams, payload: SHORT, sessions: 2 });
    await reaches(10_000);
  });

  it('are there while they wait', async () => {
    const port = await listen(serve);
    running = await fallbackIdle({ port, dialect, streams, payload: SHORT, connections: 3 });
    await vi.waitFor(() => expect(serving.sessions()).toBe(3));
  });

  it('are opened one after the other', async () => {
    const port = await listen(serve);
    running = await fallbackOpen({ port, dialect, streams, payload: SHORT, connections: 2 });
    await reaches(10);
    await running.close();
    // More than there were connections: some expire soon.
    await vi.waitFor(() => expect(serving.sessions()).toBeGreaterThan(2));
  });
});

describe('requests to bare HTTP', () => {
  it('bring back what they have sent', async () => {
    const port = await listen(serveBareHttp);
    running = await fallbackEcho({ port, dialect: 'bare http', payload: SHORT, sessions: 2, perPost: 7 });
    await reaches(100);
  });

  it('bring what is pushed', async () => {
    const port = await listen(serveBareHttp, PUSHED);
    running = await fallbackReceive({ port, dialect: 'bare http', payload: SHORT, sessions: 2 });
    await reaches(10_000);
  });
});
