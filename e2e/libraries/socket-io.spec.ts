/**
 * socket.io as it is installed: its engine takes its WebSockets from @holdfast/server in the place of ws, its client in this process.
 */
import { fileURLToPath } from 'node:url';
import { io, type Socket } from 'socket.io-client';
import { expect, test } from './library.ts';

const SERVER = fileURLToPath(new URL('./servers/socket-io.mjs', import.meta.url));

function event(socket: Socket, name: string): Promise<unknown> {
  return new Promise((resolve) => socket.once(name, resolve));
}

for (const { how, transports } of [
  { how: 'from the start', transports: ['websocket'] },
  { how: 'after it has polled', transports: ['polling', 'websocket'] },
]) {
  test(`acknowledges, carries bytes and broadcasts over a WebSocket, ${how}`, async ({ startServer }) => {
    const { port } = await startServer(SERVER);
    const connect = (): Socket => io(`http://127.0.0.1:${port}`, { transports, forceNew: true });
    const [ann, bob] = [connect(), connect()];
    for (const { io: manager } of [ann, bob]) {
      await expect.poll(() => manager.engine?.transport.name).toBe('websocket');
    }

    expect(await ann.emitWithAck('ask', 'who')).toBe('who!');
    ann.emit('bytes', Buffer.from('ab'));
    expect(await event(ann, 'bytes')).toEqual(Buffer.from('abab'));
    const heard = Promise.all([event(ann, 'word'), event(bob, 'word')]);
    ann.emit('say', 'hello');
    expect(await heard).toEqual(['hello', 'hello']);

    const disconnected = event(bob, 'disconnect');
    bob.io.engine.close();
    expect(await disconnected).toBe('forced close');
    ann.close();
    bob.close();
  });
}
