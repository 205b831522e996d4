/** §3.1 `send()` and §4: what is sent and what is received, as it is. Everything goes to the server and back. */
import { equals, holds, is, throwsJust, throwsTypeError } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

const MIB = 1024 * 1024;

/** The borders of RFC 6455's lengths, and beyond a fragment. */
const LENGTHS_BYTES = [1, 2, 125, 126, 127, 65_535, 65_536, MIB];

const TEXTS = {
  'of ASCII': 'hello',
  'that is empty': '',
  'of NUL': '\0',
  'of every Latin-1 character': Array.from({ length: 256 }, (_, unit) => String.fromCharCode(unit)).join(''),
  'with line ends': 'a\nb\r\nc\rd\u2028e',
  'of two-byte characters': 'ßü',
  'of three-byte characters': '☃€',
  'of four-byte characters': '😀𝒳',
  'that begins with a BOM': '\ufeffBOM',
  'of noncharacters': '\ufffe\uffff\u{1ffff}\u{10ffff}',
  'of combining characters': 'e\u0301 \u202eabc',
  'that looks like a number': '0',
  'that looks like an object': '[object Object]',
  'that begins with a tilde': '~ack 1',
};

/** Unpaired surrogates, and what a USVString makes of them (WebIDL §3.2.13). */
const SURROGATES = {
  '\ud800': '\ufffd',
  '\udc00': '\ufffd',
  'a\ud800b': 'a\ufffdb',
  '\udc00\ud800': '\ufffd\ufffd',
  '\ud800\ud800\udc00': '\ufffd\u{10000}',
  '\ud83d\ude00\ude00': '😀\ufffd',
};

/** What is neither a Blob nor a buffer is a string. */
const CONVERTED = [
  { what: 'null', value: () => null, text: 'null' },
  { what: 'undefined', value: () => undefined, text: 'undefined' },
  { what: 'a number', value: () => -0, text: '0' },
  { what: 'a BigInt', value: () => 5n, text: '5' },
  { what: 'a boolean', value: () => false, text: 'false' },
  { what: 'a String object', value: () => new String('a'), text: 'a' },
  { what: 'an object', value: () => ({}), text: '[object Object]' },
  { what: 'an array', value: () => [1, [2, 3]], text: '1,2,3' },
  { what: 'an array of bytes', value: () => [104, 105], text: '104,105' },
  { what: 'an object with toString', value: () => ({ toString: () => 'mine' }), text: 'mine' },
  { what: 'a Date', value: () => new Date(Number.NaN), text: 'Invalid Date' },
  { what: 'a URL', value: () => new URL('ws://a/'), text: 'ws://a/' },
  { what: 'URLSearchParams', value: () => new URLSearchParams('a=1'), text: 'a=1' },
  { what: 'FormData', value: () => new FormData(), text: '[object FormData]' },
  { what: 'an object that calls itself a Blob', value: () => tagged('Blob'), text: '[object Blob]' },
  {
    what: 'an object that calls itself an ArrayBuffer',
    value: () => tagged('ArrayBuffer'),
    text: '[object ArrayBuffer]',
  },
  {
    what: 'an object that inherits from a Blob',
    value: () => Object.create(new Blob(['a'])),
    text: '[object Blob]',
  },
  {
    what: 'an object that inherits from an ArrayBuffer',
    value: () => Object.create(new ArrayBuffer(1)),
    text: '[object ArrayBuffer]',
  },
];

const BYTES = Uint8Array.of(0, 1, 2, 253, 254, 255, 128, 64);

/** Views of the same eight bytes. */
const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
];

export const messages = area('Messages', [
  Object.entries(TEXTS).map(([what, text]) =>
    clause(`a text ${what} arrives as it is`, async (stage) => {
      const { data } = await stage.echo(await stage.open(), text);
      is(data, text);
    }),
  ),
  Object.entries(SURROGATES).map(([given, expected]) =>
    clause(`${JSON.stringify(given)} is sent as ${JSON.stringify(expected)}`, async (stage) => {
      is((await stage.echo(await stage.open(), given)).data, expected);
    }),
  ),
  LENGTHS_BYTES.map((length) =>
    clause(`a text of ${length} bytes arrives as it is`, async (stage) => {
      const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(length / 26 + 1).slice(0, length);
      holds((await stage.echo(await stage.open(), text)).data === text, 'it is the same text');
    }),
  ),
  clause('a text whose characters lie across every border arrives as it is', async (stage) => {
    const text = `a${'☃😀'.repeat(100_000)}`;
    holds((await stage.echo(await stage.open(), text)).data === text, 'it is the same text');
  }),

  CONVERTED.map(({ what, value, text }) =>
    clause(`${what} is sent as a text`, async (stage) =>
      is((await stage.echo(await stage.open(), value())).data, text),
    ),
  ),
  clause('no argument is a TypeError', async (stage) => {
    const socket = await stage.open();
    throwsTypeError(() => Reflect.apply(socket.send, socket, []));
  }),
  clause('a Symbol is a TypeError', async (stage) => {
    const socket = await stage.open();
    throwsTypeError(() => Reflect.apply(socket.send, socket, [Symbol('a')]));
    is(socket.bufferedAmount, 0);
    is((await stage.echo(socket, 'goes on')).data, 'goes on');
  }),
  clause('what the conversion throws is thrown', async (stage) => {
    const socket = await stage.open();
    const error = new Error('mine');
    const given = {
      toString() {
        throw error;
      },
    };
    throwsJust(error, () => Reflect.apply(socket.send, socket, [given]));
  }),
  clause('send returns undefined', async (stage) => is((await stage.open()).send('a'), undefined)),
  clause('further arguments are passed over', async (stage) => {
    const socket = await stage.open();
    const answer = stage.event(socket, 'message');
    Reflect.apply(socket.send, socket, ['a', 'b', () => {}]);
    is((await answer).data, 'a');
  }),

  clause('an ArrayBuffer arrives byte for byte', async (stage) => {
    await expectBytes(stage, BYTES.slice().buffer, BYTES);
  }),
  VIEWS.map((View) =>
    clause(`a ${View.name} arrives byte for byte`, (stage) =>
      expectBytes(stage, Reflect.construct(View, [BYTES.slice().buffer]), BYTES),
    ),
  ),
  VIEWS.map((View) =>
    clause(`a ${View.name} of a part of its buffer is that part`, (stage) => {
      const buffer = new Uint8Array(24).fill(9);
      buffer.set(BYTES, 8);
      const length = 8 / ('BYTES_PER_ELEMENT' in View ? View.BYTES_PER_ELEMENT : 1);
      return expectBytes(stage, Reflect.construct(View, [buffer.buffer, 8, length]), BYTES);
    }),
  ),
  clause('an empty ArrayBuffer is an empty message', (stage) => expectBytes(stage, new ArrayBuffer(0), [])),
  clause('an empty view is an empty message', (stage) =>
    expectBytes(stage, new Uint8Array(BYTES.buffer, 8), []),
  ),
  clause('a Blob arrives byte for byte', (stage) => expectBytes(stage, new Blob([BYTES]), BYTES)),
  clause('a Blob of parts is one message', (stage) => {
    return expectBytes(
      stage,
      new Blob(['ab', new Uint8Array([1]), new Blob(['c'])], { type: 'text/plain' }),
      [97, 98, 1, 99],
    );
  }),
  clause('a slice of a Blob is that slice', (stage) =>
    expectBytes(stage, new Blob([BYTES]).slice(3, 5), [253, 254]),
  ),
  clause('a File arrives byte for byte', (stage) => expectBytes(stage, new File([BYTES], 'a.txt'), BYTES)),
  clause('an empty Blob is an empty message', (stage) => expectBytes(stage, new Blob([]), [])),
  LENGTHS_BYTES.map((length) =>
    clause(`a binary message of ${length} bytes arrives as it is`, async (stage) => {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) % 251);
      await expectBytes(stage, bytes, bytes);
    }),
  ),
  clause('a Blob of a MiB arrives as it is', async (stage) => {
    const bytes = Uint8Array.from({ length: MIB }, (_, index) => (index * 31) % 251);
    await expectBytes(stage, new Blob([bytes]), bytes);
  }),

  // "Get a copy of the bytes held by the buffer source" (WebIDL §3.2.25).
  clause('a buffer is sent as it was', async (stage) => {
    const bytes = BYTES.slice();
    const sent = expectBytes(stage, () => bytes, BYTES);
    await sent.sent;
    bytes.fill(9);
    await sent.arrived;
  }),
  clause('a buffer may be given away as soon as it was sent', async (stage) => {
    const bytes = BYTES.slice();
    const sent = expectBytes(stage, () => bytes, BYTES);
    await sent.sent;
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    is(bytes.length, 0);
    await sent.arrived;
  }),
  clause('a buffer that was given away holds no bytes', (stage) => {
    const { buffer } = BYTES.slice();
    structuredClone(buffer, { transfer: [buffer] });
    return expectBytes(stage, buffer, []);
  }),
  clause('a view of a buffer that was given away holds no bytes', (stage) => {
    const bytes = BYTES.slice();
    const view = new DataView(bytes.buffer);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return expectBytes(stage, view, []);
  }),

  clause('buffers and Blobs of another realm are what they are', async (stage) => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    try {
      const other = /** @type {typeof globalThis} */ (/** @type {unknown} */ (frame.contentWindow));
      const bytes = [1, 2, 3];
      await expectBytes(stage, other.Uint8Array.from(bytes), bytes);
      await expectBytes(stage, other.Uint8Array.from(bytes).buffer, bytes);
      await expectBytes(stage, new other.DataView(other.Uint8Array.from(bytes).buffer), bytes);
      await expectBytes(stage, new other.Blob([Uint8Array.from(bytes)]), bytes);
      await expectBytes(stage, new other.File([Uint8Array.from(bytes)], 'a'), bytes);
    } finally {
      frame.remove();
    }
  }),

  // Receiving (§4).
  clause('a text is a string', async (stage) =>
    is(typeof (await stage.echo(await stage.open(), 'a')).data, 'string'),
  ),
  clause('a binary message is a Blob by default', async (stage) => {
    const socket = await stage.open();
    socket.binaryType = 'blob';
    const { data } = await stage.echo(socket, BYTES);
    is(Object.getPrototypeOf(data), Blob.prototype);
    equals([data.size, data.type], [8, '']);
    equals([...new Uint8Array(await data.arrayBuffer())], [...BYTES]);
  }),
  clause('an empty binary message is an empty Blob', async (stage) => {
    const socket = await stage.open();
    socket.binaryType = 'blob';
    const { data } = await stage.echo(socket, new ArrayBuffer(0));
    equals([data instanceof Blob, data.size], [true, 0]);
  }),
  clause('a binary message is an ArrayBuffer of its own where that is wanted', async (stage) => {
    const socket = await stage.open();
    const first = (await stage.echo(socket, BYTES)).data;
    const second = (await stage.echo(socket, BYTES)).data;
    is(Object.getPrototypeOf(first), ArrayBuffer.prototype);
    equals([first.byteLength, second.byteLength, first === second], [8, 8, false]);
  }),
  clause('messages that come together share no memory', async (stage) => {
    const socket = await stage.open();
    /** @type {ArrayBuffer[]} */
    const received = [];
    socket.onmessage = ({ data }) => {
      received.push(data);
      new Uint8Array(data).fill(0);
    };
    stage.ask(socket, { do: 'say-bytes', lengths: [3, 4, 5] });
    await stage.until(() => received.length === 3);
    equals(
      received.map(({ byteLength }) => byteLength),
      [3, 4, 5],
    );
    is(new Set(received).size, 3);
  }),
  clause('text is a string whatever the binaryType', async (stage) => {
    const socket = await stage.open();
    socket.binaryType = 'blob';
    is((await stage.echo(socket, 'a')).data, 'a');
  }),
  clause('binaryType may change from message to message', async (stage) => {
    const socket = await stage.open();
    /** @type {string[]} */
    const seen = [];
    for (const type of /** @type {const} */ (['blob', 'arraybuffer', 'blob'])) {
      socket.binaryType = type;
      seen.push(Object.prototype.toString.call((await stage.echo(socket, BYTES)).data));
    }
    equals(seen, ['[object Blob]', '[object ArrayBuffer]', '[object Blob]']);
  }),
  clause(
    'a binaryType that is set in a listener holds for the next message, though it may have come',
    async (stage) => {
      const socket = await stage.open();
      /** @type {string[]} */
      const seen = [];
      socket.onmessage = ({ data }) => {
        seen.push(Object.prototype.toString.call(data));
        socket.binaryType = socket.binaryType === 'blob' ? 'arraybuffer' : 'blob';
      };
      stage.ask(socket, { do: 'say-bytes', lengths: [1, 2, 3] });
      await stage.until(() => seen.length === 3);
      equals(seen, ['[object ArrayBuffer]', '[object Blob]', '[object ArrayBuffer]']);
    },
  ),
  clause('the event is a MessageEvent', async (stage) => {
    const event = await stage.echo(await stage.open(), 'a');
    is(Object.getPrototypeOf(event), MessageEvent.prototype);
    is(event.type, 'message');
  }),
  clause('the event neither bubbles nor can be cancelled', async (stage) => {
    const { bubbles, cancelable, composed, defaultPrevented } = await stage.echo(await stage.open(), 'a');
    equals([bubbles, cancelable, composed, defaultPrevented], [false, false, false, false]);
  }),
  clause('the event is at its target', async (stage) => {
    const socket = await stage.open();
    /** @type {unknown[]} */
    const seen = [];
    socket.onmessage = (event) =>
      seen.push(event.target === socket, event.currentTarget === socket, event.eventPhase);
    await stage.echo(socket, 'a');
    equals(seen, [true, true, 2]);
  }),
  clause('the event is trusted', async (stage) =>
    is((await stage.echo(await stage.open(), 'a')).isTrusted, true),
  ),
  clause('the origin is that of the URL', async (stage) => {
    is((await stage.echo(await stage.open(), 'a')).origin, `ws://${location.host}`);
  }),
  clause('there is no last event id', async (stage) =>
    is((await stage.echo(await stage.open(), 'a')).lastEventId, ''),
  ),
  clause('there is no source', async (stage) => is((await stage.echo(await stage.open(), 'a')).source, null)),
  clause('there are no ports, for good', async (stage) => {
    const { ports } = await stage.echo(await stage.open(), 'a');
    equals([ports.length, Object.isFrozen(ports), Array.isArray(ports)], [0, true, true]);
  }),
  clause('the data stays the same', async (stage) => {
    const event = await stage.echo(await stage.open(), BYTES);
    is(event.data, event.data);
  }),

  // Order.
  clause('messages arrive in order', async (stage) => {
    const socket = await stage.open();
    const sent = Array.from({ length: 500 }, (_, index) => `${index}`);
    /** @type {string[]} */
    const received = [];
    socket.onmessage = ({ data }) => received.push(data);
    for (const text of sent) socket.send(text);
    await stage.until(() => received.length === sent.length);
    equals(received, sent);
  }),
  clause('long and short messages arrive in order', async (stage) => {
    const socket = await stage.open();
    const lengths = [0, 100_000, 1, 300_000, 2, 70_000, 3];
    /** @type {number[]} */
    const received = [];
    socket.onmessage = ({ data }) => received.push(data.byteLength);
    for (const length of lengths) socket.send(new Uint8Array(length));
    await stage.until(() => received.length === lengths.length);
    equals(received, lengths);
  }),
  clause('a Blob keeps its place among other messages', async (stage) => {
    const socket = await stage.open();
    const blob = new Blob([new Uint8Array(100_000)]);
    const sent = ['a', blob, 'b', new Uint8Array(2), blob, new Blob([]), 'c', blob.slice(0, 7), 'd'];
    /** @type {unknown[]} */
    const received = [];
    socket.onmessage = ({ data }) => received.push(typeof data === 'string' ? data : data.byteLength);
    for (const message of sent) socket.send(message);
    await stage.until(() => received.length === sent.length);
    equals(received, ['a', 100_000, 'b', 2, 100_000, 0, 'c', 7, 'd']);
  }),
  clause('messages that cross each other are not mixed up', async (stage) => {
    const [a, b] = await Promise.all([stage.open(), stage.open()]);
    const [ofA, ofB] = [stage.record(a), stage.record(b)];
    for (let index = 0; index < 50; index++) {
      a.send(`a${index}`);
      b.send(`b${index}`);
    }
    await stage.until(() => ofA.length === 50 && ofB.length === 50);
    equals(
      ofA,
      Array.from({ length: 50 }, (_, index) => `message a${index}`),
    );
    equals(
      ofB,
      Array.from({ length: 50 }, (_, index) => `message b${index}`),
    );
  }),

  // The binary type (§3.1).
  clause('binaryType takes its two values', (stage) => {
    const socket = stage.create();
    for (const type of /** @type {const} */ (['arraybuffer', 'blob', 'arraybuffer'])) {
      socket.binaryType = type;
      is(socket.binaryType, type);
    }
  }),
  ['', 'Blob', 'ArrayBuffer', 'nodebuffer', 'text', ' blob', null, undefined, 0, {}, []].map((value) =>
    clause(`binaryType passes over ${JSON.stringify(value)}`, (stage) => {
      const socket = stage.create();
      socket.binaryType = 'arraybuffer';
      holds(Reflect.set(socket, 'binaryType', value), 'nothing is thrown');
      is(socket.binaryType, 'arraybuffer');
    }),
  ),
  clause('binaryType is converted to a string', (stage) => {
    const socket = stage.create();
    Reflect.set(socket, 'binaryType', { toString: () => 'arraybuffer' });
    is(socket.binaryType, 'arraybuffer');
    Reflect.set(socket, 'binaryType', ['blob']);
    is(socket.binaryType, 'blob');
  }),
  clause('a Symbol as binaryType is a TypeError', (stage) => {
    const socket = stage.create();
    throwsTypeError(() => Reflect.set(socket, 'binaryType', Symbol('blob')));
    is(socket.binaryType, 'blob');
  }),
  clause('what the conversion of a binaryType throws is thrown', (stage) => {
    const error = new Error('mine');
    const given = {
      toString() {
        throw error;
      },
    };
    throwsJust(error, () => Reflect.set(stage.create(), 'binaryType', given));
  }),
  clause('binaryType can be set when closed', async (stage) => {
    const socket = await stage.open();
    socket.close();
    await stage.event(socket, 'close');
    socket.binaryType = 'blob';
    is(socket.binaryType, 'blob');
  }),
]);

/**
 * Sends a binary message and expects its echo to hold these bytes.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @param {unknown} data or a function of it
 * @param {ArrayLike<number>} expected
 */
function expectBytes(stage, data, expected) {
  const opened = stage.open().then((socket) => {
    const answer = stage.event(socket, 'message');
    socket.send(typeof data === 'function' ? data() : data);
    return { answer };
  });
  const arrived = opened.then(async ({ answer }) => {
    const message = await answer;
    if (!(message.data instanceof ArrayBuffer)) throw new Error(`it is a text: ${message.data}`);
    const bytes = new Uint8Array(message.data);
    is(bytes.length, expected.length, 'the length');
    holds(
      bytes.every((byte, index) => byte === expected[index]),
      'the bytes are the same',
    );
  });
  return Object.assign(arrived, { arrived, sent: opened });
}

/** @param {string} name */
function tagged(name) {
  return { [Symbol.toStringTag]: name };
}
