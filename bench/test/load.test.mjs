/** The loads, each on a server of ws: that they do what they say before anything is measured with them. */
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { broadcast } from '../load/broadcast.mjs';
import { echo } from '../load/echo.mjs';
import { handshake } from '../load/handshake.mjs';
import { receive } from '../load/receive.mjs';

const SHORT = /** @type {const} */ ({ kind: 'text', bytes: 20 });
const JSON_PAYLOAD = /** @type {const} */ ({ kind: 'json', bytes: 1024 });

/** @type {WebSocketServer | undefined} */
let server;
/** @type {import('../load/main.mjs').Running | undefined} */
let running;

afterEach(async () => {
  await running?.close();
  await vi.waitFor(() => expect(server?.clients.size).toBe(0));
  await new Promise((resolve) => server?.close(resolve));
});

/**
 * @param {(socket: import('ws').WebSocket) => void} application
 * @param {import('ws').ServerOptions} [options]
 * @returns {Promise<number>} its port
 */
async function listen(application, options) {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  server.on('connection', application);
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** @param {number} count */
function reaches(count) {
  return vi.waitFor(() => expect(running?.progress()).toBeGreaterThan(count), { timeout: 10_000 });
}

describe('echo', () => {
  it('keeps its messages in flight on each connection', async () => {
    let mostAtOnce = 0;
    const port = await listen((socket) => {
      /** @type {Buffer[]} */
      const held = [];
      socket.on('message', (data) => {
        held.push(/** @type {Buffer} */ (data));
        mostAtOnce = Math.max(mostAtOnce, held.length);
        if (held.length === 4) for (const each of held.splice(0)) socket.send(each, { binary: false });
      });
    });
    running = await echo({ port, connections: 2, inFlight: 4, payload: SHORT });
    await reaches(100);
    expect(mostAtOnce).toBe(4);
    expect(server?.clients.size).toBe(2);
  });

  it('echoes long and compressed messages', async () => {
    const options = { perMessageDeflate: { threshold: 0 } };
    const port = await listen((socket) => {
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    }, options);
    running = await echo({ port, connections: 1, inFlight: 1, payload: { kind: 'binary', bytes: 100_000 } });
    await reaches(2);
    await running.close();
    running = await echo({ port, connections: 1, inFlight: 2, payload: JSON_PAYLOAD });
    await reaches(10);
  });

  it('says where a server does not compress', async () => {
    const port = await listen(() => {});
    running = await echo({ port, connections: 1, inFlight: 1, payload: JSON_PAYLOAD });
    expect(running.unmeasurable).toBe('permessage-deflate was not agreed to');
  });
});

describe('broadcast', () => {
  it('asks for the next one when the last connection has it', async () => {
    let asked = 0;
    const port = await listen((socket) => {
      socket.on('message', (data) => {
        asked++;
        for (const client of server?.clients ?? []) client.send(data.toString());
      });
    });
    running = await broadcast({ port, connections: 5, inFlight: 3, payload: SHORT });
    await reaches(100);
    const completed = running.progress() / 5;
    expect(completed % 1).toBe(0);
    expect(asked).toBeGreaterThanOrEqual(completed);
    expect(asked).toBeLessThanOrEqual(completed + 3);
  });
});

describe('receive', () => {
  it('counts from the first message, also those that come with the opening handshake', async () => {
    const port = await listen((socket) => {
      for (let i = 0; i < 10; i++) socket.send('hello');
    });
    running = await receive({ port, connections: 3 });
    await reaches(29);
    expect(running.progress()).toBe(30);
  });

  it('has connections beside them that do not read and do not count', async () => {
    /** @type {import('ws').WebSocket[]} */
    const sockets = [];
    const port = await listen((socket) => sockets.push(socket));
    running = await receive({ port, connections: 1, stalled: 1 });
    const [stalled, counting] = sockets;
    stalled?.send(Buffer.alloc(32 * 1024 * 1024));
    for (let i = 0; i < 10; i++) counting?.send(Buffer.alloc(1024 * 1024));
    await reaches(9);
    expect(running.progress()).toBe(10);
    expect(stalled?.bufferedAmount).toBeGreaterThan(16 * 1024 * 1024);
  });
});

describe('handshake', () => {
  it('opens connections and leaves none behind', async () => {
    let connections = 0;
    const port = await listen(() => connections++);
    running = await handshake({ port, atOnce: 4 });
    await reaches(20);
    await running.close();
    expect(connections).toBeGreaterThanOrEqual(running.progress());
  });
});
