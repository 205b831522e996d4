/** §3.1 `close()`: its arguments and exceptions, and what it does in each state. */
import { equals, is, throwsDomException, throwsJust, throwsTypeError } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** With what [Clamp] makes of them (WebIDL §3.3.6): halves go to the even neighbour, and nothing wraps around. */
const ACCEPTED = [
  { code: 1000, becomes: 1000 },
  { code: 3000, becomes: 3000 },
  { code: 3001, becomes: 3001 },
  { code: 4000, becomes: 4000 },
  { code: 4999, becomes: 4999 },
  { code: 999.5, becomes: 1000 },
  { code: 999.6, becomes: 1000 },
  { code: 1000.4, becomes: 1000 },
  { code: 1000.5, becomes: 1000 },
  { code: 2999.5, becomes: 3000 },
  { code: 3000.5, becomes: 3000 },
  { code: 3001.5, becomes: 3002 },
  { code: 4998.5, becomes: 4998 },
  { code: 4999.4, becomes: 4999 },
  { code: '1000', becomes: 1000 },
  { code: ' 4000 ', becomes: 4000 },
  { code: '0x1000', becomes: 4096 },
  { code: [3003], becomes: 3003 },
  { code: { valueOf: () => 3004 }, becomes: 3004 },
];

const REFUSED = [
  0,
  1,
  999,
  999.4,
  1000.6,
  1001,
  1002,
  1003,
  1004,
  1005,
  1006,
  1007,
  1011,
  1015,
  1999,
  2000,
  2999,
  2999.4,
  4999.5,
  4999.6,
  5000,
  65_535,
  65_536,
  66_536,
  69_536,
  -1,
  -1000,
  -64_536,
  2 ** 32 + 1000,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  null,
  false,
  true,
  '',
  'a',
  '2999',
  {},
  [],
];

/** With their text at the other end. */
const REASONS = [
  { reason: 'bye', text: 'bye' },
  { reason: '', text: '' },
  { reason: undefined, text: '' },
  { reason: null, text: 'null' },
  { reason: 5, text: '5' },
  { reason: { toString: () => 'mine' }, text: 'mine' },
  { reason: ['a', 'b'], text: 'a,b' },
  { reason: 'ß☃😀', text: 'ß☃😀' },
  { reason: '\ufeffBOM', text: '\ufeffBOM' },
  { reason: '\ud800', text: '\ufffd' },
  { reason: 'a'.repeat(123), text: 'a'.repeat(123) },
  { reason: '☃'.repeat(41), text: '☃'.repeat(41) },
  { reason: '\udc00'.repeat(41), text: '\ufffd'.repeat(41) },
];

/** Longer than 123 bytes. */
const TOO_LONG = [
  'a'.repeat(124),
  '☃'.repeat(42),
  `${'a'.repeat(122)}ß`,
  '\ud800'.repeat(42),
  '😀'.repeat(31),
];

export const closeMethod = area('close()', [
  ACCEPTED.map(({ code, becomes }) =>
    clause(`the code ${show(code)} is ${becomes}`, async (stage) => {
      const socket = await stage.open();
      Reflect.apply(socket.close, socket, [code]);
      const event = await stage.event(socket, 'close');
      equals([event.code, event.reason, event.wasClean], [becomes, '', true]);
    }),
  ),
  REFUSED.map((code) =>
    clause(`the code ${show(code)} is an InvalidAccessError`, (stage) => {
      const socket = stage.create();
      throwsDomException('InvalidAccessError', () => Reflect.apply(socket.close, socket, [code]));
      is(socket.readyState, 0);
    }),
  ),
  clause('a refused code changes nothing when open', async (stage) => {
    const socket = await stage.open();
    throwsDomException('InvalidAccessError', () => socket.close(1001));
    is(socket.readyState, 1);
    is((await stage.echo(socket, 'goes on')).data, 'goes on');
  }),
  clause('a code is refused when closed, too', async (stage) => {
    const socket = await stage.open();
    socket.close();
    throwsDomException('InvalidAccessError', () => socket.close(1001));
    await stage.event(socket, 'close');
    throwsDomException('InvalidAccessError', () => socket.close(1001));
    throwsDomException('SyntaxError', () => socket.close(1000, 'a'.repeat(124)));
  }),
  clause('a BigInt or a Symbol as code is a TypeError', (stage) => {
    const socket = stage.create();
    throwsTypeError(() => Reflect.apply(socket.close, socket, [1000n]));
    throwsTypeError(() => Reflect.apply(socket.close, socket, [Symbol('a')]));
    is(socket.readyState, 0);
  }),
  clause('undefined as code is no code', async (stage) => {
    const socket = await stage.open();
    socket.close(undefined);
    is((await stage.event(socket, 'close')).code, 1005);
  }),

  REASONS.map(({ reason, text }) =>
    clause(`the reason ${show(reason)} arrives`, async (stage) => {
      const name = stage.name();
      const socket = await stage.open({ name });
      Reflect.apply(socket.close, socket, [3000, reason]);
      const event = await stage.event(socket, 'close');
      equals([event.code, event.reason, event.wasClean], [3000, text, true]);
      equals((await stage.seen(name, ({ closes }) => closes.length > 0)).closes, [
        { code: 3000, reason: text },
      ]);
    }),
  ),
  TOO_LONG.map((reason) =>
    clause(`the reason ${show(reason)} is a SyntaxError`, async (stage) => {
      const socket = await stage.open();
      throwsDomException('SyntaxError', () => socket.close(1000, reason));
      is(socket.readyState, 1);
    }),
  ),
  clause('a reason that is too long is a SyntaxError while connecting, too', (stage) => {
    const socket = stage.create();
    throwsDomException('SyntaxError', () => socket.close(1000, 'a'.repeat(124)));
    is(socket.readyState, 0);
  }),
  clause('a reason that is too long is a SyntaxError without a code, too', (stage) => {
    const socket = stage.create();
    throwsDomException('SyntaxError', () => socket.close(undefined, 'a'.repeat(124)));
    is(socket.readyState, 0);
  }),
  clause('a Symbol as reason is a TypeError', (stage) => {
    const socket = stage.create();
    throwsTypeError(() => Reflect.apply(socket.close, socket, [1000, Symbol('a')]));
    is(socket.readyState, 0);
  }),
  clause('the code is judged before the reason', (stage) => {
    const socket = stage.create();
    throwsDomException('InvalidAccessError', () => socket.close(1001, 'a'.repeat(124)));
  }),
  clause('both are converted, in order, before they are judged', (stage) => {
    const socket = stage.create();
    /** @type {string[]} */
    const seen = [];
    const code = {
      valueOf() {
        seen.push('code');
        return 1;
      },
    };
    const reason = {
      toString() {
        seen.push('reason');
        return '';
      },
    };
    throwsDomException('InvalidAccessError', () => Reflect.apply(socket.close, socket, [code, reason]));
    equals(seen, ['code', 'reason']);
  }),
  clause('what the conversion throws is thrown', (stage) => {
    const socket = stage.create();
    const error = new Error('mine');
    const thrower = () => {
      throw error;
    };
    throwsJust(error, () => Reflect.apply(socket.close, socket, [{ valueOf: thrower }]));
    throwsJust(error, () => Reflect.apply(socket.close, socket, [1001, { toString: thrower }]));
    is(socket.readyState, 0);
  }),
  clause('it returns undefined', (stage) => is(stage.create().close(), undefined)),

  clause('without arguments, the Close has no body', async (stage) => {
    const name = stage.name();
    const socket = await stage.open({ name });
    socket.close();
    const { code, reason, wasClean } = await stage.event(socket, 'close');
    equals([code, reason, wasClean], [1005, '', true]);
    equals((await stage.seen(name, ({ closes }) => closes.length > 0)).closes, [{ code: 1005, reason: '' }]);
  }),
  clause('the state is CLOSING at once', async (stage) => {
    const socket = await stage.open();
    socket.close();
    is(socket.readyState, 2);
    await stage.microtasks(100);
    is(socket.readyState, 2);
  }),
  clause('no event comes within the call, nor in its task', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    socket.close();
    equals(seen, []);
    await stage.microtasks(100);
    equals(seen, []);
  }),
  clause('a second call does nothing', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    socket.close(3000, 'first');
    socket.close(3001, 'second');
    const { reason } = await stage.event(socket, 'close');
    is(reason, 'first');
    socket.close(3002, 'third');
    await stage.task();
    equals(seen, ['close 3000']);
    is(socket.readyState, 3);
  }),
  clause('what was sent before arrives', async (stage) => {
    const name = stage.name();
    const socket = await stage.open({ name });
    socket.send('a');
    socket.send(new Uint8Array(200_000));
    socket.send(new Blob(['blob']));
    socket.send('z');
    socket.close();
    await stage.event(socket, 'close');
    const { messages } = await stage.seen(name, ({ closes }) => closes.length > 0);
    equals(messages, ['a', 'binary 200000', 'binary 4', 'z']);
  }),
  clause('messages are not delivered any more', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    socket.send('a');
    socket.send('b');
    socket.close(3000);
    await stage.event(socket, 'close');
    equals(seen, ['close 3000']);
  }),
  clause('from a listener, messages that may have come already are not delivered any more', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    socket.addEventListener('message', () => socket.close(3000));
    stage.ask(socket, { do: 'say', texts: ['a', 'b', 'c'] });
    await stage.event(socket, 'close');
    equals(seen, ['message a', 'close 3000']);
  }),

  // While connecting: "fail the WebSocket connection".
  clause('while connecting, it is an error and a close that is not clean', async (stage) => {
    const socket = stage.create();
    const seen = stage.record(socket);
    socket.close();
    const { code, reason, wasClean } = await stage.event(socket, 'close');
    equals([code, reason, wasClean], [1006, '', false]);
    equals(seen, ['error', 'close 1006']);
  }),
  clause('while connecting, neither code nor reason are told', async (stage) => {
    const socket = stage.create();
    socket.close(3000, 'never mind');
    const { code, reason } = await stage.event(socket, 'close');
    equals([code, reason], [1006, '']);
  }),
  clause('while connecting, the state is CLOSING at once, then CLOSED', async (stage) => {
    const socket = stage.create();
    socket.close();
    is(socket.readyState, 2);
    await stage.event(socket, 'error');
    is(socket.readyState, 3);
  }),
  clause('while connecting, no event comes in the same task', async (stage) => {
    const socket = stage.create();
    const seen = stage.record(socket);
    socket.close();
    await stage.microtasks(100);
    equals(seen, []);
    is(socket.readyState, 2);
  }),
  clause('while connecting, a second call does nothing', async (stage) => {
    const socket = stage.create();
    const seen = stage.record(socket);
    socket.close();
    socket.close(3000);
    await stage.event(socket, 'close');
    socket.close();
    equals(seen, ['error', 'close 1006']);
  }),
  clause('while connecting, what is sent afterwards counts, and throws nothing', async (stage) => {
    const socket = stage.create();
    socket.close();
    socket.send('abc');
    is(socket.bufferedAmount, 3);
    await stage.event(socket, 'close');
    is(socket.bufferedAmount, 3);
  }),
  clause('some tasks after it was made, it never opens', async (stage) => {
    const socket = stage.create();
    const seen = stage.record(socket);
    await stage.task();
    if (socket.readyState !== 0) return; // faster than a task: there is nothing to be seen
    socket.close();
    await stage.event(socket, 'close');
    await stage.task();
    equals(seen, ['error', 'close 1006']);
  }),

  clause('from the close event it does nothing', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    socket.onclose = () => socket.close(3001);
    socket.close(3000);
    await stage.event(socket, 'close');
    await stage.task();
    equals(seen, ['close 3000']);
  }),
]);

/** @param {unknown} value */
function show(value) {
  if (typeof value === 'number' || value === undefined) return String(value);
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 20)}… (${String(value).length})` : text;
}
