/** Programs in Node, in each release line that is supported: through its WebSocket where it has one, else by long polling. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FirstEcho } from '../pages/first-echo.mjs';
import { expect, NETWORKS, test } from './place.ts';

const PROGRAM = fileURLToPath(new URL('./node-client.mjs', import.meta.url));

/** A release of Node that is not there yet is fetched. */
const FETCHING_MS = 120_000;

for (const { release, hasWebSocket } of [
  { release: '20', hasWebSocket: false },
  { release: '22', hasWebSocket: true },
  { release: '24', hasWebSocket: true },
]) {
  test(`opens in Node ${release}`, async ({ faultProxy }) => {
    test.setTimeout(FETCHING_MS);
    const child = runIn(release);
    try {
      const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
      for (const [network, rules] of Object.entries(NETWORKS)) {
        await faultProxy.set(rules);
        child.stdin.write(`${faultProxy.url}/socket?app=echo\n`);
        const { value } = await answers.next();
        const { transport, tried }: FirstEcho = JSON.parse(value);
        const first = hasWebSocket ? 'websocket' : 'long-polling';
        const expected = { healthy: first, 'upgrades refused': 'long-polling' }[network] ?? null;
        expect(transport, network).toBe(expected);
        if (expected === null)
          expect(tried).toEqual(hasWebSocket ? ['websocket', 'long-polling'] : ['long-polling']);
      }
    } finally {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    }
  });
}

/** @param release of Node: the one that runs this, or one of a package */
function runIn(
  release: string,
): ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream } {
  const isThis = process.versions.node.startsWith(`${release}.`);
  const [command, args] = isThis ? [process.execPath, []] : ['npx', ['-y', `node@${release}`]];
  return spawn(command, [...args, PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
}
