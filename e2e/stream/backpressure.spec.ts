/**
 * Backpressure of a WebSocketStream, both ways: a reader that does not read holds up the server, which keeps what it has; a server that does
 * not read holds up the writer. On every transport, and with Chromium's own class beside ours.
 */
import { randomUUID } from 'node:crypto';
import type { WebSocketOpenInfo, WebSocketStream } from '@holdfast/client/stream';
import type { Rule } from '@holdfast/faults';
import type { JSHandle, Page } from '@playwright/test';
import { openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import type { TestServer } from '../harness/test-server.ts';

const MESSAGE_BYTES = 32 * 1024;
/** 16 MiB: twice what all buffers hold between an application and the other: TCP's, one held answer, what either end lets wait. */
const MESSAGES = 512;
/** On a WebSocket those are the browser's too. */
const WEBSOCKET_MESSAGES = 1024;

/** On a machine that is busy another transport might else get through first. */
function refused(...kinds: ('upgrade' | 'fetch' | 'form')[]): readonly Rule[] {
  return [{ match: { kind: kinds }, fault: { type: 'refuse', status: 403 } }];
}

const WAYS = [
  { name: "Chromium's own", transport: undefined, rules: [], page: {} },
  { name: 'ours on websocket', transport: 'websocket', rules: refused('fetch', 'form'), page: {} },
  {
    name: 'ours on long-polling',
    transport: 'long-polling',
    rules: refused('upgrade', 'form'),
    page: {},
  },
  { name: 'ours on iframe', transport: 'iframe', rules: [], page: { csp: 'strict' } },
] as const;

interface Opened {
  readonly name: string;
  readonly stream: JSHandle<{ readonly stream: WebSocketStream; readonly info: WebSocketOpenInfo }>;
}

async function open(page: Page, base: string, isNative: boolean): Promise<Opened> {
  const name = randomUUID();
  const stream = await page.evaluateHandle(
    async ([base, name, isNative]) => {
      const ours = await import(`${base}/client/stream.mjs`);
      const { WebSocketStream } = (isNative ? globalThis : ours) as typeof ours;
      const url = `${base.replace('http', 'ws')}/socket?app=silent&name=${name}`;
      const stream: WebSocketStream = new WebSocketStream(url);
      return { stream, info: await stream.opened };
    },
    [base, name, isNative] as const,
  );
  return { name, stream };
}

/** How far it has come when some pings and pongs have gone between two looks, and nothing else. */
async function standstill(look: () => Promise<number>, roundTrip: () => Promise<void>): Promise<number> {
  let seen = await look();
  await expect
    .poll(async () => {
      const before = seen;
      for (let count = 0; count < 3; count++) await roundTrip();
      seen = await look();
      return seen > 0 && seen === before;
    })
    .toBe(true);
  return seen;
}

for (const { name: way, transport, rules, page: pageOptions } of WAYS) {
  const isNative = transport === undefined;
  const messages = isNative || transport === 'websocket' ? WEBSOCKET_MESSAGES : MESSAGES;

  test.describe(`backpressure of a WebSocketStream, ${way}`, () => {
    /** There and back, past what is held up. Chromium's own reads no ping either: there the test's own way has to do. */
    async function roundTrip(server: TestServer, name: string): Promise<void> {
      const { pongs } = await server.connection(name);
      if (isNative) return;
      await server.command(name, 'ping', `${pongs.length}`);
      await expect
        .poll(async () => (await server.connection(name)).pongs.length)
        .toBeGreaterThan(pongs.length);
    }

    test.beforeEach(async ({ page, faultProxy }) => {
      await faultProxy.set(rules);
      await openPage(page, faultProxy.url, pageOptions);
    });

    test('holds the server up while nobody reads', async ({ page, faultProxy, server }) => {
      const { name, stream } = await open(page, faultProxy.url, isNative);
      await server.command(name, 'flood', { count: messages, bytes: MESSAGE_BYTES });
      const flooded = async (): Promise<number> => (await server.connection(name)).flooded;
      expect(await standstill(flooded, () => roundTrip(server, name))).toBeLessThan(messages / 2);
      if (!isNative) {
        expect(await stream.evaluate(({ stream }) => stream.transport)).toBe(transport);
        // Whatever was said of it is lost with the connection.
        expect(await faultProxy.cut({ match: { path: '/socket' } })).toBeGreaterThan(0);
        await expect.poll(() => stream.evaluate(({ stream }) => stream.getStats()?.migrations)).toBe(1);
        expect(await standstill(flooded, () => roundTrip(server, name))).toBeLessThan(messages / 2);
      }

      const numbers = await stream.evaluate(async ({ info }, count) => {
        const reader = info.readable.getReader();
        const numbers: number[] = [];
        while (numbers.length < count) {
          const { value } = await reader.read();
          numbers.push(
            new DataView(Uint8Array.from(new Uint8Array(value as Uint8Array)).buffer).getUint32(0),
          );
        }
        return numbers;
      }, messages);
      expect(numbers).toEqual(Array.from({ length: messages }, (_, number) => number));
    });

    test('holds the writer up while the server does not read', async ({ page, faultProxy, server }) => {
      const { name, stream } = await open(page, faultProxy.url, isNative);
      await server.command(name, 'pause', null);
      const writing = await stream.evaluateHandle(
        ({ info }, [count, bytes]) => {
          const writing = { written: 0 };
          const write = async (): Promise<void> => {
            const writer = info.writable.getWriter();
            for (; writing.written < count; writing.written++) await writer.write(new Uint8Array(bytes));
          };
          return Object.assign(writing, { done: write() });
        },
        [messages, MESSAGE_BYTES] as const,
      );
      const written = (): Promise<number> => writing.evaluate(({ written }) => written);
      expect(await standstill(written, () => roundTrip(server, name))).toBeLessThan(messages / 2);
      await server.command(name, 'resume', null);
      await writing.evaluate(({ done }) => done);
      await expect.poll(async () => (await server.connection(name)).messageCount).toBe(messages);
    });
  });
}
