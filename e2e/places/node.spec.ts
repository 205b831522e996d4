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

/** In which a program ends that is through, on a busy machine, in ms: less than anything that a session waits for when its network is gone. */
const ENDING_MS = 15_000;

const RELEASES = [
  { release: '20', hasWebSocket: false },
  { release: '22', hasWebSocket: true },
  { release: '24', hasWebSocket: true },
];

for (const { release, hasWebSocket } of RELEASES) {
  test(`opens in Node ${release}, which ends when its sockets have closed`, async ({ faultProxy }) => {
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
      const ended = once(child, 'exit', { signal: AbortSignal.timeout(ENDING_MS) });
      child.stdin.end();
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill();
    }
  });
}

/** Says when its event comes, and has nothing else to do. */
const CLOSING_PROGRAM = `
  import { WebSocket } from '@holdfast/client';
  const socket = new WebSocket(process.argv[1]);
  socket.onclose = ({ code }) => console.log(code);
  socket.close();
`;

test('Node ends soon after a socket that was closed while nobody answers', async ({ faultProxy }) => {
  test.setTimeout(FETCHING_MS);
  await faultProxy.set([{ match: { kind: ['upgrade', 'fetch'] }, fault: 'swallow' }]);
  await Promise.all(
    RELEASES.map(async ({ release }) => {
      const url = `${faultProxy.url}/socket?app=echo`;
      const child = runIn(release, ['--input-type=module', '--eval', CLOSING_PROGRAM, url]);
      try {
        await once(child.stdout, 'data');
        const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(ENDING_MS) });
        expect(code, release).toBe(0);
      } finally {
        child.kill();
      }
    }),
  );
});

/** @param release of Node: the one that runs this, or one of a package @param program what it is given. Default: the one above */
function runIn(
  release: string,
  program: readonly string[] = [PROGRAM],
): ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream } {
  const isThis = process.versions.node.startsWith(`${release}.`);
  const [command, args] = isThis ? [process.execPath, []] : ['npx', ['-y', `node@${release}`]];
  // The package is looked for from the folder of the test.
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return spawn(command, [...args, ...program], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
}
