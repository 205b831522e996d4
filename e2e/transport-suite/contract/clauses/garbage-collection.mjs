/**
 * §7 Garbage collection: who listens is not collected, whatever the page still holds. The page asks for a collection where the engine lets a test
 * do so: V8's `gc`, or `TestUtils.gc` (the WHATWG's Test Utils). Elsewhere it makes garbage. Either way it can tell that there was one: an
 * object that nobody holds is gone.
 */
import { equals, holds, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** Garbage made at a time. */
const GARBAGE_OBJECTS = 100_000;

/** What the platform knows of itself may take several of them. */
const COLLECTIONS = 20;

/** A request with the last acknowledgement may be under way still when a socket has closed. On a busy machine it takes so long, in ms. */
const LAST_REQUEST_MS = 5000;

export const garbageCollection = area('Garbage collection', [
  clause('a socket that nobody holds delivers messages to its listener', async (stage) => {
    const name = stage.name();
    const seen = await forget(stage, name, (socket, seen) => {
      socket.onmessage = ({ data }) => seen.push(data);
    });
    await collect(stage);
    stage.ask(await stage.open(), { do: 'say', to: name, texts: ['hello'] });
    await stage.until(() => seen.length > 0);
    equals(seen, ['hello']);
  }),
  clause('a socket that nobody holds delivers its close to its listener', async (stage) => {
    const name = stage.name();
    const seen = await forget(stage, name, (socket, seen) => {
      socket.addEventListener('close', ({ code }) => seen.push(String(code)));
    });
    await collect(stage);
    stage.ask(await stage.open(), { do: 'end', to: name, code: 4000 });
    await stage.until(() => seen.length > 0);
    equals(seen, ['4000']);
  }),
  clause('a socket that nobody holds opens for its listener', async (stage) => {
    /** @type {string[]} */
    const seen = [];
    (() => {
      const socket = stage.create();
      socket.onopen = () => seen.push('open');
    })();
    await collect(stage);
    await stage.until(() => seen.length > 0);
    equals(seen, ['open']);
  }),
  clause('a socket that nobody holds, and that is closing, closes for its listener', async (stage) => {
    const seen = await forget(stage, stage.name(), (socket, seen) => {
      socket.onclose = ({ code, wasClean }) => seen.push(`${code} ${wasClean}`);
      socket.close(3000);
    });
    await collect(stage);
    await stage.until(() => seen.length > 0);
    equals(seen, ['3000 true']);
  }),
  clause('what a socket that nobody holds has sent arrives', async (stage) => {
    const name = stage.name();
    await forget(stage, name, (socket) => {
      socket.send(new Uint8Array(2_000_000));
      socket.send(new Blob([new Uint8Array(500_000)]));
    });
    await collect(stage);
    const { messages } = await stage.seen(name, ({ messages }) => messages.length === 2);
    equals(messages, ['binary 2000000', 'binary 500000']);
  }),
  clause('a socket that has closed is let go, whoever listens', async (stage) => {
    const reference = await (async () => {
      const socket = await stage.open();
      stage.record(socket);
      socket.close();
      await stage.event(socket, 'close');
      is(socket.readyState, 3);
      return weakReference(socket);
    })();
    const limit = performance.now() + LAST_REQUEST_MS;
    for (let collections = 0; collections < COLLECTIONS || performance.now() < limit; collections++) {
      if (reference.deref() === undefined) break;
      await collect(stage);
    }
    holds(reference.deref() === undefined, 'it is collected');
  }),
]);

/**
 * Does something to an open socket, and lets go of it.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @param {string} name
 * @param {(socket: WebSocket, seen: string[]) => void} act
 * @returns {Promise<string[]>} what `act` has written
 */
async function forget(stage, name, act) {
  /** @type {string[]} */
  const seen = [];
  await stage.open({ name }).then((socket) => act(socket, seen));
  return seen;
}

/** The window reaches them from here: in Firefox those of a function that waits, and its alone, would hold what they refer to (page.mjs). */
/** @type {WeakRef<WebSocket>[]} */
const weakReferences = [];

/** @param {WebSocket} socket */
function weakReference(socket) {
  const reference = new WeakRef(socket);
  weakReferences.push(reference);
  return reference;
}

/** @param {import('../stage.mjs').Stage} stage */
async function collect(stage) {
  const canary = (() => new WeakRef({}))();
  // Within a task a weak reference that was made or read in it holds.
  do {
    await stage.task();
    if (typeof gc === 'function') gc();
    else if (typeof TestUtils === 'object') await TestUtils.gc();
    else Array.from({ length: GARBAGE_OBJECTS }, (_, index) => ({ index }));
  } while (canary.deref() !== undefined);
}
