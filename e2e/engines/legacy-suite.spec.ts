/**
 * `holdfast.legacy.js` in QtWebKit 5.212, an engine of 2016, on both fallbacks: with its WebSocket taken away, and with all that is newer
 * than ES5 taken away, too, as in older ones. Where that engine cannot be had, this is left out, and says so.
 */
import { randomUUID } from 'node:crypto';
import type { Rule } from '@holdfast/faults';
import { findQtWebKit, WITHOUT_QTWEBKIT } from '../../scripts/find-qtwebkit.mjs';
import { test as base, expect } from '../harness/test.ts';
import type { ConnectionReport } from '../server/reports.ts';
import { QtWebKit } from './qtwebkit.ts';

/** The borders of RFC 6455's lengths, then one of several fragments, then one of several bodies. */
const LENGTHS_BYTES = [0, 1, 125, 126, 65_535, 65_536, 200_000, 1024 * 1024];

/** More than any one body takes, on the way back as well. */
const MANY_MESSAGES = 2000;

const WITHOUT_FETCH: readonly Rule[] = [{ match: { kind: 'fetch' }, fault: { type: 'refuse', status: 403 } }];

const FALLBACKS = [
  { transport: 'long-polling', rules: [], kind: 'fetch' },
  { transport: 'iframe', rules: WITHOUT_FETCH, kind: 'form' },
] as const;

const test = base.extend<{ engine: QtWebKit }, { python: string | undefined }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  python: [async ({}, use) => use(await findQtWebKit()), { scope: 'worker' }],
  engine: async ({ python }, use) => {
    // biome-ignore lint/suspicious/noSkippedTests: it is left out where there is no such engine, and says so
    test.skip(python === undefined, WITHOUT_QTWEBKIT);
    const engine = await QtWebKit.start(python as string);
    await use(engine);
    await engine.stop();
  },
});

for (const [lacks, what] of [
  ['websocket', 'QtWebKit without WebSocket'],
  ['es2015', 'QtWebKit without anything newer than ES5'],
] as const) {
  for (const { transport, rules, kind } of FALLBACKS) {
    test.describe(`${what}, on ${transport}`, () => {
      let name: string;

      test.beforeEach(async ({ engine, faultProxy }) => {
        name = randomUUID();
        await faultProxy.set(rules);
        await engine.open(`${faultProxy.url}/legacy-page?lacks=${lacks}`);
      });

      test.afterEach(async ({ faultProxy }) => {
        expect(await faultProxy.log({ kind: 'upgrade' })).toEqual([]);
        // The second one may still be on its way.
        await expect
          .poll(async () => (await faultProxy.log({ kind })).filter(({ status }) => status === 200).length)
          .toBeGreaterThan(1);
      });

      /** Opens a socket, and waits until it is open on the transport that is under test. */
      async function connect(
        engine: QtWebKit,
        app: string,
        protocols: readonly string[] = [],
      ): Promise<void> {
        const args = JSON.stringify([`/socket?app=${app}&name=${name}`, protocols]).slice(1, -1);
        await engine.evaluate(`(probe = new LegacyProbe(${args}), true)`);
        await expect.poll(() => engine.evaluate('probe.events')).toEqual([seen('open', 1)]);
        expect(await engine.evaluate('[probe.socket.transport, probe.transports]')).toEqual([
          transport,
          [transport],
        ]);
      }

      test('echoes text and binary of every length from 0 bytes to 1 MiB', async ({ engine, server }) => {
        await connect(engine, 'echo');
        for (const type of ['text', 'binary'] as const) {
          await engine.evaluate(
            `(probe.messages = [], probe.send('${type}', ${JSON.stringify(LENGTHS_BYTES)}))`,
          );
          await expect
            .poll(() => engine.evaluate('probe.received'))
            .toEqual(LENGTHS_BYTES.map((bytes) => [type, bytes, true]));
        }
        expect((await server.connection(name)).messages.map(({ type, bytes }) => [type, bytes])).toEqual([
          ...LENGTHS_BYTES.map((bytes) => ['text', bytes]),
          ...LENGTHS_BYTES.map((bytes) => ['binary', bytes]),
        ]);
      });

      test('delivers text as it is, also where it looks like a control', async ({ engine }) => {
        await connect(engine, 'echo');
        const texts = ['~', '~~', '~ack 7', '~close 1000', 'ü', '\u0000', '\ufeffBOM', '😀~', '\n'];
        await engine.evaluate(
          `${JSON.stringify(texts)}.forEach(function (text) { probe.socket.send(text) })`,
        );
        await expect.poll(() => engine.evaluate('probe.messages')).toEqual(texts);
        await engine.evaluate(`(probe.messages = [], probe.socket.send('a\\ud800b\\ud83d\\ude00\\udc00'))`);
        await expect.poll(() => engine.evaluate('probe.messages')).toEqual(['a\ufffdb😀\ufffd']);
      });

      test('keeps Blobs in order among other messages', async ({ engine }) => {
        await connect(engine, 'echo');
        await engine.evaluate(`(
          probe.socket.send('first'),
          probe.socket.send(new Blob(['abc'])),
          probe.socket.send(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)),
          probe.socket.send('last'),
          probe.socket.bufferedAmount)`);
        await expect.poll(() => engine.evaluate('probe.messages.length')).toBe(4);
        const read = `typeof each === 'string' ? each : Array.prototype.slice.call(new Uint8Array(each))`;
        expect(await engine.evaluate(`probe.messages.map(function (each) { return ${read} })`)).toEqual([
          'first',
          [97, 98, 99],
          [2, 3],
          'last',
        ]);
      });

      test('delivers binary messages as Blobs by default', async ({ engine }) => {
        await connect(engine, 'echo');
        await engine.evaluate(`(probe.socket.binaryType = 'blob', probe.socket.send(new Uint8Array(5)))`);
        await expect
          .poll(() =>
            engine.evaluate('probe.messages.map(function (each) { return [String(each), each.size] })'),
          )
          .toEqual([['[object Blob]', 5]]);
      });

      test('carries many messages in order, while requests and answers are lost', async ({
        engine,
        server,
        faultProxy,
      }) => {
        await connect(engine, 'echo');
        await faultProxy.set([
          ...rules,
          { match: { kind, probability: 0.1, seed: 5 }, fault: 'lose-response' },
          { match: { kind, probability: 0.1, seed: 6 }, fault: 'lose-request' },
        ]);
        // In turns, so that many requests take part.
        await engine.evaluate(`(function () {
          var sent = 0;
          var timer = setInterval(function () {
            for (var count = 0; count < 40; count++) probe.socket.send(String(sent++));
            if (sent === ${MANY_MESSAGES}) clearInterval(timer);
          }, 5);
        })()`);
        await expect
          .poll(() => engine.evaluate('probe.messages.length'), { timeout: 40_000 })
          .toBe(MANY_MESSAGES);
        const numbers = Array.from({ length: MANY_MESSAGES }, (_, number) => String(number));
        expect(await engine.evaluate('probe.messages')).toEqual(numbers);
        expect((await server.connection(name)).messageCount).toBe(MANY_MESSAGES);
        expect(await engine.evaluate('probe.events')).toEqual([seen('open', 1)]);
      });

      test('agrees on the subprotocol that the server chooses', async ({ engine, server }) => {
        await connect(engine, 'echo', ['v1', 'v2']);
        expect(await engine.evaluate('probe.socket.protocol')).toBe('v2');
        expect((await server.connection(name)).protocol).toBe('v2');
      });

      test('closes from the page with code and reason, after all that was sent', async ({
        engine,
        server,
      }) => {
        await connect(engine, 'silent');
        await engine.evaluate(
          `(probe.socket.send('1'), probe.socket.send('2'), probe.socket.close(3001, 'enough ☃'))`,
        );
        await expect
          .poll(() => engine.evaluate('probe.events'))
          .toEqual([seen('open', 1), seen('close', 3, { code: 3001, reason: 'enough ☃', wasClean: true })]);
        await expect
          .poll(async () => closing(await server.connection(name)))
          .toEqual([2, { code: 3001, reason: 'enough ☃' }]);
      });

      test('closes from the server with code and reason', async ({ engine, server }) => {
        await connect(engine, 'echo');
        await server.command(name, 'send', 'last words');
        await server.command(name, 'close', { code: 4002, reason: 'bye ☃' });
        await expect
          .poll(() => engine.evaluate('probe.events'))
          .toEqual([seen('open', 1), seen('close', 3, { code: 4002, reason: 'bye ☃', wasClean: true })]);
        expect(await engine.evaluate('probe.messages')).toEqual(['last words']);
      });

      test('closes with 1006 after an error when the server terminates it', async ({ engine, server }) => {
        await connect(engine, 'echo');
        await server.command(name, 'terminate', null);
        await expect
          .poll(() => engine.evaluate('probe.events'))
          .toEqual([
            seen('open', 1),
            seen('error', 3),
            seen('close', 3, { code: 1006, reason: '', wasClean: false }),
          ]);
      });

      test('throws what the standard says', async ({ engine }) => {
        await connect(engine, 'silent');
        const thrown = (source: string): Promise<unknown> =>
          engine.evaluate(`(function () {
            try { ${source} } catch (error) { return [error.name, error.code, error instanceof DOMException] }
          })()`);
        expect(await thrown(`new Holdfast.WebSocket('/socket').send('too early')`)).toEqual([
          'InvalidStateError',
          11,
          true,
        ]);
        expect(await thrown('probe.socket.close(1001)')).toEqual(['InvalidAccessError', 15, true]);
        for (const url of ['ws://a b/', 'ws://', 'ws://h:65536/', 'ws://h/#x', 'ftp://h/', 'mailto:x'])
          expect(await thrown(`new Holdfast.WebSocket('${url}')`), url).toEqual(['SyntaxError', 12, true]);
        expect(await thrown(`new Holdfast.WebSocket('/', ['a', 'a'])`)).toEqual(['SyntaxError', 12, true]);
        expect(await thrown('new Holdfast.WebSocket()')).toEqual(['TypeError', null, false]);
      });
    });
  }
}

/** What the probe keeps of an event. */
function seen(type: string, readyState: number, more: object = {}): object {
  return { type, readyState, isTarget: true, ...more };
}

function closing({ messageCount, closes }: ConnectionReport): unknown[] {
  return [messageCount, ...closes];
}
