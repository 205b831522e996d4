import './with-native-websocket.ts';
import { utf8ByteLength } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from '../src/full.ts';
import type { LogEntry } from '../src/log.ts';
import { recall, remember } from '../src/memory.ts';
import { afterPromises } from '../src/tasks.ts';
import { SimulatedNativeWebSocket as Native } from './simulated-native-websocket.ts';
import { SimulatedStorage } from './simulated-storage.ts';
import { readBody, writeBody } from './wire-bodies.ts';

const URL_ = 'wss://example.com/chat';

let socket: WebSocket;
/** The events of the socket, in order. */
let seen: unknown[];

const exception = (name: string): unknown => expect.objectContaining({ name });

/** At the end of this turn a session connects, and sends what it was given. */
const endOfTurn = (): Promise<void> => Promise.resolve();

/** Blobs are read in tasks of their own. */
async function until(isSo: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(isSo()).toBe(true));
}

function listen(target: WebSocket): void {
  target.addEventListener('open', () => seen.push('open'));
  target.addEventListener('message', ({ data }) => seen.push(['message', data]));
  target.addEventListener('error', () => seen.push('error'));
  target.addEventListener('close', ({ code, reason, wasClean }) =>
    seen.push(['close', code, reason, wasClean]),
  );
}

async function connect(...args: ConstructorParameters<typeof WebSocket>): Promise<void> {
  socket = new WebSocket(...args);
  listen(socket);
  await endOfTurn();
}

/** Opens a session over a native WebSocket. */
async function open(protocol = ''): Promise<void> {
  await connect(URL_);
  Native.last.open();
  Native.last.say(`~attached {"attach":1,"received":0,"protocol":"${protocol}"}`);
  seen = [];
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', new SimulatedStorage());
  Native.forget();
  seen = [];
});

afterEach(async () => {
  // No session lives on into the next test, where real timers may give it other transports.
  for (const native of Native.instances) if (!native.isLetGo) native.say('~gone');
  await afterPromises();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the constants', () => {
  const CONSTANTS = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };

  it.each(Object.entries(CONSTANTS))(
    '%s stands on the class and on the prototype, for good',
    (name, value) => {
      const descriptor = { value, enumerable: true, writable: false, configurable: false };
      expect(Object.getOwnPropertyDescriptor(WebSocket, name)).toEqual(descriptor);
      expect(Object.getOwnPropertyDescriptor(WebSocket.prototype, name)).toEqual(descriptor);
    },
  );

  it('stand on every instance', async () => {
    await connect(URL_);
    expect(socket).toMatchObject(CONSTANTS);
  });
});

describe('the class', () => {
  it('has the name and the shape of the standard’s', async () => {
    await connect(URL_);
    expect(WebSocket.name).toBe('WebSocket');
    expect(Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onopen')?.set?.name).toBe('set onopen');
    expect(WebSocket).toHaveLength(1);
    expect(WebSocket.prototype.send).toHaveLength(1);
    expect(String(socket)).toBe('[object WebSocket]');
    expect(socket).toBeInstanceOf(EventTarget);
  });

  it('wants `new`', () => {
    expect(() => Reflect.apply(WebSocket, undefined, [URL_])).toThrow(TypeError);
  });
});

describe('the constructor', () => {
  it('wants a URL', () => {
    expect(() => Reflect.construct(WebSocket, [])).toThrow(TypeError);
    expect(() => new WebSocket('nonsense')).toThrow(exception('SyntaxError'));
    expect(() => new WebSocket('ftp://example.com/')).toThrow(DOMException);
  });

  it('wants subprotocols that are tokens, each once', () => {
    expect(() => new WebSocket(URL_, 'a b')).toThrow(exception('SyntaxError'));
    expect(() => new WebSocket(URL_, ['a', 'a'])).toThrow(exception('SyntaxError'));
    expect(() => new WebSocket(URL_, '')).toThrow(exception('SyntaxError'));
  });

  it('begins nothing before the turn has ended', async () => {
    socket = new WebSocket(URL_);
    expect(Native.instances).toEqual([]);
    await endOfTurn();
    expect(Native.instances).toHaveLength(1);
  });

  it('gives a socket that is connecting, with the URL as parsed', async () => {
    await connect(new URL('HTTPS://example.com'), ['v2', 'v1']);
    expect(socket).toMatchObject({
      url: 'wss://example.com/',
      readyState: 0,
      bufferedAmount: 0,
      extensions: '',
      protocol: '',
      binaryType: 'blob',
      onopen: null,
      onmessage: null,
      onerror: null,
      onclose: null,
      transport: null,
    });
    expect(Native.last.protocols.slice(0, 2)).toEqual(['v2', 'v1']);
  });

  it('tries the transports it is given', async () => {
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    await connect(URL_, [], { transports: ['long-polling'] });
    expect(Native.instances).toEqual([]);
    expect(socket.getStats().attempts).toMatchObject([{ transport: 'long-polling' }]);
  });

  it('goes on natively, without a session, where the list is empty', async () => {
    await connect(URL_, ['a'], { transports: [] });
    expect(Native.last.protocols).toEqual(['a']);
    Native.last.open('a');
    expect(seen).toEqual(['open']);
    expect(socket).toMatchObject({ protocol: 'a', transport: 'websocket' });
  });
});

describe('conversions, as WebIDL has them', () => {
  const thrower = (error: Error) => ({
    toString() {
      throw error;
    },
  });

  it('refuse Symbols, wherever strings are wanted', async () => {
    const symbol = Symbol('a') as unknown as string;
    expect(() => new WebSocket(symbol)).toThrow(TypeError);
    expect(() => new WebSocket(URL_, symbol)).toThrow(TypeError);
    await open();
    expect(() => socket.send(symbol)).toThrow(TypeError);
    expect(() => socket.close(1000, symbol)).toThrow(TypeError);
    expect(() => Reflect.set(socket, 'binaryType', symbol)).toThrow(TypeError);
    expect(socket).toMatchObject({ readyState: 1, bufferedAmount: 0, binaryType: 'blob' });
  });

  it('take the subprotocols before the URL is judged', () => {
    const error = new Error('mine');
    expect(() => Reflect.construct(WebSocket, ['ftp://example.com/#', thrower(error)])).toThrow(error);
  });

  it('take the message before the state is judged', async () => {
    const error = new Error('mine');
    await connect(URL_);
    expect(() => Reflect.apply(socket.send, socket, [thrower(error)])).toThrow(error);
  });

  it('refuse a BigInt as code', async () => {
    await open();
    expect(() => Reflect.apply(socket.close, socket, [1000n])).toThrow(TypeError);
    expect(WebSocket.prototype.close).toHaveLength(0);
  });

  it('take an object as binaryType', async () => {
    await connect(URL_);
    Reflect.set(socket, 'binaryType', { toString: () => 'arraybuffer' });
    expect(socket.binaryType).toBe('arraybuffer');
    expect(() => Reflect.set(WebSocket.prototype, 'binaryType', 'none', {})).toThrow(TypeError);
  });

  it('send what only calls itself binary as text', async () => {
    await open();
    for (const name of ['Blob', 'ArrayBuffer'])
      Reflect.apply(socket.send, socket, [{ [Symbol.toStringTag]: name }]);
    await endOfTurn();
    expect(Native.last.sent).toEqual(['[object Blob]', '[object ArrayBuffer]']);
  });

  it('send nothing of a buffer that was given away', async () => {
    await open();
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    for (const data of [bytes, view, view.buffer]) socket.send(data);
    await endOfTurn();
    expect(Native.last.sent).toEqual([new Uint8Array(), new Uint8Array(), new Uint8Array()]);
  });
});

describe('opening', () => {
  it('is told when data has flowed, not when the handshake is done', async () => {
    await connect(URL_, 'chat');
    Native.last.open();
    expect(seen).toEqual([]);
    Native.last.say('~attached {"attach":1,"received":0,"protocol":"chat"}');
    expect(seen).toEqual(['open']);
    expect(socket).toMatchObject({ readyState: 1, protocol: 'chat', transport: 'websocket' });
  });

  it('ends in an error and a close where there is no way', async () => {
    await connect(URL_, [], { transports: ['websocket'] });
    Native.last.end();
    await vi.advanceTimersByTimeAsync(200);
    expect(Native.instances).toHaveLength(2);
    Native.last.end();
    expect(Native.instances).toHaveLength(3); // without our token, as the last resort
    expect(seen).toEqual([]);
    Native.last.end();
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    expect(socket.readyState).toBe(3);
    vi.advanceTimersByTime(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is logged as it goes', async () => {
    await connect(URL_, [], { transports: ['websocket'] });
    const entries: LogEntry[] = [];
    socket.addEventListener('holdfast', ({ detail }) => entries.push(detail));
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    expect(entries).toMatchObject([{ type: 'attached', transport: 'websocket', attach: 1 }]);
  });

  it('logs its first attempt to who listens in the turn of the constructor', async () => {
    socket = new WebSocket(URL_);
    const onLog = vi.fn();
    socket.addEventListener('holdfast', onLog);
    await endOfTurn();
    expect(onLog).toHaveBeenCalledTimes(1);
  });
});

describe('send', () => {
  it('throws while connecting', async () => {
    await connect(URL_);
    expect(() => socket.send('a')).toThrow(exception('InvalidStateError'));
  });

  it('wants an argument', async () => {
    await open();
    expect(() => Reflect.apply(socket.send, socket, [])).toThrow(TypeError);
    expect(() => Reflect.apply(socket.send, socket, [undefined])).not.toThrow();
  });

  it('takes text, buffers and any view', async () => {
    await open();
    const bytes = new Uint8Array([0, 1, 2, 3, 4]);
    socket.send('text');
    socket.send('');
    socket.send(bytes.buffer);
    socket.send(new DataView(bytes.buffer, 1, 2));
    socket.send(new Uint16Array(bytes.buffer, 2, 1));
    socket.send(bytes.subarray(3));
    await endOfTurn();
    expect(Native.last.sent).toEqual([
      'text',
      '',
      bytes,
      new Uint8Array([1, 2]),
      new Uint8Array([2, 3]),
      new Uint8Array([3, 4]),
    ]);
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [5, '5'],
    [[1, 2], '1,2'],
    [{}, '[object Object]'],
  ])('takes %j for text, as WebIDL does', async (value, expected) => {
    await open();
    Reflect.apply(socket.send, socket, [value]);
    await endOfTurn();
    expect(Native.last.sent).toEqual([expected]);
  });

  it('sends what a buffer held when it was given', async () => {
    await open();
    const bytes = new Uint8Array([1, 2]);
    socket.send(bytes);
    bytes.fill(9);
    await endOfTurn();
    expect(Native.last.sent).toEqual([new Uint8Array([1, 2])]);
  });

  it('replaces unpaired surrogates', async () => {
    await open();
    socket.send('a\ud83d b\ude00 \ud83d\ude00 \ude00\ud83d');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['a\ufffd b\ufffd 😀 \ufffd\ufffd']);
  });

  it('keeps a byte order mark', async () => {
    await open();
    socket.send('\ufeffa');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['\ufeffa']);
  });

  it('raises bufferedAmount until the end of the turn', async () => {
    await open();
    socket.send('äö');
    socket.send(new Uint8Array(3));
    expect(socket.bufferedAmount).toBe(7);
    await endOfTurn();
    expect(socket.bufferedAmount).toBe(0);
    Native.last.bufferedAmount = 5;
    expect(socket.bufferedAmount).toBe(5);
  });

  it('only raises bufferedAmount once the socket is closing or closed, for good', async () => {
    await open();
    socket.close();
    socket.send('äö');
    expect(socket.bufferedAmount).toBe(4);
    await endOfTurn();
    socket.send(new Uint8Array(3));
    socket.send(new Blob(['xyz']));
    expect(socket.bufferedAmount).toBe(10);
    Native.last.say('~ack 1');
    Native.last.say('~close');
    expect(socket.readyState).toBe(3);
    socket.send('a');
    expect(socket.bufferedAmount).toBe(11);
    expect(Native.last.sent).not.toContain('äö');
  });
});

describe('a Blob', () => {
  beforeEach(() => {
    vi.useRealTimers();
  });

  it('is sent in its place among other messages', async () => {
    await open();
    socket.send('before');
    socket.send(new Blob(['blob']));
    socket.send('after');
    socket.send(new File(['file'], 'name'));
    socket.send(new Uint8Array([1]));
    await until(() => Native.last.sent.length === 5);
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(Native.last.sent).toEqual(['before', bytes('blob'), 'after', bytes('file'), new Uint8Array([1])]);
    socket.close();
  });

  it('counts as buffered while it is read', async () => {
    await open();
    socket.send(new Blob(['four']));
    socket.send('five!');
    expect(socket.bufferedAmount).toBe(9);
    await until(() => Native.last.sent.length === 2);
    expect(socket.bufferedAmount).toBe(0);
  });

  it('is sent before the close that follows it', async () => {
    await open();
    socket.send(new Blob(['blob']));
    socket.close(3001);
    expect(socket.readyState).toBe(2);
    await until(() => Native.last.sent.length === 2);
    expect(Native.last.sent.at(-1)).toBe('~close 3001');
  });

  it('leaves the way free when it has been sent', async () => {
    await open();
    socket.send(new Blob(['blob']));
    await until(() => Native.last.sent.length === 1);
    await endOfTurn();
    socket.send('a');
    await endOfTurn();
    expect(Native.last.sent).toHaveLength(2);
  });

  it('that cannot be read ends the connection: nothing may follow what is missing', async () => {
    await open();
    vi.spyOn(Response.prototype, 'arrayBuffer').mockRejectedValueOnce(new TypeError('The file is gone'));
    socket.send('before');
    socket.send(new Blob(['four']));
    socket.send('after');
    await until(() => seen.length > 0);
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    await endOfTurn();
    expect(Native.last.sent).toEqual(['before', '~close 1001']);
    expect(socket.bufferedAmount).toBe(9);
  });

  it('that cannot be read does not keep a close from being told', async () => {
    vi.spyOn(Response.prototype, 'arrayBuffer').mockRejectedValueOnce(new TypeError('The file is gone'));
    await open();
    socket.send(new Blob(['four']));
    socket.close(1000);
    await until(() => seen.length > 0);
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
  });

  it('that is read when the connection has ended goes nowhere', async () => {
    await open();
    socket.send(new Blob(['four']));
    Native.last.say('~close 1001');
    expect(socket.readyState).toBe(3);
    await new Promise(setImmediate);
    expect(Native.last.sent).not.toContainEqual(new TextEncoder().encode('four'));
    expect(socket.bufferedAmount).toBe(4);
  });
});

describe('messages', () => {
  it('are text, or Blobs by default', async () => {
    await open();
    Native.last.say('a');
    Native.last.say(new Uint8Array([1, 2]).buffer);
    expect(seen[0]).toEqual(['message', 'a']);
    const [, [, blob]] = seen as [unknown, [string, Blob]];
    expect(blob).toBeInstanceOf(Blob);
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([1, 2]);
  });

  it('are ArrayBuffers of exactly their bytes where that is asked for', async () => {
    await open();
    socket.binaryType = 'arraybuffer';
    Native.last.say('~more');
    Native.last.say(new Uint8Array([1]).buffer);
    Native.last.say(new Uint8Array([2]).buffer);
    const [[, data]] = seen as [[string, ArrayBuffer]];
    expect(data).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(data)]).toEqual([1, 2]);
  });

  it('keep a byte order mark', async () => {
    await open();
    Native.last.say('\ufeffa');
    expect(seen).toEqual([['message', '\ufeffa']]);
  });

  it('carry the origin of the server', async () => {
    await open();
    const origins: string[] = [];
    socket.onmessage = ({ origin }) => origins.push(origin);
    Native.last.say('a');
    expect(origins).toEqual(['wss://example.com']);
  });

  it('are not told once the socket is closing', async () => {
    await open();
    socket.close();
    Native.last.say('late');
    expect(seen).toEqual([]);
  });
});

describe('binaryType', () => {
  it('keeps its value where the new one is none', async () => {
    await connect(URL_);
    socket.binaryType = 'arraybuffer';
    socket.binaryType = 'nodebuffer' as BinaryType;
    expect(socket.binaryType).toBe('arraybuffer');
    socket.binaryType = 'blob';
    expect(socket.binaryType).toBe('blob');
  });
});

describe('close', () => {
  it.each([0, 999, 1001, 1005, 2999, 5000, 65_536, -1, Number.NaN, null, 'x', 1000.6, 2999.5 - 0.1])(
    'refuses the code %s',
    async (code) => {
      await open();
      expect(() => socket.close(code as number)).toThrow(exception('InvalidAccessError'));
      expect(socket.readyState).toBe(1);
    },
  );

  it.each([
    [1000, 1000],
    [3000, 3000],
    [4999, 4999],
    ['3001', 3001],
    [999.5, 1000],
    [1000.5, 1000],
    [2999.5, 3000],
    [3000.5, 3000],
    [3001.5, 3002],
    [4999.4, 4999],
  ])('takes the code %s for %i ([Clamp])', async (code, expected) => {
    await open();
    socket.close(code as number);
    await endOfTurn();
    expect(Native.last.sent).toEqual([`~close ${expected}`]);
  });

  it('takes a reason of 123 bytes and refuses one more', async () => {
    await open();
    expect(() => socket.close(3000, 'x'.repeat(124))).toThrow(exception('SyntaxError'));
    const umlauts = 'ä'.repeat(61);
    expect(() => socket.close(3000, `${umlauts}xx`)).toThrow(exception('SyntaxError'));
    expect(socket.readyState).toBe(1);
    expect(utf8ByteLength(`${umlauts}x`)).toBe(123);
    socket.close(3000, `${umlauts}x`);
    await endOfTurn();
    expect(Native.last.sent).toEqual([`~close 3000 ${umlauts}x`]);
  });

  it('counts an unpaired surrogate in a reason as the three bytes it becomes', async () => {
    await open();
    expect(() => socket.close(3000, '\ud800'.repeat(42))).toThrow(exception('SyntaxError'));
    socket.close(3000, '\ud800'.repeat(41));
    await endOfTurn();
    expect(Native.last.sent).toEqual([`~close 3000 ${'\ufffd'.repeat(41)}`]);
  });

  it('checks its arguments whatever the state', async () => {
    await open();
    socket.close();
    expect(() => socket.close(1)).toThrow(exception('InvalidAccessError'));
    expect(() => socket.close(1000, 'x'.repeat(124))).toThrow(exception('SyntaxError'));
  });

  it('sends neither code nor reason where there is no code', async () => {
    await open();
    socket.close(undefined, 'reason');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~close']);
  });

  it('is told with the code and the reason of the server, once', async () => {
    await open();
    socket.close(3000, 'mine');
    socket.close(3001, 'second thoughts');
    expect(socket.readyState).toBe(2);
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~close 3000 mine']);
    Native.last.say('~ack 1');
    Native.last.say('~close 3000 theirs');
    expect(seen).toEqual([['close', 3000, 'theirs', true]]);
    expect(socket.readyState).toBe(3);
    expect(Native.last.closedWith).toEqual([1000]);
    expect(vi.getTimerCount()).toBe(0);
    socket.close();
    Native.last.end();
    expect(seen).toHaveLength(1);
  });

  it('may come from the server', async () => {
    await open();
    Native.last.say('~close 4000 over');
    expect(seen).toEqual([['close', 4000, 'over', true]]);
    expect(socket.readyState).toBe(3);
  });

  it('is 1005 where the server gives no code', async () => {
    await open();
    Native.last.say('~close');
    expect(seen).toEqual([['close', 1005, '', true]]);
  });

  it('comes after an error where the session is gone', async () => {
    await open();
    Native.last.say('~gone');
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    expect(socket.readyState).toBe(3);
  });

  it('finds the state closed in its event already', async () => {
    await open();
    const states: number[] = [];
    socket.onerror = () => states.push(socket.readyState);
    socket.onclose = () => states.push(socket.readyState);
    Native.last.say('~gone');
    await afterPromises();
    expect(states).toEqual([3, 3]);
  });
});

describe('close while connecting', () => {
  beforeEach(() => connect(URL_));

  it('is an error and a close with 1006, in a turn of its own', async () => {
    socket.close(1000, 'never mind');
    expect(socket.readyState).toBe(2);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(0);
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    expect(socket.readyState).toBe(3);
  });

  it('is told to the server as soon as there is a way', async () => {
    socket.close();
    vi.advanceTimersByTime(0);
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~close 1001']);
    Native.last.say('~ack 1');
    Native.last.say('~close 1001');
    expect(Native.last.closedWith).toEqual([1000]);
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('wins over an opening that comes in between', async () => {
    socket.close();
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    vi.advanceTimersByTime(0);
    await endOfTurn();
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    expect(Native.last.sent).toEqual(['~close 1001']);
  });

  it('leaves no native socket of another server open', async () => {
    socket.close();
    Native.last.open('chat');
    expect(Native.last.closedWith).toBeDefined();
    vi.advanceTimersByTime(0);
    Native.last.end();
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
  });

  it('may come from within a listener to the log', async () => {
    socket.addEventListener('holdfast', () => socket.close());
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    vi.advanceTimersByTime(0);
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
  });
});

describe('handler attributes', () => {
  it('are called for their events', async () => {
    await connect(URL_);
    const calls: string[] = [];
    socket.onopen = () => calls.push('open');
    socket.onmessage = ({ data }) => calls.push(data);
    socket.onerror = () => calls.push('error');
    socket.onclose = ({ code }) => calls.push(String(code));
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    Native.last.say('a');
    Native.last.say('~gone');
    await afterPromises();
    expect(calls).toEqual(['open', 'a', 'error', '1006']);
  });

  it('may send and close from within', async () => {
    await connect(URL_);
    socket.onopen = () => socket.send('first');
    socket.onmessage = ({ data }) => {
      socket.send(`re: ${data}`);
      socket.close(3000);
    };
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    Native.last.say('a');
    Native.last.say('b');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['first', 're: a', '~close 3000']);
  });

  it('that throw do not break what comes afterwards', async () => {
    // Node tells of them as uncaught; the test runner must not hear it.
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    try {
      await connect(URL_);
      const fail = (): never => {
        throw new Error('a bug of the application');
      };
      Object.assign(socket, { onopen: fail, onmessage: fail, onerror: fail, onclose: fail });
      Native.last.open();
      Native.last.say('~attached {"attach":1,"received":0}');
      Native.last.say('a');
      Native.last.say('b');
      Native.last.say('~gone');
      await afterPromises();
      expect(seen).toEqual(['open', ['message', 'a'], ['message', 'b'], 'error', ['close', 1006, '', false]]);
      vi.useRealTimers();
      await until(() => uncaught.mock.calls.length === 5);
    } finally {
      process.off('uncaughtException', uncaught);
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });
});

describe('a server that is not Holdfast', () => {
  it('opens natively, and hears what is sent from within the event', async () => {
    await connect(URL_, 'chat');
    socket.onopen = () => socket.send('hello');
    Native.last.open('chat');
    expect(seen).toEqual(['open']);
    expect(socket).toMatchObject({ readyState: 1, protocol: 'chat', transport: 'websocket' });
    expect(Native.last.sent).toEqual(['hello']);
  });

  it('has its first message told after the opening', async () => {
    await connect(URL_);
    Native.last.open();
    Native.last.say('welcome');
    expect(seen).toEqual(['open']);
    await until(() => seen.length > 1);
    expect(seen).toEqual(['open', ['message', 'welcome']]);
    expect(socket.protocol).toBe('');
  });

  it('closes as a native socket does', async () => {
    await connect(URL_);
    Native.last.open();
    Native.last.say('welcome');
    socket.close(3000, 'bye');
    expect(Native.last.closedWith).toEqual([3000, 'bye']);
    Native.last.end(3000, 'bye', true);
    await until(() => seen.length > 1);
    expect(seen.at(-1)).toEqual(['close', 3000, 'bye', true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is spoken to natively from the beginning the next time', async () => {
    await connect(URL_, 'chat');
    Native.last.open('chat');
    Native.forget();
    await connect(`${URL_}?again`, 'chat');
    expect(Native.last.protocols).toEqual(['chat']);
    Native.last.open('chat');
    expect(socket.readyState).toBe(1);
    Native.last.end(1000, '', true);
    expect(recall(URL_)).toBe('plain');
  });

  it('gets a session after all where it was remembered and does not open natively', async () => {
    remember(URL_, 'plain');
    await connect(URL_);
    expect(Native.last.protocols).toEqual([]);
    Native.last.end();
    await endOfTurn();
    expect(seen).toEqual([]);
    expect(recall(URL_)).toBeUndefined();
    expect(Native.instances).toHaveLength(2);
    expect(Native.last.protocols).toHaveLength(1);
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    expect(seen).toEqual(['open']);
  });

  it('is let go where the application closed in the meantime', async () => {
    remember(URL_, 'plain');
    await connect(URL_);
    socket.close();
    vi.advanceTimersByTime(0);
    await afterPromises();
    expect(seen).toEqual(['error', ['close', 1006, '', false]]);
    Native.last.open();
    expect(Native.last.closedWith).toBeDefined();
    expect(Native.instances).toHaveLength(1);
  });
});

describe('in a Node that has neither WebSocket nor CloseEvent', () => {
  it('opens by long polling, sends, receives and closes', async () => {
    vi.stubGlobal('WebSocket', undefined);
    vi.stubGlobal('CloseEvent', undefined);
    vi.resetModules();
    const { WebSocket: Fresh } = await import('../src/full.ts');
    const answers = [
      ['~attached {"attach":1,"received":0,"protocol":"","maxBodyBytes":100000}'], // to the attach
      ['~attached {"attach":1,"received":0}', '~from 0', 'hello'], // to a poll
    ];
    const bodies: unknown[] = [];
    vi.stubGlobal('fetch', (_: string, { body }: { readonly body: Uint8Array }) => {
      bodies.push(...readBody(body).slice(1));
      const answer = answers.shift();
      if (answer === undefined) return new Promise(() => {});
      const headers = { 'content-type': 'application/octet-stream' };
      return Promise.resolve(new Response(writeBody(...answer), { headers }));
    });
    socket = new Fresh('ws://example.com/');
    listen(socket);
    vi.useRealTimers();
    socket.onmessage = ({ data }) => socket.send(`re: ${data}`);
    await until(() => bodies.length > 0);
    expect(seen).toEqual(['open', ['message', 'hello']]);
    expect(bodies).toEqual(['~from 0', 're: hello']);
    expect(socket.transport).toBe('long-polling');
  });
});

describe('statistics', () => {
  it('are there in every state', async () => {
    await connect(URL_);
    expect(socket.getStats()).toMatchObject({ transport: null, attempts: [{ outcome: 'pending' }] });
    Native.last.open();
    Native.last.say('~attached {"attach":1,"received":0}');
    socket.send('abc');
    await endOfTurn();
    expect(socket.getStats()).toMatchObject({ transport: 'websocket', sent: { messages: 1, bytes: 3 } });
    Native.last.say('~gone');
    expect(socket.getStats()).toMatchObject({ transport: null });
    expect(socket.transport).toBeNull();
  });
});
