/** Event handler IDL attributes (HTML §8.1.8.1) and the DOM's event dispatch (DOM §2), on a socket. The events here are the page's own. */
import { equals, holds, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

const TYPES = ['open', 'message', 'error', 'close'];

/** What is no object is as good as null ([LegacyTreatNonObjectAsNull]). */
const NON_OBJECTS = [null, undefined, 0, 1, '', 'function () {}', true, false, Symbol('a'), 1n];

export const handlers = area('Event handlers', [
  TYPES.flatMap((type) => {
    const name = `on${type}`;
    /** @param {import('../stage.mjs').Stage} stage */
    const make = (stage) => {
      const socket = /** @type {Record<string, any> & WebSocket} */ (stage.create());
      const dispatch = (/** @type {EventInit} */ init = {}) => socket.dispatchEvent(new OwnEvent(type, init));
      /** @type {string[]} */
      const seen = [];
      const listener = (/** @type {string} */ word) => (/** @type {Event} */ event) => {
        if (event instanceof OwnEvent) seen.push(word);
      };
      return { socket, dispatch, seen, listener };
    };
    return [
      clause(`${name} is null at first`, (stage) => is(make(stage).socket[name], null)),
      clause(`${name} gives back the function that was set`, (stage) => {
        const { socket } = make(stage);
        const handler = () => {};
        socket[name] = handler;
        is(socket[name], handler);
      }),
      clause(`${name} gives back an object that is no function, and does not call it`, (stage) => {
        const { socket, dispatch, seen } = make(stage);
        const object = { handleEvent: () => seen.push('called') };
        socket[name] = object;
        is(socket[name], object);
        dispatch();
        equals(seen, []);
      }),
      clause(`${name} is null where what was set is no object`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        for (const value of NON_OBJECTS) {
          socket[name] = listener('called');
          socket[name] = value;
          is(socket[name], null, `it, where ${String(value)} was set,`);
        }
        dispatch();
        equals(seen, []);
      }),
      clause(`${name} is called with the event, on the socket`, (stage) => {
        const { socket, dispatch } = make(stage);
        /** @type {unknown[]} */
        const seen = [];
        /** @this {unknown} @param {unknown[]} args */
        const handler = function (...args) {
          seen.push(this === socket, args.length, args[0] instanceof OwnEvent);
        };
        socket[name] = handler;
        dispatch();
        equals(seen, [true, 1, true]);
      }),
      clause(`${name} is called in the order in which it was set`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket.addEventListener(type, listener('before'));
        socket[name] = listener('handler');
        socket.addEventListener(type, listener('after'));
        dispatch();
        equals(seen, ['before', 'handler', 'after']);
      }),
      clause(`${name} keeps its place when another function is set`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket[name] = listener('first');
        socket.addEventListener(type, listener('listener'));
        socket[name] = listener('second');
        dispatch();
        equals(seen, ['second', 'listener']);
      }),
      clause(`${name} keeps its place when an object, then a function is set`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket[name] = {};
        socket.addEventListener(type, listener('listener'));
        socket[name] = listener('handler');
        dispatch();
        equals(seen, ['handler', 'listener']);
      }),
      clause(`${name} gives up its place when null is set`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket[name] = listener('first');
        socket.addEventListener(type, listener('listener'));
        socket[name] = null;
        socket[name] = listener('second');
        dispatch();
        equals(seen, ['listener', 'second']);
      }),
      clause(`${name} that is set during the event is the one that is called`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket.addEventListener(type, () => {
          socket[name] = listener('second');
        });
        socket[name] = listener('first');
        dispatch();
        equals(seen, ['second']);
      }),
      clause(`${name} that is given up during the event is not called`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket.addEventListener(type, () => {
          socket[name] = null;
        });
        socket[name] = listener('handler');
        dispatch();
        equals(seen, []);
      }),
      clause(`${name} that returns false cancels an event that can be`, (stage) => {
        const { socket, dispatch } = make(stage);
        socket[name] = () => false;
        is(dispatch({ cancelable: true }), false);
        is(dispatch(), true);
      }),
      clause(`${name} that returns anything else cancels nothing`, (stage) => {
        const { socket, dispatch } = make(stage);
        for (const value of [undefined, null, 0, '', true]) {
          socket[name] = () => value;
          is(dispatch({ cancelable: true }), true);
        }
      }),
      clause(`${name} that throws is reported, and does not stop the others`, async (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        const error = new Error('mine');
        socket[name] = () => {
          throw error;
        };
        socket.addEventListener(type, listener('after'));
        const reported = await reportedDuring(() => {
          is(dispatch(), true);
        });
        equals(seen, ['after']);
        is(reported.length, 1, 'the number of reports');
        is(reported[0], error);
      }),
      clause(`${name} may be a proxy of a function`, (stage) => {
        const { socket, dispatch, seen, listener } = make(stage);
        socket[name] = new Proxy(listener('called'), {});
        dispatch();
        equals(seen, ['called']);
      }),
      clause(`${name} of one socket is not that of another`, (stage) => {
        const [a, b] = [make(stage), make(stage)];
        a.socket[name] = () => {};
        is(b.socket[name], null);
      }),
    ];
  }),

  clause('onerror gets the event alone, though a window’s gets more', (stage) => {
    const socket = stage.create();
    /** @type {number[]} */
    const seen = [];
    Reflect.set(socket, 'onerror', (/** @type {unknown[]} */ ...args) => seen.push(args.length));
    socket.dispatchEvent(new ErrorEvent('error', { message: 'a', error: new Error('a') }));
    equals(seen, [1]);
  }),

  // The DOM's part.
  clause('a listener is added once', (stage) => {
    const { socket, seen } = target(stage);
    const listener = () => seen.push('called');
    socket.addEventListener('mine', listener);
    socket.addEventListener('mine', listener);
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['called']);
  }),
  clause('a listener that is removed is not called', (stage) => {
    const { socket, seen } = target(stage);
    const listener = () => seen.push('called');
    socket.addEventListener('mine', listener);
    socket.removeEventListener('mine', listener);
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, []);
  }),
  clause('an object with handleEvent listens', (stage) => {
    const { socket, seen } = target(stage);
    const object = {
      handleEvent() {
        seen.push(String(this === object));
      },
    };
    socket.addEventListener('mine', object);
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['true']);
  }),
  clause('null as listener is passed over', (stage) => {
    const { socket } = target(stage);
    is(Reflect.apply(socket.addEventListener, socket, ['mine', null]), undefined);
    is(Reflect.apply(socket.removeEventListener, socket, ['mine', null]), undefined);
  }),
  clause('a listener may be wanted once', (stage) => {
    const { socket, seen } = target(stage);
    socket.addEventListener('mine', () => seen.push('called'), { once: true });
    socket.dispatchEvent(new OwnEvent('mine'));
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['called']);
  }),
  clause('a listener may be taken away by a signal', (stage) => {
    const { socket, seen } = target(stage);
    const controller = new AbortController();
    socket.addEventListener('mine', () => seen.push('called'), { signal: controller.signal });
    controller.abort();
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, []);
  }),
  clause('a passive listener cancels nothing', (stage) => {
    const { socket } = target(stage);
    socket.addEventListener('mine', (event) => event.preventDefault(), { passive: true });
    is(socket.dispatchEvent(new OwnEvent('mine', { cancelable: true })), true);
  }),
  clause('a listener may stop those after it', (stage) => {
    const { socket, seen } = target(stage);
    socket.addEventListener('mine', (event) => {
      seen.push('first');
      event.stopImmediatePropagation();
    });
    socket.addEventListener('mine', () => seen.push('second'));
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['first']);
  }),
  clause('stopPropagation stops none of the socket’s own', (stage) => {
    const { socket, seen } = target(stage);
    socket.addEventListener('mine', (event) => event.stopPropagation());
    socket.addEventListener('mine', () => seen.push('second'));
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['second']);
  }),
  clause('a listener that is added during an event is not called for it', (stage) => {
    const { socket, seen } = target(stage);
    socket.addEventListener('mine', () => socket.addEventListener('mine', () => seen.push('later')), {
      once: true,
    });
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, []);
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['later']);
  }),
  clause('an event of the page’s is not trusted', (stage) => {
    const { socket, seen } = target(stage);
    socket.addEventListener('mine', ({ isTrusted }) => seen.push(String(isTrusted)));
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['false']);
  }),
  clause('an event has the socket as its path', (stage) => {
    const { socket } = target(stage);
    /** @type {EventTarget[]} */
    let path = [];
    socket.addEventListener('mine', (event) => {
      path = event.composedPath();
    });
    socket.dispatchEvent(new OwnEvent('mine', { bubbles: true }));
    equals([path.length, path[0] === socket], [1, true]);
  }),
  clause('an event of the page’s changes no state', async (stage) => {
    const socket = stage.create();
    socket.dispatchEvent(new Event('open'));
    socket.dispatchEvent(new CloseEvent('close', { code: 1000 }));
    is(socket.readyState, 0);
    await stage.event(socket, 'open');
    is((await stage.echo(socket, 'a')).data, 'a');
  }),

  // Listeners that throw, with events of the socket's own.
  clause('a listener of open that throws harms nobody', async (stage) => {
    const error = new Error('mine');
    const reported = await reportedDuring(async () => {
      const socket = stage.create();
      socket.onopen = () => {
        throw error;
      };
      await stage.event(socket, 'open');
      is((await stage.echo(socket, 'a')).data, 'a');
    });
    holds(reported.includes(error), 'it is reported');
  }),
  clause('a listener of message that throws harms no later message', async (stage) => {
    const error = new Error('mine');
    /** @type {string[]} */
    const seen = [];
    const reported = await reportedDuring(async () => {
      const socket = await stage.open();
      socket.onmessage = ({ data }) => {
        seen.push(data);
        throw error;
      };
      stage.ask(socket, { do: 'say', texts: ['a', 'b', 'c'] });
      await stage.until(() => seen.length === 3);
      is(socket.readyState, 1);
    });
    equals(seen, ['a', 'b', 'c']);
    is(reported.filter((one) => one === error).length, 3, 'the number of reports');
  }),
  clause('what a class makes of dispatchEvent is not asked', async (stage) => {
    /** @type {string[]} */
    const seen = [];
    class Watched extends stage.WebSocket {
      /** @override @param {Event} event */
      dispatchEvent(event) {
        seen.push(event.type);
        return super.dispatchEvent(event);
      }
    }
    const socket = stage.keep(new Watched(stage.url()));
    await stage.event(socket, 'open');
    equals(seen, []);
    socket.dispatchEvent(new OwnEvent('mine'));
    equals(seen, ['mine']);
  }),
  clause('a listener of error that throws does not keep the close away', async (stage) => {
    const error = new Error('mine');
    const reported = await reportedDuring(async () => {
      const socket = stage.create();
      socket.onerror = () => {
        throw error;
      };
      socket.close();
      is((await stage.event(socket, 'close')).code, 1006);
    });
    holds(reported.includes(error), 'it is reported');
  }),
]);

/** An event that no network makes. */
class OwnEvent extends Event {}

/** @param {import('../stage.mjs').Stage} stage */
function target(stage) {
  /** @type {string[]} */
  const seen = [];
  return { socket: stage.create(), seen };
}

/**
 * @param {() => unknown} act
 * @returns {Promise<unknown[]>} what was reported as uncaught in the meantime
 */
async function reportedDuring(act) {
  /** @type {unknown[]} */
  const reported = [];
  const onError = (/** @type {ErrorEvent} */ event) => {
    reported.push(event.error);
    event.preventDefault();
  };
  window.addEventListener('error', onError);
  try {
    await act();
  } finally {
    window.removeEventListener('error', onError);
  }
  return reported;
}
