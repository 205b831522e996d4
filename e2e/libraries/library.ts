/**
 * What every test of a library gets: its server in a process of its own, where `ws` is @holdfast/server, a fault proxy in
 * front of it, and a page on the proxy's origin with the library's client in it. What the server answers to a request for the page
 * does not matter, as long as it answers: the client is put into it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type FaultProxy, startFaultProxy } from '@holdfast/faults';
import { test as base, expect, type Page } from '@playwright/test';
import { build, type Rollup } from 'vite';

export { expect };

const WS_IS_HOLDFAST = fileURLToPath(new URL('./ws-is-holdfast.mjs', import.meta.url));

/** What is said of a library that has asked for ws (ws-is-holdfast.mjs). */
const ON_HOLDFAST = 'ws is @holdfast/server';
/** What a library's server says when it listens. */
const LISTENING = /running .*on port (\d+)/;

export interface LibraryServer {
  readonly port: number;
  /** In front of it; no rules yet. */
  readonly faultProxy: FaultProxy;
}

interface LibraryFixtures {
  /** Starts the program in this file. */
  startServer(program: string, env?: Record<string, string>): Promise<LibraryServer>;
  /** Opens a page of this origin with a module of ./pages in it. */
  openPage(origin: string, module: string): Promise<Page>;
}

export const test = base.extend<LibraryFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  startServer: async ({}, use) => {
    const children: ChildProcess[] = [];
    const proxies: FaultProxy[] = [];
    await use(async (program, env = {}) => {
      const child = spawn(process.execPath, ['--import', WS_IS_HOLDFAST, program], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      const port = await listeningPort(child);
      const faultProxy = await startFaultProxy({ upstreamPort: port });
      proxies.push(faultProxy);
      return { port, faultProxy };
    });
    for (const proxy of proxies) await proxy.close();
    for (const child of children) await end(child);
  },
  openPage: async ({ context }, use) => {
    await use(async (origin, module) => {
      const page = await context.newPage();
      await page.goto(origin);
      await page.addScriptTag({ content: await bundle(module) });
      return page;
    });
  },
});

/** One that the system chose for a server that has ended: for programs that do not say which they were given. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Of a server that listens, and has got its sockets from us. @throws Error it ended; what it said is in the test's own output */
function listeningPort(child: ChildProcess & { stdout: Readable }): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}`)));
    let isOnHoldfast = false;
    let port: number | undefined;
    createInterface(child.stdout).on('line', (line) => {
      isOnHoldfast ||= line === ON_HOLDFAST;
      port ??= portIn(line);
      if (isOnHoldfast && port !== undefined) resolve(port);
    });
  });
}

function portIn(line: string): number | undefined {
  const port = LISTENING.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

/** One script of the module and all that it imports. */
async function bundle(module: string): Promise<string> {
  const outputs = (await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL(`./pages/${module}.ts`, import.meta.url)),
        name: 'Page',
        formats: ['iife'],
      },
    },
  })) as Rollup.RollupOutput[];
  const [chunk] = outputs.flatMap(({ output }) => output);
  if (chunk?.type !== 'chunk') throw new Error(`${module}: no script came of it`);
  return chunk.code;
}
