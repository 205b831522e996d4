/**
 * The contract of WebSocketStream (whatwg/websockets, pull request 48), as cases that run in a page against any class of that name. What
 * the server does is asked for by messages (server/obey.mjs).
 */

/**
 * @typedef {object} Subject what is tested
 * @property {typeof import('@holdfast/client/stream').WebSocketStream} WebSocketStream
 * @property {typeof import('@holdfast/client/stream').WebSocketError} WebSocketError
 * @property {string} url of a server that obeys
 * @property {string} nowhere a URL at which nobody listens
 * @property {object} options of our own class
 */

/** @typedef {(subject: Subject) => unknown} Case throws, or rejects, where the contract is broken */

/** A case that takes longer hangs, in ms: on a machine that is busy, too. */
const PATIENCE_MS = 20_000;

/**
 * Runs all cases, one after the other.
 *
 * @param {Subject} subject
 * @returns {Promise<Record<string, string>>} of those that failed, why
 */
export async function runCases(subject) {
  /** @type {Record<string, string>} */
  const failed = {};
  for (const [name, run] of Object.entries(cases)) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const tooLong = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('takes too long')), PATIENCE_MS);
    });
    try {
      await Promise.race([run(subject), tooLong]);
    } catch (error) {
      failed[name] = String(error instanceof Error ? error.stack : error);
    }
    clearTimeout(timer);
  }
  return failed;
}

/** @type {Record<string, Case>} */
const cases = {
  async 'has the shape that WebIDL gives it'({ WebSocketStream, WebSocketError, ...subject }) {
    const stream = open({ WebSocketStream, WebSocketError, ...subject });
    equal([WebSocketStream.name, WebSocketStream.length], ['WebSocketStream', 1]);
    equal([WebSocketError.name, WebSocketError.length], ['WebSocketError', 0]);
    equal(String(stream), '[object WebSocketStream]');
    for (const name of ['url', 'opened', 'closed', 'close']) {
      const descriptor = Object.getOwnPropertyDescriptor(WebSocketStream.prototype, name);
      equal([name, descriptor?.enumerable, descriptor?.configurable], [name, true, true]);
    }
    equal(Object.keys(stream), []);
    equal(stream.close.length, 0);
    throws(() => /** @type {any} */ (WebSocketStream)(stream.url), 'TypeError');
    equal(stream.opened instanceof Promise, true);
    await end(stream);
  },

  'wants a URL, subprotocols and a signal that are some'({ WebSocketStream, url }) {
    /** @param {any[]} args */
    const construct = (...args) => Reflect.construct(WebSocketStream, args);
    throws(() => construct(), 'TypeError');
    throws(() => construct('invalid:'), 'SyntaxError');
    throws(() => construct(`${url}#fragment`), 'SyntaxError');
    throws(() => construct(url, true), 'TypeError');
    throws(() => construct(url, { protocols: 'chat' }), 'TypeError');
    throws(() => construct(url, { protocols: ['a', 'a'] }), 'SyntaxError');
    throws(() => construct(url, { protocols: ['a b'] }), 'SyntaxError');
    throws(() => construct(url, { signal: 'now' }), 'TypeError');
    throws(() => construct(url, { signal: null }), 'TypeError');
  },

  async 'tells its URL as it is parsed'(subject) {
    const { href } = new URL(subject.url);
    const stream = open({ ...subject, url: href.replace('ws', 'http') });
    equal(stream.url, href);
    await end(stream);
  },

  async 'opens with two streams, the subprotocol and the extensions'(subject) {
    const stream = open(subject, { protocols: ['v2'] });
    const { readable, writable, extensions, protocol } = await stream.opened;
    equal([readable instanceof ReadableStream, writable instanceof WritableStream], [true, true]);
    equal([extensions, protocol], ['', 'v2']);
    await end(stream);
  },

  async 'echoes text and binary of every kind'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    const bytes = new Uint8Array([1, 2, 3, 4, 5]);
    const messages = ['', 'ü ☃ 😀', new Uint8Array(0), bytes, bytes.subarray(1, 3), bytes.buffer];
    const expected = ['', 'ü ☃ 😀', [], [1, 2, 3, 4, 5], [2, 3], [1, 2, 3, 4, 5]];
    const seen = [];
    for (const message of messages) {
      await writer.write(message);
      const { value } = await reader.read();
      seen.push(typeof value === 'string' ? value : bytesOf(value));
    }
    equal(seen, expected);
    void writer.write(new DataView(bytes.buffer, 2, 2));
    equal(bytesOf((await reader.read()).value), [3, 4]);
    await end(stream);
  },

  async 'gives binary messages as Uint8Arrays'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    void writable.getWriter().write(new ArrayBuffer(3));
    const { value } = await readable.getReader().read();
    equal(Object.prototype.toString.call(value), '[object Uint8Array]');
    await end(stream);
  },

  async 'sends as text whatever is no buffer'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    for (const [chunk, text] of [
      [42, '42'],
      [null, 'null'],
      [undefined, 'undefined'],
      [new Blob(['x']), '[object Blob]'],
      ['a \ud800 b', 'a \ufffd b'],
    ]) {
      void writer.write(/** @type {any} */ (chunk));
      equal((await reader.read()).value, text);
    }
    await end(stream);
  },

  async 'refuses what is no text either, and buffers that are shared or may be resized'(subject) {
    const chunks = [
      Symbol('none'),
      {
        toString() {
          return this;
        },
      },
      // @ts-expect-error ES2024
      new ArrayBuffer(4, { maxByteLength: 8 }),
      // @ts-expect-error ES2024
      new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 })),
    ];
    for (const chunk of chunks) {
      const stream = open(subject);
      const { writable } = await stream.opened;
      const writer = writable.getWriter();
      await rejects(writer.write(/** @type {any} */ (chunk)), 'TypeError');
      await rejects(writer.write('more'), 'TypeError');
      await end(stream);
    }
  },

  async 'sends a buffer as it was when it was written'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    const bytes = new Uint8Array([1, 2, 3]);
    const written = writable.getWriter().write(bytes);
    await written;
    bytes.fill(9);
    equal(bytesOf((await readable.getReader().read()).value), [1, 2, 3]);
    await end(stream);
  },

  async 'closes with the code and the reason that it is given'(subject) {
    for (const [info, code, reason] of /** @type {[any, number, string][]} */ ([
      [{ closeCode: 3456, reason: 'pizza' }, 3456, 'pizza'],
      [{ closeCode: 3456.4, reason: 'ロボット' }, 3456, 'ロボット'],
      [undefined, 1005, ''],
      [{}, 1005, ''],
      [{ reason: '' }, 1005, ''],
      [{ reason: 'non-empty' }, 1000, 'non-empty'],
    ])) {
      const stream = open(subject);
      await stream.opened;
      stream.close(info);
      equal(await stream.closed, { closeCode: code, reason });
    }
  },

  async 'refuses to close with another code, a longer reason, and what is no object'(subject) {
    const stream = open(subject);
    await stream.opened;
    throws(() => stream.close(/** @type {any} */ (true)), 'TypeError');
    for (const closeCode of [0, 999, 1001, 2999, 5000, 70_000, Number.NaN])
      throws(() => stream.close({ closeCode }), 'InvalidAccessError');
    throws(() => stream.close({ reason: '.'.repeat(124) }), 'SyntaxError');
    throws(() => stream.close({ closeCode: 1000, reason: 'ü'.repeat(62) }), 'SyntaxError');
    await end(stream);
  },

  async 'rejects both promises when it is closed before it is open'(subject) {
    const stream = open(subject);
    stream.close();
    const why = await rejects(stream.opened, 'WebSocketError');
    const how = await rejects(stream.closed, 'WebSocketError');
    equal([why.closeCode, why.reason, how.closeCode], [null, '', 1006]);
  },

  async 'rejects both promises where nobody listens'(subject) {
    const stream = open({ ...subject, url: subject.nowhere });
    const why = await rejects(stream.opened, 'WebSocketError');
    const how = await rejects(stream.closed, 'WebSocketError');
    equal([why.constructor === subject.WebSocketError, why.closeCode, why.reason], [true, null, '']);
    equal([how.closeCode, how.reason], [1006, '']);
  },

  async 'sends what was written before it was closed, and nothing after'(subject) {
    const stream = open(subject);
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    const written = writer.write(new Uint8Array(3_000_000));
    stream.close({ closeCode: 4001 });
    const late = writer.write('late');
    await written;
    // It is thrown away, or refused where the server's answer was faster than it.
    await late.catch(({ name }) => equal(name, 'InvalidStateError'));
    equal((await stream.closed).closeCode, 4001);
  },

  async 'is not closed cleanly by a server that has not read what was written'(subject) {
    const stream = open(subject);
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    await writer.write('!deaf 200 4567');
    const written = writer.write(new Uint8Array(30_000_000)).then(
      () => 'written',
      () => 'lost',
    );
    equal((await rejects(stream.closed, 'WebSocketError')).closeCode, 4567);
    equal(await written, 'lost');
  },

  async 'closes without a code when its writer closes, which takes until that is done'(subject) {
    const stream = open(subject);
    const { writable } = await stream.opened;
    const writer = writable.getWriter();
    await writer.write('last');
    let isClosed = false;
    void stream.closed.then(() => {
      isClosed = true;
    });
    const closing = writer.close();
    equal(isClosed, false);
    await closing;
    equal(await stream.closed, { closeCode: 1005, reason: '' });
    await writer.closed;
  },

  async 'closes with what a WebSocketError says that cancels or aborts a stream, and nothing else'(subject) {
    const { WebSocketError } = subject;
    const other = Object.assign(new DOMException('yes', 'DataCloneError'), { closeCode: 1000, reason: 'no' });
    for (const [error, closeCode, reason] of /** @type {[any, number, string][]} */ ([
      [undefined, 1005, ''],
      [{ closeCode: 3333, reason: 'not an error' }, 1005, ''],
      [other, 1005, ''],
      [new WebSocketError('', { closeCode: 3333 }), 3333, ''],
      [new WebSocketError('', { closeCode: 3456, reason: 'set' }), 3456, 'set'],
      [new WebSocketError('', { reason: 'specified' }), 1000, 'specified'],
    ])) {
      const cancelled = open(subject);
      const { readable } = await cancelled.opened;
      await readable.cancel(error);
      equal(await cancelled.closed, { closeCode, reason });
      const aborted = open(subject);
      const { writable } = await aborted.opened;
      await writable.abort(error);
      equal(await aborted.closed, { closeCode, reason });
    }
  },

  async 'ends the writable in error when the readable is cancelled, and the readable when the writable is aborted'(
    subject,
  ) {
    const cancelled = open(subject);
    const one = await cancelled.opened;
    await one.readable.cancel();
    await cancelled.closed;
    await rejects(one.writable.getWriter().write('late'), 'InvalidStateError');
    const aborted = open(subject);
    const other = await aborted.opened;
    await other.writable.abort();
    await aborted.closed;
    equal((await other.readable.getReader().read()).done, true);
  },

  async 'tells the code and the reason of the server, and ends both streams'(subject) {
    for (const [command, closeCode, reason] of /** @type {[string, number, string][]} */ ([
      ['!close', 1005, ''],
      ['!close 1000', 1000, ''],
      ['!close 4000 a robot: ロボット', 4000, 'a robot: ロボット'],
    ])) {
      const stream = open(subject);
      const { readable, writable } = await stream.opened;
      const writer = writable.getWriter();
      await writer.write(command);
      equal(await stream.closed, { closeCode, reason });
      equal((await readable.getReader().read()).done, true);
      await rejects(writer.ready, 'InvalidStateError');
      await rejects(writer.write('late'), 'InvalidStateError');
    }
  },

  async 'has all that came before a close to be read'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    void writable.getWriter().write('!last 4000 20 1000');
    const numbers = await drain(readable);
    equal(numbers, range(20));
    equal((await stream.closed).closeCode, 4000);
  },

  async 'ends with one and the same error where the connection breaks'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    void writer.write('!terminate');
    const error = await rejects(stream.closed, 'WebSocketError');
    equal([error.constructor === subject.WebSocketError, error.closeCode, error.reason], [true, 1006, '']);
    equal(error === (await rejects(reader.read(), 'WebSocketError')), true);
    equal(error === (await rejects(writer.ready, 'WebSocketError')), true);
  },

  async 'has all that came before the connection broke to be read'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    void writable.getWriter().write('!cut 20 1000');
    await rejects(stream.closed, 'WebSocketError');
    const reader = readable.getReader();
    for (const number of range(20)) equal(numberOf((await reader.read()).value), number);
    await rejects(reader.read(), 'WebSocketError');
  },

  async 'is aborted by its signal before it begins'(subject) {
    const stream = open(subject, { signal: AbortSignal.abort() });
    await rejects(stream.opened, 'AbortError');
    await rejects(stream.closed, 'AbortError');
    stream.close();
  },

  async 'is aborted by its signal while it opens'(subject) {
    const controller = new AbortController();
    const stream = open(subject, { signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    await rejects(stream.opened, 'AbortError');
    await rejects(stream.closed, 'AbortError');
  },

  async 'is not aborted once it is open'(subject) {
    const controller = new AbortController();
    const stream = open(subject, { signal: controller.signal });
    const { readable, writable } = await stream.opened;
    controller.abort();
    void writable.getWriter().write('connected');
    equal((await readable.getReader().read()).value, 'connected');
    await end(stream);
  },

  async 'can be piped through itself'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    const source = new ReadableStream({
      start(controller) {
        for (const number of range(100)) controller.enqueue(`${number}`);
        controller.close();
      },
    });
    const written = source.pipeTo(writable, { preventClose: true });
    const seen = [];
    const reader = readable.getReader();
    while (seen.length < 100) seen.push(Number((await reader.read()).value));
    await written;
    equal(seen, range(100));
    await end(stream);
  },

  async 'carries many megabytes each way, read slowly'(subject) {
    const stream = open(subject);
    const { readable, writable } = await stream.opened;
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    const sent = (async () => {
      for (const number of range(64)) {
        await writer.ready;
        const message = new Uint8Array(100_000);
        new DataView(message.buffer).setUint32(0, number);
        void writer.write(message);
      }
    })();
    const seen = [];
    while (seen.length < 64) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(numberOf((await reader.read()).value));
    }
    await sent;
    equal(seen, range(64));
    await end(stream);
  },

  'has an error class that checks what it says'({ WebSocketError }) {
    const error = new WebSocketError('message', { closeCode: 4000, reason: 'reason' });
    equal([error.name, error.code, error.message], ['WebSocketError', 0, 'message']);
    equal([error.closeCode, error.reason], [4000, 'reason']);
    equal([error instanceof DOMException, error instanceof Error], [true, true]);
    equal(Object.prototype.toString.call(error), '[object WebSocketError]');
    const empty = new WebSocketError();
    equal([empty.message, empty.closeCode, empty.reason], ['', null, '']);
    equal(new WebSocketError('', { reason: 'only' }).closeCode, 1000);
    for (const closeCode of [0, 999, 1001, 1005, 2999, 5000, 70_000])
      throws(() => new WebSocketError('', { closeCode }), 'InvalidAccessError');
    throws(() => new WebSocketError('', { reason: '.'.repeat(124) }), 'SyntaxError');
    throws(() => new WebSocketError('', /** @type {any} */ (true)), 'TypeError');
  },
};

/**
 * @param {Subject} subject
 * @param {object} [options]
 */
function open({ WebSocketStream, url, options: own }, options) {
  return new WebSocketStream(url, { ...own, ...options });
}

/** @param {InstanceType<Subject['WebSocketStream']>} stream */
async function end(stream) {
  stream.close();
  await stream.closed.catch(() => {});
}

/**
 * Reads to the end.
 *
 * @param {ReadableStream<string | Uint8Array>} readable
 * @returns {Promise<unknown[]>} texts, and the numbers of binary messages
 */
async function drain(readable) {
  const seen = [];
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    seen.push(typeof next.value === 'string' ? next.value : numberOf(next.value));
  }
  return seen;
}

/** @param {unknown} message binary, as a Uint8Array or an ArrayBuffer */
function bytesOf(message) {
  return [...new Uint8Array(/** @type {Uint8Array} */ (message))];
}

/** @param {unknown} message binary, which begins with its number */
function numberOf(message) {
  return new DataView(Uint8Array.from(bytesOf(message)).buffer).getUint32(0);
}

/** @param {number} count */
function range(count) {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * @param {unknown} actual
 * @param {unknown} expected as JSON
 */
function equal(actual, expected) {
  const [is, due] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== due) throw new Error(`${is} where ${due} is due`);
}

/**
 * @param {() => unknown} call
 * @param {string} name of what it throws
 */
function throws(call, name) {
  let error;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  equal(/** @type {Error | undefined} */ (error)?.name, name);
}

/**
 * @param {Promise<unknown>} promise
 * @param {string} name of what it is rejected with
 * @returns {Promise<import('@holdfast/client/stream').WebSocketError>} that
 */
async function rejects(promise, name) {
  const error = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  if (error?.name !== name) throw new Error(`${error} where a ${name} is due`);
  return error;
}
