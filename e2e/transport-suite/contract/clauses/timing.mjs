/**
 * §4: every event has a task of its own ("queue a task"), but `error` and `close`, which share one. So what a listener has promised is done
 * before the next event, however long the chain: a page that awaits `open` and then listens for messages misses none.
 */
import { equals, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** Longer than the chains of `await` in any program that waits for an event. */
const CHAIN = 20;

export const timing = area('Tasks', [
  clause('a page that awaits open misses no message', async (stage) => {
    const socket = stage.create(stage.url({ greet: 'hello' }));
    await stage.event(socket, 'open');
    await stage.microtasks(CHAIN);
    is((await stage.event(socket, 'message')).data, 'hello');
  }),
  clause('a page that awaits each message misses none', async (stage) => {
    const socket = await stage.open();
    stage.ask(socket, { do: 'say', texts: ['a', 'b', 'c', 'd'] });
    /** @type {string[]} */
    const seen = [];
    for (let taken = 0; taken < 4; taken++) {
      seen.push((await stage.event(socket, 'message')).data);
      await stage.microtasks(CHAIN);
    }
    equals(seen, ['a', 'b', 'c', 'd']);
  }),
  clause('a page that awaits the last message misses no close', async (stage) => {
    const socket = await stage.open();
    stage.ask(socket, { do: 'say', texts: ['last'] });
    stage.ask(socket, { do: 'end', code: 4000 });
    await stage.event(socket, 'message');
    await stage.microtasks(CHAIN);
    is((await stage.event(socket, 'close')).code, 4000);
  }),
  clause('a page that awaits open misses no close', async (stage) => {
    const socket = stage.create(stage.url({ end: 4000 }));
    await stage.event(socket, 'open');
    await stage.microtasks(CHAIN);
    is((await stage.event(socket, 'close')).code, 4000);
  }),
  clause('a page that awaits the error misses no close', async (stage) => {
    const socket = stage.create();
    socket.close();
    await stage.event(socket, 'error');
    await stage.microtasks(CHAIN);
    is((await stage.event(socket, 'close')).code, 1006);
  }),
  clause('microtasks run between two messages', async (stage) => {
    const socket = await stage.open();
    /** @type {string[]} */
    const seen = [];
    socket.onmessage = async ({ data }) => {
      seen.push(data);
      await stage.microtasks(CHAIN);
      seen.push(`after ${data}`);
    };
    stage.ask(socket, { do: 'say', texts: ['a', 'b', 'c'] });
    await stage.until(() => seen.length === 6);
    equals(seen, ['a', 'after a', 'b', 'after b', 'c', 'after c']);
  }),
  clause('microtasks run between the listeners of one event', async (stage) => {
    const socket = await stage.open();
    /** @type {string[]} */
    const seen = [];
    socket.addEventListener('message', () => {
      seen.push('first');
      queueMicrotask(() => seen.push('microtask'));
    });
    socket.addEventListener('message', () => seen.push('second'));
    await stage.echo(socket, 'a');
    await stage.microtasks();
    equals(seen, ['first', 'microtask', 'second']);
  }),
  clause('the state is still OPEN between a last message and the close', async (stage) => {
    const socket = await stage.open();
    /** @type {unknown[]} */
    const seen = [];
    socket.onmessage = async () => {
      seen.push(socket.readyState);
      await stage.microtasks(CHAIN);
      seen.push(socket.readyState);
    };
    socket.onclose = () => seen.push(socket.readyState);
    stage.ask(socket, { do: 'say', texts: ['last'] });
    stage.ask(socket, { do: 'end', code: 4000 });
    await stage.event(socket, 'close');
    equals(seen, [1, 1, 3]);
  }),
  clause('error and close are events of one task', async (stage) => {
    const socket = stage.create();
    /** @type {string[]} */
    const seen = [];
    const { port1, port2 } = new MessageChannel();
    const between = new Promise((resolve) => {
      port1.onmessage = () => resolve(seen.push('task'));
    });
    socket.onerror = () => {
      seen.push('error');
      port2.postMessage(null);
    };
    socket.onclose = () => seen.push('close');
    socket.close();
    await stage.event(socket, 'close');
    await between;
    port1.close();
    equals(seen, ['error', 'close', 'task']);
  }),
  clause('send from the last message before a close throws nothing', async (stage) => {
    const socket = await stage.open();
    /** @type {unknown[]} */
    const seen = [];
    socket.onmessage = () => {
      try {
        seen.push(socket.send('answer'), socket.bufferedAmount >= 0);
      } catch (error) {
        seen.push(error);
      }
    };
    stage.ask(socket, { do: 'say', texts: ['last'] });
    stage.ask(socket, { do: 'end', code: 4000 });
    is((await stage.event(socket, 'close')).code, 4000);
    equals(seen, [undefined, true]);
  }),
  clause('a message is not delivered within the call that sends it, nor in its task', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    socket.send('a');
    equals(seen, []);
    await stage.microtasks(100);
    equals(seen, []);
  }),
  clause('a synchronous wait delays events, and loses none', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    stage.ask(socket, { do: 'say', texts: ['a', 'b'] });
    for (const until = performance.now() + 100; performance.now() < until; );
    equals(seen, []);
    await stage.until(() => seen.length === 2);
    equals(seen, ['message a', 'message b']);
  }),
]);
