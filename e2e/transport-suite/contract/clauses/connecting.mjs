/** §3.1: what holds of a socket from the moment it is made until it opens, or does not. */
import { equals, holds, is, throwsDomException, throwsTypeError } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

const INITIAL = {
  readyState: 0,
  bufferedAmount: 0,
  extensions: '',
  protocol: '',
  binaryType: 'blob',
  onopen: null,
  onmessage: null,
  onerror: null,
  onclose: null,
};

const SENT = {
  'a string': 'a',
  'an empty string': '',
  'an ArrayBuffer': new ArrayBuffer(1),
  'a view': new Uint8Array(1),
  'a Blob': new Blob(['a']),
  null: null,
  undefined: undefined,
};

export const connecting = area('Connecting', [
  Object.entries(INITIAL).map(([name, value]) =>
    clause(`${name} is ${JSON.stringify(value)} at first`, (stage) =>
      is(Reflect.get(stage.create(), name), value),
    ),
  ),
  Object.entries(SENT).map(([what, data]) =>
    clause(`sending ${what} is an InvalidStateError`, (stage) => {
      const socket = stage.create();
      throwsDomException('InvalidStateError', () => socket.send(/** @type {string} */ (data)));
      is(socket.bufferedAmount, 0, 'the bufferedAmount');
    }),
  ),
  clause('sending nothing is a TypeError first', (stage) => {
    const socket = stage.create();
    throwsTypeError(() => Reflect.apply(socket.send, socket, []));
  }),
  clause('sending a Symbol is a TypeError first', (stage) => {
    const socket = stage.create();
    throwsTypeError(() => Reflect.apply(socket.send, socket, [Symbol('a')]));
  }),
  clause('nothing happens within the task that made it', async (stage) => {
    const socket = stage.create();
    const seen = stage.record(socket);
    await stage.microtasks(100);
    is(socket.readyState, 0);
    equals(seen, []);
  }),
  clause('listeners that come at the end of the task hear of everything', async (stage) => {
    const socket = stage.create(stage.url({ greet: 'hello' }));
    await stage.microtasks(100);
    const seen = stage.record(socket);
    await stage.event(socket, 'message');
    equals(seen, ['open', 'message hello']);
  }),
  clause('two sockets to one URL are two connections', async (stage) => {
    const [a, b] = await Promise.all([stage.open(), stage.open()]);
    const seen = stage.record(a);
    is((await stage.echo(b, 'to b')).data, 'to b');
    is((await stage.echo(a, 'to a')).data, 'to a');
    equals(seen, ['message to a']);
  }),
  clause('the server sees the origin of the page', async (stage) => {
    const name = stage.name();
    await stage.open({ name });
    is((await stage.seen(name, () => true)).origin, location.origin);
  }),
  clause('the server sees the cookies of the page', async (stage) => {
    // biome-ignore lint/suspicious/noDocumentCookie: not every engine has the Cookie Store API
    document.cookie = 'contract=kept; path=/';
    const name = stage.name();
    await stage.open({ name });
    holds((await stage.seen(name, () => true)).cookie.includes('contract=kept'), 'the cookie is there');
  }),

  // "Fail the WebSocket connection" (§4).
  [401, 403, 404, 500, 503].map((status) =>
    clause(`a handshake answered with ${status} is an error, then a close`, async (stage) => {
      const socket = stage.create(stage.url({ refuse: status }));
      await expectFailure(stage, socket);
    }),
  ),
  clause('a server that is not there is an error, then a close', async (stage) => {
    await expectFailure(stage, stage.create(`ws://${stage.deadHost}/socket`));
  }),
  clause('a port that is blocked is an error, then a close', async (stage) => {
    await expectFailure(stage, stage.create('ws://127.0.0.1:6667/socket'));
  }),
  clause('a server without TLS is an error, then a close', async (stage) => {
    await expectFailure(stage, stage.create(stage.url().replace('ws:', 'wss:')));
  }),
]);

/**
 * @param {import('../stage.mjs').Stage} stage
 * @param {WebSocket} socket
 */
async function expectFailure(stage, socket) {
  const seen = stage.record(socket);
  /** @type {unknown[]} */
  const states = [];
  socket.onerror = (event) => states.push([event.constructor.name, socket.readyState, socket.bufferedAmount]);
  const { code, reason, wasClean } = await stage.event(socket, 'close');
  equals([code, reason, wasClean], [1006, '', false]);
  equals(seen, ['error', 'close 1006']);
  equals(states, [['Event', 3, 0]]);
  equals([socket.readyState, socket.protocol, socket.extensions], [3, '', '']);
}
