/**
 * WebSocketStream, case by case (cases.mjs): Chromium's own, which proves the cases; ours on every transport; and ours with a server that is
 * not Holdfast.
 */
import type { Rule } from '@holdfast/faults';
import type { Page } from '@playwright/test';
import { ForeignServer } from '../harness/foreign-server.ts';
import { openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';
import type { Subject } from './cases.mjs';

interface StreamModule {
  readonly WebSocketStream: Subject['WebSocketStream'];
  readonly WebSocketError: Subject['WebSocketError'];
}

/** Nobody listens there, and nobody may: the port of the discard service. */
const NOWHERE = 'ws://127.0.0.1:9/';

/** Chromium has another opinion in these, as yet. */
const CHROMIUM_DIFFERS = [
  'gives binary messages as Uint8Arrays', // ArrayBuffers, as the proposal had it first
  'has all that came before the connection broke to be read', // it is dropped
];

/** On a machine that is busy another transport might else get through first. */
function refused(...kinds: ('upgrade' | 'fetch' | 'form')[]): readonly Rule[] {
  return [{ match: { kind: kinds }, fault: { type: 'refuse', status: 403 } }];
}

/** What every case is worth: its time, where it does not hang. */
test.setTimeout(120_000);

/** Runs the cases in a page of the server. */
function run(page: Page, base: string, isNative = false): Promise<Record<string, string>> {
  return page.evaluate(
    async ([base, nowhere, isNative]) => {
      const { runCases } = await import(`${base}/stream-cases.mjs`);
      const ours = await import(`${base}/client/stream.mjs`);
      const { WebSocketStream, WebSocketError } = (isNative ? globalThis : ours) as StreamModule;
      const url = `${base.replace('http', 'ws')}/socket?app=obey`;
      return runCases({ WebSocketStream, WebSocketError, url, nowhere });
    },
    [base, NOWHERE, isNative] as const,
  );
}

test("Chromium's own WebSocketStream keeps the contract", async ({ page, faultProxy }) => {
  await openPage(page, faultProxy.url);
  const failed = await run(page, faultProxy.url, true);
  expect(Object.keys(failed), JSON.stringify(failed, null, 1)).toEqual(CHROMIUM_DIFFERS);
});

for (const { transport, rules, page: pageOptions, kinds } of [
  { transport: 'websocket', rules: refused('fetch', 'form'), page: {}, kinds: ['upgrade'] },
  {
    transport: 'long-polling',
    rules: refused('upgrade', 'form'),
    page: {},
    kinds: ['fetch'],
  },
  { transport: 'iframe', rules: [], page: { csp: 'strict' }, kinds: ['form'] },
] as const) {
  test(`our WebSocketStream keeps the contract on ${transport}`, async ({ page, faultProxy }) => {
    await faultProxy.set(rules);
    await openPage(page, faultProxy.url, pageOptions);
    expect(await run(page, faultProxy.url)).toEqual({});
    const log = (await faultProxy.log()).filter(({ kind }) => kind !== 'http');
    const carried = log.filter(({ status }) => status === 101 || status === 200);
    expect([...new Set(carried.map(({ kind }) => kind))]).toEqual(kinds);
  });
}

test('our WebSocketStream keeps the contract with another server', async ({ page }) => {
  const foreign = await ForeignServer.start();
  try {
    await openPage(page, foreign.url);
    expect(await run(page, foreign.url)).toEqual({});
    expect(foreign.seen.filter(({ kind }) => kind === 'upgrade').length).toBeGreaterThan(10);
  } finally {
    foreign.stop();
  }
});
