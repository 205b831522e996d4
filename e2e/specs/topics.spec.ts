/**
 * What is published to a topic reaches every subscriber on whatever transport it is, in order and once.
 */
import { randomUUID } from 'node:crypto';
import { catalogue } from '@holdfast/faults';
import { connect, openPage, type PageSocket } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

const MESSAGES = 200;
/** Many fragments, and several bodies of a fallback. */
const LARGE_BYTES = 1_500_000;

/** Sends numbered messages, and a large one behind them. */
async function publish({ probe }: PageSocket): Promise<void> {
  await probe.evaluate(
    ({ socket }, [messages, bytes]) => {
      for (let number = 0; number < messages; number++) socket.send(`~ number ${number}`);
      socket.send(new Uint8Array(bytes).fill(7));
    },
    [MESSAGES, LARGE_BYTES] as const,
  );
}

/** What comes of that, in words. */
function received({ probe }: PageSocket): Promise<string[]> {
  return probe.evaluate(async (probe, messages) => {
    const words: string[] = [];
    while (words.length < messages + 1) {
      const data = await probe.next();
      if (typeof data === 'string') words.push(data);
      else words.push(`${data.byteLength} bytes, all ${[...new Set(new Uint8Array(data))]}`);
    }
    return words;
  }, MESSAGES);
}

test('publishes between sessions on WebSocket, long polling and iframe', async ({
  browser,
  faultProxy,
  server,
}) => {
  const topic = randomUUID();
  const context = await browser.newContext();
  const pages = [await context.newPage(), await context.newPage(), await context.newPage()] as const;
  await openPage(pages[0], server.url);
  const onWebSocket = await connect(pages[0], { app: 'topic', topic });

  await faultProxy.set(catalogue['upgrade refused 403']);
  await openPage(pages[1], faultProxy.url);
  const onLongPolling = await connect(pages[1], { app: 'topic', topic });
  await openPage(pages[2], faultProxy.url, { csp: 'strict' });
  const onIframe = await connect(pages[2], { app: 'topic', topic });
  const sockets = [onWebSocket, onLongPolling, onIframe];
  const transports = sockets.map(({ probe }) => probe.evaluate(({ transport }) => transport));
  expect(await Promise.all(transports)).toEqual(['websocket', 'long-polling', 'iframe']);

  const numbers = Array.from({ length: MESSAGES }, (_, number) => `~ number ${number}`);
  for (const publisher of sockets) {
    await publish(publisher);
    for (const other of sockets.filter((socket) => socket !== publisher)) {
      expect(await received(other)).toEqual([...numbers, `${LARGE_BYTES} bytes, all 7`]);
    }
    expect(await publisher.probe.evaluate(({ messages }) => messages.length)).toBe(0);
  }
  await context.close();
});
