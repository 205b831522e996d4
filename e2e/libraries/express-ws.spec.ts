/**
 * express-ws as it is installed runs on @holdfast/server in the place of ws: its routes take sockets of every kind, and the app's other
 * routes stay.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket as HoldfastWebSocket } from '@holdfast/client';
import { catalogue } from '@holdfast/faults';
import { WebSocket as WsWebSocket } from 'ws';
import { expect, test } from './library.ts';

const SERVER = fileURLToPath(new URL('./servers/express-ws.mjs', import.meta.url));

test('routes a socket of ws, and closes one that has no route', async ({ startServer }) => {
  const { faultProxy } = await startServer(SERVER);
  const socket = new WsWebSocket(`${faultProxy.url}/echo/ann`);
  await once(socket, 'open');
  socket.send('hello');
  expect(String((await once(socket, 'message'))[0])).toBe('ann: hello');
  socket.close();

  const lost = new WsWebSocket(`${faultProxy.url}/nowhere`);
  expect((await once(lost, 'close'))[0]).toBe(1005);
  expect(await (await fetch(`${faultProxy.url}/hello`)).text()).toBe('world');
});

test('routes a socket that polls where upgrades are refused', async ({ startServer }) => {
  const { faultProxy } = await startServer(SERVER);
  await faultProxy.set(catalogue['upgrade refused 403']);
  const socket = new HoldfastWebSocket(`${faultProxy.url}/echo/bob`);
  const answer = await new Promise((resolve, reject) => {
    socket.onopen = () => socket.send('hello');
    socket.onmessage = ({ data }) => resolve(data);
    socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
  });
  expect(answer).toBe('bob: hello');
  expect(socket.transport).toBe('long-polling');
  socket.onclose = null;
  socket.close();
});
