import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'vitest';
import { endSocket } from '../src/connection.mjs';

/** @import { AddressInfo, Socket } from 'node:net' */

/** @param {(socket: Socket) => Promise<void>} use */
async function withSocket(use) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const peer = connect(/** @type {AddressInfo} */ (server.address()).port, '127.0.0.1');
  peer.on('error', () => {});
  const [[socket]] = await Promise.all([accepted, once(peer, 'connect')]);
  try {
    await use(socket);
  } finally {
    peer.destroy();
    server.close();
    await once(server, 'close');
  }
}

describe('endSocket with a reset', () => {
  it('closes a socket that was ended before it was connected', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('connection', (accepted) => accepted.on('error', () => {}).resume());
    const socket = connect(/** @type {AddressInfo} */ (server.address()).port, '127.0.0.1');
    socket.end('last words');
    const closed = once(socket, 'close');
    endSocket(socket, 'reset');
    await closed;
    server.close();
    await once(server, 'close');
  });
});

describe('endSocket with a reset, while a FIN is under way', () => {
  it('resets the socket when the FIN is out, so that Node closes it, and can exit', async () => {
    await withSocket(async (socket) => {
      socket.end();
      await Promise.resolve();
      const closed = once(socket, 'close');
      endSocket(socket, 'reset');
      await closed;
    });
  });

  it('leaves it to be destroyed at any time', async () => {
    await withSocket(async (socket) => {
      socket.end();
      endSocket(socket, 'reset');
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    });
  });
});
