/**
 * What every transport must do, written once. A transport is reached by really breaking the others, on the network (fault proxy)
 * or in the page (content security policy), and that it was reached is asserted by the socket and by what went
 * through the proxy. There are no exceptions so far: the three behave alike.
 */
import { createHash } from 'node:crypto';
import type { TransportName } from '@holdfast/client';
import type { LogEntry, Rule } from '@holdfast/faults';
import type { Page } from '@playwright/test';
import {
  type ConnectOptions,
  connect,
  createSocket,
  eventOf,
  eventTypes,
  openPage,
  type PageOptions,
  type PageSocket,
  reachTransport,
} from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import { binaryPayload, textPayload } from '../pages/payload.mjs';

/** How one transport is reached. */
export interface TransportCase {
  readonly transport: TransportName;
  /** What the network does to the others. */
  readonly rules: readonly Rule[];
  readonly page: PageOptions;
  /** Fails unless what went through the proxy, but for page loads, shows that this transport carried it. */
  readonly assertTraffic: (log: readonly LogEntry[]) => void;
}

const MIB = 1024 * 1024;

/** The borders of RFC 6455's lengths, then one of several fragments, then one of many bodies. */
const LENGTHS_BYTES = [0, 1, 125, 126, 65_535, 65_536, MIB, 16 * MIB];

const NUMBERED_MESSAGES = 10_000;

export function transportSuite({ transport, rules, page: pageOptions, assertTraffic }: TransportCase): void {
  test.describe(`a session on ${transport}`, () => {
    test.beforeEach(async ({ page, faultProxy }) => {
      await faultProxy.set(rules);
      await openPage(page, faultProxy.url, pageOptions);
    });

    test.afterEach(async ({ faultProxy }) => {
      assertTraffic((await faultProxy.log()).filter(({ kind }) => kind !== 'http'));
    });

    /** Open, and on the transport that is under test. */
    async function connectHere(page: Page, options: ConnectOptions): Promise<PageSocket> {
      const socket = await connect(page, options);
      await reachTransport(socket, transport);
      return socket;
    }

    for (const type of ['text', 'binary'] as const) {
      test(`echoes ${type} of every length from 0 bytes to 16 MiB`, async ({ page, server }) => {
        const socket = await connectHere(page, { app: 'echo' });
        for (const bytes of LENGTHS_BYTES) {
          const same = await socket.probe.evaluate((probe, [type, bytes]) => probe.echoes(type, bytes), [
            type,
            bytes,
          ] as const);
          expect(same, `${bytes} bytes`).toBe(true);
        }
        const { messages } = await server.connection(socket.name);
        expect(messages).toEqual(
          LENGTHS_BYTES.map((bytes) => {
            const payload = type === 'text' ? textPayload(bytes) : binaryPayload(bytes);
            return { type, bytes, sha256: createHash('sha256').update(payload).digest('hex') };
          }),
        );
        expect(await eventTypes(socket)).toEqual(['open']);
      });
    }

    test('delivers text as it is, also where it looks like a control', async ({ page }) => {
      const socket = await connectHere(page, { app: 'echo' });
      const texts = ['~', '~~', '~ack 7', '~close 1000', '~~more', 'ü', '\u0000', '\ufeffBOM', '😀~', '\n'];
      const echoed = await socket.probe.evaluate(async (probe, texts) => {
        for (const text of texts) probe.socket.send(text);
        const echoed: unknown[] = [];
        while (echoed.length < texts.length) echoed.push(await probe.next());
        return echoed;
      }, texts);
      expect(echoed).toEqual(texts);
    });

    test('keeps Blobs in order among other messages', async ({ page }) => {
      const socket = await connectHere(page, { app: 'echo' });
      const echoed = await socket.probe.evaluate(async (probe) => {
        const blob = new Blob(['a blob of ', new Uint8Array([50]), ' parts']);
        const bytes = new TextEncoder().encode('a view').subarray(2);
        const buffer = new TextEncoder().encode('a buffer').buffer;
        const messages = ['first', blob, 'second', bytes, new Blob([]), buffer, blob, 'last'];
        for (const message of messages) probe.socket.send(message);
        const echoed: string[] = [];
        while (echoed.length < messages.length) {
          const message = await probe.next();
          echoed.push(typeof message === 'string' ? message : `binary ${new TextDecoder().decode(message)}`);
        }
        return echoed;
      });
      expect(echoed).toEqual([
        'first',
        'binary a blob of 2 parts',
        'second',
        'binary view',
        'binary ',
        'binary a buffer',
        'binary a blob of 2 parts',
        'last',
      ]);
    });

    test('delivers binary messages as Blobs by default', async ({ page }) => {
      const socket = await connectHere(page, { app: 'echo' });
      const text = await socket.probe.evaluate(async ({ socket }) => {
        socket.binaryType = 'blob';
        const message = new Promise<MessageEvent>((resolve) => {
          socket.onmessage = resolve;
        });
        socket.send(new Uint8Array([104, 105]));
        const { data, origin } = await message;
        return [data instanceof Blob, await data.text(), origin];
      });
      const origin = new URL(page.url()).origin.replace('http', 'ws');
      expect(text).toEqual([true, 'hi', origin]);
    });

    test('carries 10,000 messages in order, each way at once', async ({ page, server }) => {
      const { name, probe } = await connectHere(page, { app: 'numbers' });
      await probe.evaluate((probe) => probe.startNumbers());
      await Promise.all([
        server.command(name, 'allow', NUMBERED_MESSAGES),
        probe.evaluate((probe, total) => probe.allowNumbers(total), NUMBERED_MESSAGES),
      ]);
      const all = { sent: NUMBERED_MESSAGES, received: NUMBERED_MESSAGES, mistake: null };
      await expect.poll(async () => (await server.connection(name)).numbers).toEqual(all);
      await expect.poll(() => probe.evaluate(({ numbers }) => numbers)).toEqual(all);
    });

    test('agrees on the subprotocol that the server chooses', async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'echo', protocols: ['v1', 'v2', 'v3'] });
      expect(await socket.probe.evaluate(({ socket }) => socket.protocol)).toBe('v2');
      expect((await server.connection(socket.name)).protocol).toBe('v2');
    });

    test('has no subprotocol where none was offered', async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'echo' });
      expect(await socket.probe.evaluate(({ socket }) => [socket.protocol, socket.extensions])).toEqual([
        '',
        '',
      ]);
      expect((await server.connection(socket.name)).protocol).toBe('');
    });

    test('closes from the page with code and reason, after all that was sent', async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'silent' });
      await socket.probe.evaluate(({ socket }) => {
        for (let sent = 0; sent < 50; sent++) socket.send(`${sent}`);
        socket.close(3001, 'enough ☃');
        socket.send('too late');
      });
      const close = await eventOf(socket, 'close');
      expect(close).toMatchObject({ code: 3001, wasClean: true, readyState: 3 });
      await expect
        .poll(async () => (await server.connection(socket.name)).closes)
        .toEqual([{ code: 3001, reason: 'enough ☃' }]);
      expect((await server.connection(socket.name)).messageCount).toBe(50);
      expect(await eventTypes(socket)).toEqual(['open', 'close']);
    });

    test('closes from the page without a code', async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'silent' });
      await socket.probe.evaluate(({ socket }) => socket.close());
      expect(await eventOf(socket, 'close')).toMatchObject({ code: 1005, reason: '', wasClean: true });
      await expect
        .poll(async () => (await server.connection(socket.name)).closes)
        .toEqual([{ code: 1005, reason: '' }]);
    });

    test('closes from the server with code and reason, after all that was sent', async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'echo' });
      await server.command(socket.name, 'send', 'last words');
      await server.command(socket.name, 'close', { code: 4002, reason: 'bye ☃' });
      const close = await eventOf(socket, 'close');
      expect(close).toEqual({ type: 'close', readyState: 3, code: 4002, reason: 'bye ☃', wasClean: true });
      expect(await socket.probe.evaluate(({ messages }) => messages)).toEqual(['last words']);
      expect(await eventTypes(socket)).toEqual(['open', 'close']);
      await expect
        .poll(async () => (await server.connection(socket.name)).closes)
        .toMatchObject([{ code: 4002 }]);
    });

    test('closes with 1006 after an error when the server terminates it', async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'echo' });
      await server.command(socket.name, 'terminate', null);
      const close = await eventOf(socket, 'close');
      expect(close).toEqual({ type: 'close', readyState: 3, code: 1006, reason: '', wasClean: false });
      expect(await eventTypes(socket)).toEqual(['open', 'error', 'close']);
      await expect
        .poll(async () => (await server.connection(socket.name)).closes)
        .toEqual([{ code: 1006, reason: '' }]);
    });

    test('goes through the ready states, and does not send while connecting', async ({ page }) => {
      const thrown = await page.evaluate(() => {
        const socket = new Holdfast.WebSocket('/socket?app=silent');
        const { readyState } = socket;
        try {
          socket.send('too early');
          return [readyState, 'nothing'];
        } catch (error) {
          return [readyState, (error as DOMException).name];
        } finally {
          socket.close();
        }
      });
      expect(thrown).toEqual([0, 'InvalidStateError']);
      const socket = await createSocket(page, { app: 'echo' });
      const states = await socket.probe.evaluate(async (probe) => {
        const { socket } = probe;
        await probe.event('open');
        const states = [socket.readyState];
        socket.close();
        states.push(socket.readyState);
        await probe.event('close');
        states.push(socket.readyState);
        return states;
      });
      expect(states).toEqual([1, 2, 3]);
      const seen = await socket.probe.evaluate(({ events }) => events.map(({ readyState }) => readyState));
      expect(seen).toEqual([1, 3]);
    });

    test('counts in bufferedAmount what is not sent yet', async ({ page }) => {
      const socket = await connectHere(page, { app: 'silent' });
      const [atOnce, atLast] = await socket.probe.evaluate(async (probe) => {
        const { socket } = probe;
        socket.send('€');
        socket.send(new Uint8Array(1_000_000));
        const atOnce = socket.bufferedAmount;
        await probe.until(() => socket.bufferedAmount === 0);
        return [atOnce, socket.bufferedAmount];
      });
      expect(atOnce).toBe(1_000_003);
      expect(atLast).toBe(0);
    });

    test("answers the server's ping by itself", async ({ page, server }) => {
      const socket = await connectHere(page, { app: 'echo' });
      await server.command(socket.name, 'ping', 'are you there?');
      await expect.poll(async () => (await server.connection(socket.name)).pongs).toEqual(['are you there?']);
      expect(await socket.probe.evaluate(({ messages }) => messages)).toEqual([]);
    });
  });
}

/** For `assertTraffic`. */
export function ofKind(log: readonly LogEntry[], kind: LogEntry['kind']): LogEntry[] {
  return log.filter((entry) => entry.kind === kind);
}
