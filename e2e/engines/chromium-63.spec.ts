/**
 * `holdfast.js` on the platform of Chromium 63, as the TV browsers of 2019 have it: today's, less what has come since. The syntax of its time, and
 * that nothing else is asked for, is checked by scripts/language-level.mjs.
 */
import { randomUUID } from 'node:crypto';
import type { Rule } from '@holdfast/faults';
import { expect, test } from '../harness/test.ts';

const LENGTHS_BYTES = [0, 1, 125, 65_536, 200_000];

const refuse = (...kinds: ('upgrade' | 'fetch')[]): readonly Rule[] =>
  kinds.map((kind) => ({ match: { kind }, fault: { type: 'refuse', status: 403 } }));

for (const [transport, rules] of [
  ['websocket', []],
  ['long-polling', refuse('upgrade')],
  ['iframe', refuse('upgrade', 'fetch')],
] as const) {
  test(`the script echoes on ${transport} where there is nothing newer than Chromium 63`, async ({
    page,
    server,
    faultProxy,
  }) => {
    await faultProxy.set(rules);
    await page.goto(`${faultProxy.url}/legacy-page?lacks=chromium-63`);
    expect(await page.evaluate(() => typeof AbortController)).toBe('undefined');
    const name = randomUUID();
    const ask = (source: string): Promise<unknown> => page.evaluate(source);
    await ask(`void (probe = new LegacyProbe('/socket?app=echo&name=${name}'))`);
    await expect.poll(() => ask('probe.socket.transport')).toBe(transport);
    expect(await ask('probe.socket instanceof EventTarget')).toBe(true);
    for (const type of ['text', 'binary']) {
      await ask(`void (probe.messages = [], probe.send('${type}', ${JSON.stringify(LENGTHS_BYTES)}))`);
      const all = LENGTHS_BYTES.map((bytes) => [type, bytes, true]);
      await expect.poll(() => ask('probe.received')).toEqual(all);
    }
    await ask(`void (probe.messages = [], probe.socket.send(new Blob(['abc'])))`);
    await expect.poll(() => ask('probe.messages.map(({ byteLength }) => byteLength)')).toEqual([3]);
    await ask(`probe.socket.close(3001, 'enough')`);
    await expect
      .poll(() => ask('probe.events.map(({ type, isTarget }) => [type, isTarget])'))
      .toEqual([
        ['open', true],
        ['close', true],
      ]);
    expect((await server.connection(name)).closes).toEqual([{ code: 3001, reason: 'enough' }]);
  });
}
