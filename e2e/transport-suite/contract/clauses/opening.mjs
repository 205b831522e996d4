/** §4: what happens when the connection is established: the state, the attributes, the event. */
import { equals, holds, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

export const opening = area('Opening', [
  clause('the state is OPEN when the event comes', async (stage) => {
    const socket = stage.create();
    /** @type {number[]} */
    const states = [];
    socket.onopen = () => states.push(socket.readyState);
    await stage.event(socket, 'open');
    equals(states, [1]);
    await stage.reachTransport(socket);
  }),
  clause('the state is CONNECTING until then', async (stage) => {
    const socket = stage.create();
    let isOpen = false;
    socket.onopen = () => (isOpen = true);
    while (!isOpen) {
      is(socket.readyState, 0);
      await stage.task();
    }
    is(socket.readyState, 1);
  }),
  clause('the subprotocol and the extensions are known when the event comes', async (stage) => {
    const socket = stage.create(stage.url(), ['v1', 'v2']);
    /** @type {string[]} */
    const seen = [];
    socket.onopen = () => seen.push(socket.protocol, typeof socket.extensions);
    await stage.event(socket, 'open');
    equals(seen, ['v2', 'string']);
  }),
  clause('the event comes once', async (stage) => {
    const socket = stage.create();
    const seen = stage.record(socket);
    await stage.event(socket, 'open');
    await stage.echo(socket, 'a');
    equals(seen, ['open', 'message a']);
  }),
  clause('the event is a plain Event', async (stage) => {
    const event = await stage.event(stage.create(), 'open');
    is(Object.getPrototypeOf(event), Event.prototype);
    is(event.type, 'open');
  }),
  clause('the event neither bubbles nor can be cancelled', async (stage) => {
    const { bubbles, cancelable, composed, defaultPrevented } = await stage.event(stage.create(), 'open');
    equals([bubbles, cancelable, composed, defaultPrevented], [false, false, false, false]);
  }),
  clause('the event is at its target', async (stage) => {
    const socket = stage.create();
    /** @type {unknown[]} */
    const seen = [];
    socket.onopen = (event) => {
      seen.push(
        event.target === socket,
        event.currentTarget === socket,
        event.eventPhase,
        event.composedPath()[0] === socket,
      );
    };
    await stage.event(socket, 'open');
    equals(seen, [true, true, 2, true]);
  }),
  clause('the event is trusted', async (stage) =>
    is((await stage.event(stage.create(), 'open')).isTrusted, true),
  ),
  clause('the event says when it was made', async (stage) => {
    const before = performance.now();
    const { timeStamp } = await stage.event(stage.create(), 'open');
    // Clocks are coarse by design: up to some milliseconds.
    holds(timeStamp >= before - 20 && timeStamp <= performance.now() + 20, 'it is between before and after');
  }),
  clause('what is sent from the listener arrives', async (stage) => {
    const socket = stage.create();
    socket.onopen = () => socket.send('at once');
    is((await stage.event(socket, 'message')).data, 'at once');
  }),
  clause('closing from the listener is a clean close', async (stage) => {
    const socket = stage.create();
    socket.onopen = () => socket.close(3000, 'that is all');
    const { code, reason, wasClean } = await stage.event(socket, 'close');
    equals([code, reason, wasClean], [3000, 'that is all', true]);
  }),
  clause('the first message comes after the event', async (stage) => {
    const socket = stage.create(stage.url({ greet: ['a', 'b'] }));
    const seen = stage.record(socket);
    await stage.until(() => seen.length === 3);
    equals(seen, ['open', 'message a', 'message b']);
  }),
  clause('a socket that the server closes at once opens first', async (stage) => {
    const socket = stage.create(stage.url({ end: 4001, reason: 'full' }));
    const seen = stage.record(socket);
    const { reason, wasClean } = await stage.event(socket, 'close');
    equals([reason, wasClean], ['full', true]);
    equals(seen, ['open', 'close 4001']);
  }),
  clause('last words of the server come between open and close', async (stage) => {
    const socket = stage.create(stage.url({ greet: ['a', 'b'], end: 4001 }));
    const seen = stage.record(socket);
    await stage.event(socket, 'close');
    equals(seen, ['open', 'message a', 'message b', 'close 4001']);
  }),
]);
