/** The examples of small pages: React, Vue and plain HTML say and show what is said, whatever is in the way. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { catalogue, startFaultProxy } from '@holdfast/faults';
import { expect, test } from '@playwright/test';

/** @throws Error it failed, with what it said */
const run = promisify(execFile);

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Builds an example in its folder, and serves what was built. */
const VITE = 'node_modules/vite/bin/vite.js';
const PREVIEW = [VITE, 'preview', '--host', '127.0.0.1', '--port', '0'];
const BUILD = [VITE, 'build', '--logLevel', 'warn'];

/** Where it says that it is. */
const LOCAL_URL = /Local:\s+http:\/\/127\.0\.0\.1:(\d+)\//;

for (const { folder, title, build, serve } of [
  { folder: 'react-app', title: 'A room, in React', build: BUILD, serve: PREVIEW },
  { folder: 'vue-app', title: 'A room, in Vue', build: BUILD, serve: PREVIEW },
  { folder: 'plain-page', title: 'A room, in plain HTML', build: undefined, serve: ['server.mjs'] },
]) {
  test(`examples/${folder} talks over WebSocket, and over long polling where upgrades are refused`, async ({
    browser,
  }) => {
    const cwd = EXAMPLES + folder;
    if (build !== undefined) await run(process.execPath, build, { cwd });
    const child = spawn(process.execPath, serve, {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const faultProxy = await startFaultProxy({ upstreamPort: await portOf(child) });
      for (const [transport, rules] of [
        ['websocket', []],
        ['long-polling', catalogue['upgrade refused 403']],
      ] as const) {
        await faultProxy.set(rules);
        // Each with a storage of its own, so that nothing is remembered.
        const page = await browser.newPage();
        await page.goto(faultProxy.url);
        await expect(page.getByRole('heading')).toHaveText(title);
        await expect(page.locator('#transport')).toHaveText(transport);
        await expect(page.locator('#messages li')).toHaveText(['Welcome']);
        await page.getByLabel('Say something').fill('hello');
        await page.getByRole('button', { name: 'Say' }).click();
        await expect(page.locator('#messages li')).toHaveText(['Welcome', 'hello']);
        await expect(page.getByLabel('Say something')).toHaveValue('');
        await page.context().close();
      }
      await faultProxy.close();
    } finally {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
  });
}

/** @throws Error it ended; what it said is in the test's own output */
function portOf(child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The example ended with ${code}`)));
    createInterface(child.stdout).on('line', (line) => {
      const port = LOCAL_URL.exec(stripVTControlCharacters(line))?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
