/** §3.1 `bufferedAmount`: what it counts, and when it may change. */
import { equals, holds, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** With their bytes of payload; no framing. */
export const COUNTED = [
  { what: 'an ASCII text', data: () => 'hello', bytes: 5 },
  { what: 'an empty text', data: () => '', bytes: 0 },
  { what: 'a text of two-byte characters', data: () => 'ßü', bytes: 4 },
  { what: 'a text of three-byte characters', data: () => '☃€', bytes: 6 },
  { what: 'a text of four-byte characters', data: () => '😀', bytes: 4 },
  { what: 'an unpaired surrogate', data: () => '\ud800', bytes: 3 },
  { what: 'what is no text', data: () => null, bytes: 4 },
  { what: 'an ArrayBuffer', data: () => new ArrayBuffer(7), bytes: 7 },
  { what: 'an empty ArrayBuffer', data: () => new ArrayBuffer(0), bytes: 0 },
  { what: 'a view', data: () => new Uint16Array(3), bytes: 6 },
  { what: 'a view of a part', data: () => new Uint8Array(10).subarray(2, 5), bytes: 3 },
  { what: 'a Blob', data: () => new Blob(['ab☃']), bytes: 5 },
  { what: 'a long text', data: () => 'a'.repeat(200_000), bytes: 200_000 },
  { what: 'a long ArrayBuffer', data: () => new ArrayBuffer(200_000), bytes: 200_000 },
];

export const bufferedAmount = area('bufferedAmount', [
  COUNTED.map(({ what, data, bytes }) => [
    clause(`${what} raises it by ${bytes} when it is sent`, async (stage) => {
      const socket = await stage.open();
      socket.send(/** @type {string} */ (data()));
      is(socket.bufferedAmount, bytes);
    }),
    clause(`${what} raises it by ${bytes} while closing`, async (stage) => {
      const socket = await stage.open();
      socket.close();
      socket.send(/** @type {string} */ (data()));
      is(socket.bufferedAmount, bytes);
      await stage.event(socket, 'close');
      is(socket.bufferedAmount, bytes, 'the bufferedAmount when closed');
    }),
    clause(`${what} raises it by ${bytes} when closed`, async (stage) => {
      const socket = await stage.open();
      socket.close();
      await stage.event(socket, 'close');
      socket.send(/** @type {string} */ (data()));
      is(socket.bufferedAmount, bytes);
    }),
  ]),
  clause('it is the sum of all that was sent in this task', async (stage) => {
    const socket = await stage.open();
    let sum = 0;
    for (const { data, bytes } of COUNTED) {
      socket.send(/** @type {string} */ (data()));
      sum += bytes;
      is(socket.bufferedAmount, sum);
    }
  }),
  clause('it does not fall within a task, though time passes', async (stage) => {
    const socket = await stage.open();
    socket.send('a'.repeat(1000));
    for (const until = performance.now() + 50; performance.now() < until; ) is(socket.bufferedAmount, 1000);
  }),
  clause('it does not fall within a task, in its microtasks', async (stage) => {
    const socket = await stage.open();
    socket.send('a'.repeat(1000));
    for (let passed = 0; passed < 100; passed++) {
      is(socket.bufferedAmount, 1000, `the bufferedAmount after ${passed} microtasks`);
      await undefined;
    }
  }),
  clause('it does not fall within a task, in the microtasks of a listener', async (stage) => {
    const socket = await stage.open();
    /** @type {Promise<number[]>} */
    const seen = new Promise((resolve) => {
      socket.onmessage = async () => {
        const seen = [];
        socket.send(new Uint8Array(1000));
        for (let passed = 0; passed < 5; passed++) {
          await stage.microtasks(10);
          seen.push(socket.bufferedAmount);
        }
        resolve(seen);
      };
    });
    socket.send('a');
    equals(await seen, [1000, 1000, 1000, 1000, 1000]);
  }),
  clause('it falls to 0 when all has been sent', async (stage) => {
    const socket = await stage.open();
    socket.send(new Uint8Array(1_000_000));
    is(socket.bufferedAmount, 1_000_000);
    await stage.until(() => socket.bufferedAmount === 0);
    is(socket.bufferedAmount, 0);
  }),
  clause('it falls to 0 when a Blob has been sent', async (stage) => {
    const socket = await stage.open();
    socket.send(new Blob([new Uint8Array(100_000)]));
    is(socket.bufferedAmount, 100_000);
    await stage.until(() => socket.bufferedAmount === 0);
  }),
  clause('it never rises by itself', async (stage) => {
    const socket = await stage.open();
    let last = 0;
    for (let sent = 0; sent < 20; sent++) {
      socket.send(new Uint8Array(50_000));
      last += 50_000;
      is(socket.bufferedAmount, last);
    }
    while (last > 0) {
      await stage.task();
      holds(socket.bufferedAmount <= last, `${socket.bufferedAmount} is no more than ${last}`);
      last = socket.bufferedAmount;
    }
  }),
  clause('what is received does not count', async (stage) => {
    const socket = await stage.open();
    /** @type {number[]} */
    const seen = [];
    socket.onmessage = () => seen.push(socket.bufferedAmount);
    stage.ask(socket, { do: 'say', texts: ['a', 'b'] });
    await stage.until(() => seen.length === 2);
    equals(seen, [0, 0]);
  }),
  clause('what is sent while closing or closed adds up, and stays', async (stage) => {
    const socket = await stage.open();
    socket.close();
    socket.send('abc');
    socket.send(new Uint8Array(4));
    await stage.event(socket, 'close');
    is(socket.bufferedAmount, 7);
    socket.send(new Blob(['ab']));
    socket.send('☃');
    is(socket.bufferedAmount, 12);
    await stage.task();
    await stage.task();
    is(socket.bufferedAmount, 12);
  }),
  clause('what is sent while closing does not arrive', async (stage) => {
    const name = stage.name();
    const socket = await stage.open({ name });
    socket.send('before');
    socket.close();
    socket.send('after');
    await stage.event(socket, 'close');
    equals((await stage.seen(name, ({ closes }) => closes.length > 0)).messages, ['before']);
  }),
  clause('it does not fall when the connection breaks', async (stage) => {
    const socket = await stage.open();
    stage.ask(socket, { do: 'terminate' });
    await stage.event(socket, 'close');
    const then = socket.bufferedAmount;
    socket.send('abc');
    is(socket.bufferedAmount, then + 3);
    await stage.task();
    is(socket.bufferedAmount, then + 3);
  }),
  clause('sending when closed throws nothing', async (stage) => {
    const socket = await stage.open();
    socket.close();
    await stage.event(socket, 'close');
    is(socket.send('a'), undefined);
  }),
]);
