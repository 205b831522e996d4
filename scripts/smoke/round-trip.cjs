/**
 * One connection from its opening to its close: a text and a binary message come back as they were sent, and the
 * close has the code and the reason it was given. Whatever goes wrong, the process fails.
 */
const assert = require('node:assert/strict');
const { once } = require('node:events');

/** Far above what a busy machine needs for a loopback connection; only a hang is cut off by it. */
const DEADLINE_MS = 30_000;

const TEXT = 'Grüße, 世界 🌍';

/** Longer than 65,535 bytes, so that the 64-bit length of a frame is used. */
const BINARY = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);

/**
 * @param {typeof import('@holdfast/client').WebSocket} WebSocket
 * @param {typeof import('@holdfast/server').WebSocketServer} WebSocketServer
 */
exports.roundTrip = async (WebSocket, WebSocketServer) => {
  const deadline = setTimeout(() => assert.fail(`not done after ${DEADLINE_MS} ms`), DEADLINE_MS);
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (peer) => {
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');

  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const client = new WebSocket(`ws://127.0.0.1:${address.port}/`);
  client.binaryType = 'arraybuffer';
  await once(client, 'open');

  client.send(TEXT);
  assert.equal((await once(client, 'message'))[0].data, TEXT);
  client.send(BINARY);
  assert.deepEqual(new Uint8Array((await once(client, 'message'))[0].data), BINARY);

  client.close(1000, 'done');
  const [{ code, reason, wasClean }] = await once(client, 'close');
  assert.deepEqual({ code, reason, wasClean }, { code: 1000, reason: 'done', wasClean: true });

  await new Promise((closed) => server.close(closed));
  clearTimeout(deadline);
};
