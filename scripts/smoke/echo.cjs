/** One connection between the server's own two ends, in the style of ws: a message and a stream come back. Fails the process otherwise. */
const assert = require('node:assert/strict');
const { once } = require('node:events');

/** Far above what a busy machine needs for a loopback connection; only a hang is cut off by it. */
const DEADLINE_MS = 30_000;

/**
 * @param {typeof import('@holdfast/server').WebSocket} WebSocket
 * @param {typeof import('@holdfast/server').WebSocketServer} Server
 * @param {typeof import('@holdfast/server').createWebSocketStream} createWebSocketStream
 */
exports.echo = async (WebSocket, Server, createWebSocketStream) => {
  const deadline = setTimeout(() => assert.fail(`not done after ${DEADLINE_MS} ms`), DEADLINE_MS);
  const server = new Server({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');

  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const client = new WebSocket(`ws://127.0.0.1:${address.port}/`);
  await once(client, 'open');
  client.send('hello');
  assert.deepEqual(await once(client, 'message'), [Buffer.from('hello'), false]);

  const stream = createWebSocketStream(client);
  stream.write(Buffer.from('streamed'));
  assert.deepEqual(await once(stream, 'data'), [Buffer.from('streamed')]);
  stream.resume().end();
  await once(stream, 'close');

  await new Promise((closed) => server.close(closed));
  clearTimeout(deadline);
};
