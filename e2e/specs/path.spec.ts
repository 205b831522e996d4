/**
 * What a path allows is learnt from what becomes of requests: whether it lets answers stream, for how long it lets one hang, how large a
 * body it takes, when it wants to be asked again. Nothing is lost while that is learnt, and the next page knows it.
 */
import { catalogue, type FaultProxy, type LogEntry, type Rule } from '@holdfast/faults';
import { connect, eventTypes, openPage, type PageSocket, reachTransport } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

/** A stream that is held back is noticed in this time, in ms. */
const NOTICED_MS = 1500;

/** What comes with the end of an answer comes sooner than that, in ms. */
const AT_ONCE_MS = 800;

/** An answer that ends so long after its beginning shows that nobody gathers it, in ms. */
const APART_MS = 200;

const HOLDS = {
  'all of it': 'hold',
  'its last chunk': 'hold-last-chunk',
} as const;

/** When each message came, in ms since the epoch. */
function listen({ probe }: PageSocket): Promise<void> {
  return probe.evaluate(({ socket }) => {
    globalThis.heard = [];
    socket.addEventListener('message', ({ data }) => globalThis.heard.push([data, Date.now()]));
  });
}

for (const [transport, blocked, kind] of [
  ['long-polling', catalogue['upgrade refused 403'], 'fetch'],
  ['iframe', catalogue['fetch refused'], 'form'],
] as const) {
  for (const [what, fault] of Object.entries(HOLDS)) {
    test(`notices on ${transport} that somebody holds a stream back, ${what}, and asks for none any more`, async ({
      page,
      faultProxy,
      server,
    }) => {
      await faultProxy.set(blocked);
      await openPage(page, faultProxy.url);
      const socket = await connect(page, { app: 'silent' });
      await reachTransport(socket, transport);
      await listen(socket);
      /** @returns after how many ms the page heard it */
      const say = async (text: string): Promise<number> => {
        const saidAt = Date.now();
        await server.command(socket.name, 'send', text);
        await page.waitForFunction((text) => globalThis.heard.some(([data]) => data === text), text);
        const heardAt = await page.evaluate(
          (text) => globalThis.heard.find(([data]) => data === text)?.[1],
          text,
        );
        return Number(heardAt) - saidAt;
      };
      // It learns that this path lets answers stream: each begins long before it ends.
      await waitForHeld(faultProxy, kind);
      await say('the end of an answer that was held');
      await waitForHeld(faultProxy, kind);
      await say('in a stream');

      const held: Rule = { match: { kind }, fault };
      await faultProxy.set([held], { group: 'middlebox' });
      const heldMs = await say('held back');
      expect(heldMs).toBeLessThanOrEqual(NOTICED_MS);
      // Else there was no stream.
      expect(heldMs).toBeGreaterThan(AT_ONCE_MS);
      expect(await say('polled')).toBeLessThan(AT_ONCE_MS);
      expect(await say('polled again')).toBeLessThan(AT_ONCE_MS);

      expect(await page.evaluate(() => globalThis.heard.map(([data]) => data))).toEqual([
        'the end of an answer that was held',
        'in a stream',
        'held back',
        'polled',
        'polled again',
      ]);
      expect(await eventTypes(socket)).toEqual(['open']);
    });
  }
}

/** Until a request hangs, and has for a while. */
async function waitForHeld(faultProxy: FaultProxy, kind: 'fetch' | 'form'): Promise<void> {
  await expect
    .poll(async () =>
      (await faultProxy.log({ kind })).some(
        ({ outcome, atMs }) => outcome === 'live' && Date.now() - atMs > APART_MS,
      ),
    )
    .toBe(true);
}

/** The requests of the fallbacks that are over, oldest first. */
async function answered(faultProxy: FaultProxy, from: number): Promise<LogEntry[]> {
  const fallbacks = (await faultProxy.log())
    .slice(from)
    .filter(({ kind }) => kind === 'fetch' || kind === 'form');
  return fallbacks.filter(({ outcome }) => outcome !== 'live');
}

/** Until enough answers have hung for as long as they were to. @returns how many were killed */
async function killedSince(faultProxy: FaultProxy, from: number): Promise<number> {
  await expect.poll(async () => (await answered(faultProxy, from)).length).toBeGreaterThan(HOLDS_LET_BE);
  return (await answered(faultProxy, from)).filter(({ faults }) => faults.includes('timeout')).length;
}

/** So many answers hang one after the other, and each is let be. */
const HOLDS_LET_BE = 6;

test('asks for shorter holds where answers that hang are killed, and so does the next page', async ({
  page,
  faultProxy,
}) => {
  await faultProxy.set(catalogue['requests killed after 1 s with 504']);
  await openPage(page, faultProxy.url);
  const socket = await connect(page, { app: 'echo' });
  await expect.poll(async () => (await faultProxy.log({ fault: 'timeout' })).length).toBeGreaterThan(0);
  expect(await killedSince(faultProxy, (await faultProxy.log()).length)).toBe(0);
  expect(await socket.probe.evaluate((probe) => probe.echoes('binary', 1000))).toBe(true);
  expect(await eventTypes(socket)).toEqual(['open']);

  const before = (await faultProxy.log()).length;
  await openPage(page, faultProxy.url);
  await connect(page, { app: 'silent' });
  expect(await killedSince(faultProxy, before)).toBe(0);
});

/** Less than one fragment; more than that is refused. */
const LIMIT_KIB = 20;
const TOO_LARGE: Rule = { match: { kind: ['fetch', 'form'] }, fault: { type: 'limit-body', kib: LIMIT_KIB } };

/** From 256 KiB down to what the path takes: it halves. */
const MOST_REFUSALS = 5;
const LARGE_BYTES = 600_000;

for (const [transport, blocked] of [
  ['long-polling', catalogue['upgrade refused 403']],
  ['iframe', catalogue['fetch refused']],
] as const) {
  test(`sends large messages in smaller pieces on ${transport} where large bodies are refused, and so does the next page`, async ({
    page,
    faultProxy,
  }) => {
    await faultProxy.set([...blocked, TOO_LARGE]);
    await openPage(page, faultProxy.url);
    const socket = await connect(page, { app: 'echo' });
    await reachTransport(socket, transport);
    const refusals = async (): Promise<number> => (await faultProxy.log({ fault: 'limit-body' })).length;
    for (const type of ['binary', 'text'] as const) {
      const same = await socket.probe.evaluate((probe, [type, bytes]) => probe.echoes(type, bytes), [
        type,
        LARGE_BYTES,
      ] as const);
      expect(same).toBe(true);
    }
    expect(await refusals()).toBeGreaterThan(0);
    expect(await refusals()).toBeLessThanOrEqual(MOST_REFUSALS);
    expect(await eventTypes(socket)).toEqual(['open']);

    const before = await refusals();
    await openPage(page, faultProxy.url);
    const next = await connect(page, { app: 'echo' });
    expect(await next.probe.evaluate((probe, bytes) => probe.echoes('binary', bytes), LARGE_BYTES)).toBe(
      true,
    );
    expect(await refusals()).toBe(before);
  });
}

for (const status of [429, 503]) {
  test(`leaves a transport alone for as long as a ${status} asks for, and opens on another`, async ({
    page,
    faultProxy,
  }) => {
    const retryAfterS = 2;
    await faultProxy.set([
      ...catalogue['upgrade refused 403'],
      { match: { kind: 'fetch', count: 1 }, fault: { type: 'refuse', status, retryAfterS } },
    ]);
    await openPage(page, faultProxy.url);
    const socket = await connect(page, { app: 'echo' });
    expect(await socket.probe.evaluate((probe) => probe.echoes('text', 100))).toBe(true);
    expect(await socket.probe.evaluate(({ transport }) => transport)).toBe('iframe');
    await reachTransport(socket, 'long-polling');
    const [first, second] = await faultProxy.log({ kind: 'fetch' });
    expect(first?.status).toBe(status);
    expect(Number(second?.atMs) - Number(first?.atMs)).toBeGreaterThanOrEqual(retryAfterS * 1000);
    expect(await eventTypes(socket)).toEqual(['open']);
  });
}

declare global {
  /** What came, and when, in ms since the epoch. */
  var heard: [data: unknown, at: number][];
}
