/** §4 and §5: how a close of the server's, or of the network's, is told. */
import { equals, holds, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** What may stand in a Close on the wire (RFC 6455 §7.4, and IANA's registry since). */
const CODES = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];

const REASONS = ['', 'bye', 'ß☃😀', '\ufeffBOM', '\0', 'a'.repeat(123), '☃'.repeat(41)];

export const closeEvent = area('The close event', [
  CODES.map((code) =>
    clause(`the server’s ${code} is told, and clean`, async (stage) => {
      const socket = await stage.open();
      stage.ask(socket, { do: 'end', code, reason: 'why' });
      const event = await stage.event(socket, 'close');
      equals([event.code, event.reason, event.wasClean], [code, 'why', true]);
    }),
  ),
  REASONS.map((reason) =>
    clause(
      `the server’s reason ${JSON.stringify(reason.length > 40 ? `${reason.slice(0, 10)}…` : reason)} is told`,
      async (stage) => {
        const socket = await stage.open();
        stage.ask(socket, { do: 'end', code: 4000, reason });
        is((await stage.event(socket, 'close')).reason, reason);
      },
    ),
  ),
  clause('a Close without a body is 1005, and clean', async (stage) => {
    const socket = await stage.open();
    stage.ask(socket, { do: 'end' });
    const { code, reason, wasClean } = await stage.event(socket, 'close');
    equals([code, reason, wasClean], [1005, '', true]);
  }),
  clause('a clean close comes without an error', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    stage.ask(socket, { do: 'end', code: 1011 });
    await stage.event(socket, 'close');
    equals(seen, ['close 1011']);
  }),
  clause('the server hears its own code, once', async (stage) => {
    const name = stage.name();
    const socket = await stage.open({ name });
    stage.ask(socket, { do: 'end', code: 4321, reason: 'why' });
    await stage.event(socket, 'close');
    const { closes } = await stage.seen(name, ({ closes }) => closes.length > 0);
    equals(
      closes.map(({ code }) => code),
      [4321],
    );
  }),
  clause('a connection that breaks is 1006, and not clean', async (stage) => {
    const socket = await stage.open();
    stage.ask(socket, { do: 'terminate' });
    const { code, reason, wasClean } = await stage.event(socket, 'close');
    equals([code, reason, wasClean], [1006, '', false]);
  }),
  clause('a connection that breaks is an error, then a close, as RFC 6455 §7.2.1 fails it', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    stage.ask(socket, { do: 'terminate' });
    await stage.event(socket, 'close');
    equals(seen, ['error', 'close 1006']);
  }),
  clause('the state is CLOSED in the event, not before it', async (stage) => {
    const socket = await stage.open();
    /** @type {number[]} */
    const states = [];
    socket.onclose = () => states.push(socket.readyState);
    socket.close();
    while (states.length === 0) {
      is(socket.readyState, 2);
      await stage.task();
    }
    equals(states, [3]);
  }),
  clause('the event is a CloseEvent', async (stage) => {
    const event = await closed(stage);
    is(Object.getPrototypeOf(event), CloseEvent.prototype);
    is(event.type, 'close');
    equals([typeof event.code, typeof event.reason, typeof event.wasClean], ['number', 'string', 'boolean']);
  }),
  clause('the event neither bubbles nor can be cancelled', async (stage) => {
    const { bubbles, cancelable, composed, defaultPrevented } = await closed(stage);
    equals([bubbles, cancelable, composed, defaultPrevented], [false, false, false, false]);
  }),
  clause('the event is at its target', async (stage) => {
    const socket = await stage.open();
    /** @type {unknown[]} */
    const seen = [];
    socket.onclose = (event) =>
      seen.push(event.target === socket, event.currentTarget === socket, event.eventPhase);
    socket.close();
    await stage.event(socket, 'close');
    equals(seen, [true, true, 2]);
  }),
  clause('the event is trusted', async (stage) => is((await closed(stage)).isTrusted, true)),
  clause('the error is a plain Event, with the same state', async (stage) => {
    const socket = stage.create(stage.url({ refuse: 403 }));
    /** @type {unknown[]} */
    const seen = [];
    socket.onerror = (event) =>
      seen.push(Object.getPrototypeOf(event) === Event.prototype, event.type, socket.readyState);
    await stage.event(socket, 'close');
    equals(seen, [true, 'error', 3]);
  }),
  clause('the error neither bubbles nor can be cancelled', async (stage) => {
    const socket = stage.create(stage.url({ refuse: 403 }));
    const { bubbles, cancelable, composed } = await stage.event(socket, 'error');
    equals([bubbles, cancelable, composed], [false, false, false]);
  }),
  clause('what the server said before is delivered before', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    stage.ask(socket, { do: 'say', texts: ['a', 'b', 'c'] });
    stage.ask(socket, { do: 'end', code: 4000 });
    await stage.event(socket, 'close');
    equals(seen, ['message a', 'message b', 'message c', 'close 4000']);
  }),
  clause('nothing comes afterwards', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    stage.ask(socket, { do: 'end', code: 4000 });
    await stage.event(socket, 'close');
    socket.send('a');
    socket.close();
    await stage.echo(await stage.open(), 'another');
    equals(seen, ['close 4000']);
  }),
  clause('both ends may close at once', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    stage.ask(socket, { do: 'end', code: 4000 });
    socket.close(4001);
    const { code, wasClean } = await stage.event(socket, 'close');
    is(wasClean, true);
    holds(code === 4000 || code === 4001, `${code} is one of the two`);
    equals(seen, [`close ${code}`]);
  }),
  clause('a new socket may be made from the event', async (stage) => {
    const socket = await stage.open();
    /** @type {Promise<WebSocket>} */
    const made = new Promise((resolve) => {
      socket.onclose = () => resolve(stage.create());
    });
    socket.close();
    const next = await made;
    await stage.event(next, 'open');
    is((await stage.echo(next, 'a')).data, 'a');
  }),
]);

/** @param {import('../stage.mjs').Stage} stage */
async function closed(stage) {
  const socket = await stage.open();
  socket.close();
  return stage.event(socket, 'close');
}
