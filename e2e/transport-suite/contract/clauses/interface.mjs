/** §3.1 Interface definition, as WebIDL §3.7 binds it to JavaScript: what the class and its prototype look like. Nothing connects here. */
import { equals, holds, is, throwsTypeError } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

const READONLY = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol'];
const WRITABLE = ['onopen', 'onerror', 'onclose', 'onmessage', 'binaryType'];
const ATTRIBUTES = [...READONLY, ...WRITABLE];

/** With the number of arguments that they want. */
const OPERATIONS = Object.entries({ close: 0, send: 1 });

const CONSTANTS = Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });

/** Values that are no WebSocket. */
const IMPOSTORS = [undefined, null, 0, 'a', {}, new EventTarget()];

export const interfaceArea = area('The interface', [
  clause('the class is a function', ({ WebSocket }) => is(typeof WebSocket, 'function')),
  clause('the class is named WebSocket', ({ WebSocket }) => {
    const descriptor = { value: 'WebSocket', writable: false, enumerable: false, configurable: true };
    equals(Object.getOwnPropertyDescriptor(WebSocket, 'name'), descriptor);
  }),
  clause('the class has length 1: the URL is required', ({ WebSocket }) => {
    const descriptor = { value: 1, writable: false, enumerable: false, configurable: true };
    equals(Object.getOwnPropertyDescriptor(WebSocket, 'length'), descriptor);
  }),
  clause('the class inherits from EventTarget', ({ WebSocket }) => {
    is(Object.getPrototypeOf(WebSocket), EventTarget);
    is(Object.getPrototypeOf(WebSocket.prototype), EventTarget.prototype);
  }),
  clause('the prototype of the class is fixed', ({ WebSocket }) => {
    const { writable, enumerable, configurable } = own(WebSocket, 'prototype');
    equals([writable, enumerable, configurable], [false, false, false]);
  }),
  clause('the prototype knows its class', ({ WebSocket }) => {
    const { value, writable, enumerable, configurable } = own(WebSocket.prototype, 'constructor');
    is(value, WebSocket);
    equals([writable, enumerable, configurable], [true, false, true]);
  }),
  clause('the class wants `new`', ({ WebSocket, url }) => {
    throwsTypeError(() => Reflect.apply(WebSocket, undefined, [url()]));
  }),
  clause('Symbol.toStringTag is "WebSocket"', ({ WebSocket }) => {
    const descriptor = { value: 'WebSocket', writable: false, enumerable: false, configurable: true };
    equals(Object.getOwnPropertyDescriptor(WebSocket.prototype, Symbol.toStringTag), descriptor);
  }),
  clause('an instance calls itself [object WebSocket]', (stage) => {
    is(Object.prototype.toString.call(stage.create()), '[object WebSocket]');
    is(String(stage.create()), '[object WebSocket]');
  }),
  clause('an instance is an EventTarget', (stage) => {
    const socket = stage.create();
    holds(socket instanceof stage.WebSocket, 'it is a WebSocket');
    holds(socket instanceof EventTarget, 'it is an EventTarget');
  }),
  clause('an instance has no properties of its own', (stage) => equals(Reflect.ownKeys(stage.create()), [])),
  clause('an instance takes properties of the page’s', (stage) => {
    const socket = Object.assign(stage.create(), { mine: 1 });
    equals(Object.keys(socket), ['mine']);
  }),
  clause('everything of the interface can be enumerated on an instance', (stage) => {
    const names = new Set();
    // biome-ignore lint/suspicious/useGuardForIn: what is inherited is just what is looked for
    for (const name in stage.create()) names.add(name);
    for (const name of [...ATTRIBUTES, 'close', 'send', 'CLOSED', 'addEventListener', 'dispatchEvent'])
      holds(names.has(name), `${name} is enumerated`);
  }),
  clause('it can be inherited from', (stage) => {
    class Own extends stage.WebSocket {
      get own() {
        return `my ${super.readyState}`;
      }
    }
    const socket = stage.keep(new Own(stage.url()));
    holds(socket instanceof Own, 'it is one of its class');
    is(Object.getPrototypeOf(socket), Own.prototype);
    is(socket.own, 'my 0');
  }),
  clause('Reflect.construct takes the prototype of the new target', (stage) => {
    const target = class {};
    const socket = Reflect.construct(stage.WebSocket, [stage.url()], target);
    is(Object.getPrototypeOf(socket), target.prototype);
    is(own(stage.WebSocket.prototype, 'readyState').get?.call(socket), 0);
    stage.keep(Object.setPrototypeOf(socket, stage.WebSocket.prototype));
  }),

  CONSTANTS.map(([name, value]) => [
    clause(`${name} is a constant of the class`, ({ WebSocket }) => {
      const descriptor = { value, writable: false, enumerable: true, configurable: false };
      equals(Object.getOwnPropertyDescriptor(WebSocket, name), descriptor);
    }),
    clause(`${name} is a constant of the prototype`, ({ WebSocket }) => {
      const descriptor = { value, writable: false, enumerable: true, configurable: false };
      equals(Object.getOwnPropertyDescriptor(WebSocket.prototype, name), descriptor);
    }),
    clause(`${name} stays what it is on an instance`, (stage) => {
      const socket = stage.create();
      is(Reflect.set(socket, name, 7), false);
      is(Reflect.get(socket, name), value);
    }),
  ]),

  ATTRIBUTES.map((name) => [
    clause(`${name} is an accessor of the prototype`, ({ WebSocket }) => {
      const { get, enumerable, configurable } = own(WebSocket.prototype, name);
      equals([typeof get, enumerable, configurable], ['function', true, true]);
    }),
    clause(`the getter of ${name} is named so, and takes nothing`, ({ WebSocket }) => {
      const { get } = own(WebSocket.prototype, name);
      equals([get?.name, get?.length], [`get ${name}`, 0]);
    }),
    clause(`the getter of ${name} is for WebSockets`, ({ WebSocket }) => {
      const { get } = own(WebSocket.prototype, name);
      for (const impostor of [...IMPOSTORS, WebSocket.prototype])
        throwsTypeError(() => Reflect.apply(/** @type {() => unknown} */ (get), impostor, []));
    }),
  ]),
  READONLY.map((name) => [
    clause(`${name} has no setter`, ({ WebSocket }) => is(own(WebSocket.prototype, name).set, undefined)),
    clause(`${name} is not assigned to`, (stage) => {
      const socket = stage.create();
      const before = Reflect.get(socket, name);
      is(Reflect.set(socket, name, 'x'), false);
      is(Reflect.get(socket, name), before);
    }),
  ]),
  WRITABLE.map((name) => [
    clause(`the setter of ${name} is named so, and takes a value`, ({ WebSocket }) => {
      const { set } = own(WebSocket.prototype, name);
      equals([set?.name, set?.length], [`set ${name}`, 1]);
    }),
    clause(`the setter of ${name} is for WebSockets`, ({ WebSocket }) => {
      const { set } = own(WebSocket.prototype, name);
      for (const impostor of [...IMPOSTORS, WebSocket.prototype])
        throwsTypeError(() => Reflect.apply(/** @type {() => unknown} */ (set), impostor, [null]));
    }),
  ]),

  OPERATIONS.map(([name, length]) => [
    clause(`${name} is a method of the prototype`, ({ WebSocket }) => {
      const { value, writable, enumerable, configurable } = own(WebSocket.prototype, name);
      equals([typeof value, writable, enumerable, configurable], ['function', true, true, true]);
    }),
    clause(`${name} is named so, and has length ${length}`, ({ WebSocket }) => {
      const { value } = own(WebSocket.prototype, name);
      equals([value.name, value.length], [name, length]);
    }),
    clause(`${name} is no constructor`, ({ WebSocket }) => {
      const { value } = own(WebSocket.prototype, name);
      throwsTypeError(() => Reflect.construct(value, ['']));
      is(Object.hasOwn(value, 'prototype'), false);
    }),
    clause(`${name} is for WebSockets`, ({ WebSocket }) => {
      const { value } = own(WebSocket.prototype, name);
      for (const impostor of [...IMPOSTORS, WebSocket.prototype])
        throwsTypeError(() => Reflect.apply(value, impostor, name === 'send' ? ['a'] : []));
    }),
  ]),
]);

/**
 * @param {object} object
 * @param {string} name
 */
function own(object, name) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined) throw new Error(`there is no ${name}`);
  return descriptor;
}
