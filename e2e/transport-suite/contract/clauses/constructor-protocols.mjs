/** §3.1 The constructor, steps 7 and 8: subprotocols, and how WebIDL tells one string from a sequence of them. */
import { equals, holds, is, throwsDomException, throwsJust, throwsTypeError } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** RFC 6455 §4.1: U+0021 to U+007E, but for the separators of RFC 2616 §2.2. */
const SEPARATORS = [...'()<>@,;:\\"/[]?={} \t'];
const OTHERS = ['\0', '\x07', '\n', '\r', '\x1f', '\x7f', '\x80', '\xa0', 'é', '\u2028', '☃', '😀', '\ud800'];
const SPECIAL_TOKENS = [..."!#$%&'*+-.^_`|~"];

export const constructorProtocols = area('The constructor: the subprotocols', [
  [...SEPARATORS, ...OTHERS].map((character) =>
    clause(`${JSON.stringify(character)} in a subprotocol is a SyntaxError`, (stage) => {
      for (const protocol of [character, `a${character}b`, `${character}b`, `a${character}`])
        throwsDomException('SyntaxError', () => stage.create(stage.url(), protocol));
      throwsDomException('SyntaxError', () => stage.create(stage.url(), ['fine', `a${character}b`]));
    }),
  ),
  SPECIAL_TOKENS.map((character) =>
    clause(`${JSON.stringify(character)} in a subprotocol is allowed`, (stage) => {
      stage.create(stage.url(), character).close();
      stage.create(stage.url(), [`a${character}b`, 'fine']).close();
    }),
  ),
  clause('every letter and digit is allowed', (stage) => {
    stage.create(stage.url(), 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789').close();
  }),
  clause('the empty string is a SyntaxError', (stage) =>
    throwsDomException('SyntaxError', () => stage.create(stage.url(), '')),
  ),
  clause('the empty string in a sequence is a SyntaxError', (stage) => {
    throwsDomException('SyntaxError', () => stage.create(stage.url(), ['']));
    throwsDomException('SyntaxError', () => stage.create(stage.url(), ['a', '', 'b']));
  }),
  clause('one that occurs twice is a SyntaxError', (stage) => {
    throwsDomException('SyntaxError', () => stage.create(stage.url(), ['a', 'a']));
    throwsDomException('SyntaxError', () => stage.create(stage.url(), ['a', 'b', 'c', 'a']));
  }),
  clause('two that differ in case are two', (stage) =>
    stage.create(stage.url(), ['chat', 'Chat', 'CHAT']).close(),
  ),
  clause('no subprotocols at all are an empty sequence', (stage) => stage.create(stage.url(), []).close()),
  clause('a hundred are not too many', (stage) => {
    stage
      .create(
        stage.url(),
        Array.from({ length: 100 }, (_, index) => `p${index}`),
      )
      .close();
  }),

  clause('a string is a sequence of just that string', async (stage) => {
    is((await stage.open({}, 'v2')).protocol, 'v2');
  }),
  clause('any iterable object is a sequence', async (stage) => {
    is((await stage.open({}, new Set(['v1', 'v2']))).protocol, 'v2');
    const generated = (function* () {
      yield 'v1';
      yield 'v2';
    })();
    is((await stage.open({}, generated)).protocol, 'v2');
  }),
  clause('a String object is a sequence of its characters', (stage) => {
    stage.create(stage.url(), new String('ab')).close();
    throwsDomException('SyntaxError', () => stage.create(stage.url(), new String('aa')));
  }),
  clause('a function that is iterable is a sequence', (stage) => {
    const iterable = Object.assign(() => {}, { [Symbol.iterator]: () => ['a', 'a'].values() });
    throwsDomException('SyntaxError', () => stage.create(stage.url(), iterable));
    stage
      .create(
        stage.url(),
        Object.assign(() => {}, { [Symbol.iterator]: () => ['a', 'b'].values() }),
      )
      .close();
  }),
  clause('an object with a length alone is a string', (stage) => {
    throwsDomException('SyntaxError', () => stage.create(stage.url(), { 0: 'a', length: 1 }));
  }),
  clause('an object without iterator is taken as a string', async (stage) => {
    is((await stage.open({}, { toString: () => 'v2' })).protocol, 'v2');
  }),
  clause('an object whose iterator is undefined or null is a string', (stage) => {
    for (const none of [undefined, null])
      stage.create(stage.url(), { [Symbol.iterator]: none, toString: () => 'v2', length: 1, 0: ' ' }).close();
  }),
  clause('an iterator that is no function is a TypeError', (stage) => {
    throwsTypeError(() => stage.create(stage.url(), { [Symbol.iterator]: 5 }));
  }),
  clause('an iterator that gives no object is a TypeError', (stage) => {
    throwsTypeError(() => stage.create(stage.url(), { [Symbol.iterator]: () => 5 }));
  }),
  clause('undefined is as good as nothing', (stage) => {
    const socket = stage.keep(Reflect.construct(stage.WebSocket, [stage.url(), undefined]));
    is(socket.readyState, 0);
  }),
  clause('null is the string "null"', (stage) => stage.create(stage.url(), null).close()),
  clause('numbers and booleans are strings', (stage) => {
    stage.create(stage.url(), 5).close();
    stage.create(stage.url(), true).close();
    stage.create(stage.url(), [1, 2, false, null, undefined]).close();
  }),
  clause('elements that are the same as strings occur twice', (stage) => {
    throwsDomException('SyntaxError', () => stage.create(stage.url(), [1, '1']));
    throwsDomException('SyntaxError', () => stage.create(stage.url(), ['null', null]));
  }),
  clause('a Symbol is a TypeError', (stage) => throwsTypeError(() => stage.create(stage.url(), Symbol('a')))),
  clause('a Symbol in a sequence is a TypeError', (stage) =>
    throwsTypeError(() => stage.create(stage.url(), ['a', Symbol('a')])),
  ),
  clause('what the iteration throws is thrown', (stage) => {
    const error = new Error('mine');
    const thrower = () => {
      throw error;
    };
    throwsJust(error, () =>
      stage.create(stage.url(), Object.defineProperty({}, Symbol.iterator, { get: thrower })),
    );
    throwsJust(error, () => stage.create(stage.url(), { [Symbol.iterator]: thrower }));
    throwsJust(error, () => stage.create(stage.url(), { [Symbol.iterator]: () => ({ next: thrower }) }));
    throwsJust(error, () => stage.create(stage.url(), [{ toString: thrower }]));
    throwsJust(error, () => stage.create(stage.url(), { toString: thrower }));
  }),
  clause('each element is converted once, in order', (stage) => {
    /** @type {string[]} */
    const seen = [];
    const element = (/** @type {string} */ name) => ({
      toString() {
        seen.push(name);
        return name;
      },
    });
    stage.create(stage.url(), [element('a'), element('b'), element('c')]).close();
    equals(seen, ['a', 'b', 'c']);
  }),

  // WebIDL §3.7.1: the arguments are converted, in order, before any step is run.
  clause('the URL is converted before the subprotocols', (stage) => {
    const [first, second] = [new Error('first'), new Error('second')];
    const throwing = (/** @type {Error} */ error) => ({
      toString() {
        throw error;
      },
    });
    throwsJust(first, () => stage.create(throwing(first), throwing(second)));
  }),
  clause('the subprotocols are converted before the URL is parsed', (stage) => {
    const error = new Error('mine');
    const given = {
      toString() {
        throw error;
      },
    };
    throwsJust(error, () => stage.create('ftp://127.0.0.1/#', given));
    throwsTypeError(() => stage.create('ftp://127.0.0.1/#', [Symbol('a')]));
  }),
  clause('a third argument is none of the standard’s', (stage) => {
    is(stage.keep(Reflect.construct(stage.WebSocket, [stage.url(), ['a'], undefined])).readyState, 0);
  }),

  clause('the one that the server selects is the protocol', async (stage) => {
    const socket = stage.create(stage.url(), ['v1', 'v2', 'v3']);
    is(socket.protocol, '', 'the protocol while connecting');
    await stage.event(socket, 'open');
    is(socket.protocol, 'v2', 'the protocol');
  }),
  clause('the protocol is empty where none was offered', async (stage) =>
    is((await stage.open()).protocol, ''),
  ),
  clause('the sequence is read once, when it is given', async (stage) => {
    const protocols = ['v1', 'v2'];
    const socket = stage.create(stage.url(), protocols);
    protocols.splice(0, 2, 'v3');
    await stage.event(socket, 'open');
    is(socket.protocol, 'v2');
  }),
  clause('the protocol stays when it is closed', async (stage) => {
    const socket = await stage.open({}, ['v1', 'v2']);
    socket.close();
    is(socket.protocol, 'v2');
    await stage.event(socket, 'close');
    is(socket.protocol, 'v2');
    holds(socket.url.startsWith('ws:'), 'the url stays, too');
  }),
]);
