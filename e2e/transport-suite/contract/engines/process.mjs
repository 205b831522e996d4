/** Browser processes: started with a folder of their own and a word to wait for, ended by their id, with what they have started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a program may take until it says that it listens, on a slow machine, in ms. */
const START_TIMEOUT_MS = 60_000;

/** How long it may take to end by itself, in ms. */
const END_TIMEOUT_MS = 5000;

/** How much of what it has said is kept for an error, in characters. */
const MAX_SAID = 4000;

/** What is still to be ended when this process ends, also where it ends early, or is interrupted. */
/** @type {Set<() => void>} */
const atExit = new Set();
process.on('exit', () => {
  for (const endAtOnce of atExit) endAtOnce();
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));

/**
 * Starts a program, and waits until it runs, or has said something.
 *
 * @param {string} path
 * @param {readonly string[]} args
 * @param {{ said?: RegExp, environment?: Record<string, string> }} options what is looked for in its output
 * @returns {Promise<{ match: readonly string[], end(): Promise<void> }>} `end` is patient for a while with one that is ending
 * @throws {Error} it ended, or was silent for too long; with what it has said
 */
export async function startProgram(path, args, { said, environment = {} }) {
  // A process group of its own: what it has started ends with it.
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  });
  const exited = once(child, 'exit');
  const endAtOnce = () => signalGroup(child.pid, 'SIGKILL');
  atExit.add(endAtOnce);
  const end = async () => {
    signalGroup(child.pid, 'SIGTERM');
    const timer = setTimeout(endAtOnce, END_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
    endAtOnce(); // helpers that have outlived it
    atExit.delete(endAtOnce);
  };
  let output = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  try {
    const match = await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          output = (output + text).slice(-MAX_SAID);
          const match = said && output.match(said);
          if (match) resolve(match);
        });
      }
      if (said === undefined) child.on('spawn', () => resolve([]));
      child.on('error', reject);
      exited.then(() => reject(new Error(`${path} has ended: ${output}`)), reject);
      timer = setTimeout(
        () => reject(new Error(`${path} does not say ${said}: ${output}`)),
        START_TIMEOUT_MS,
      );
    });
    return { match, end };
  } catch (error) {
    if (child.pid !== undefined) await end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @returns {{ path: string, remove(): void }} a folder that nobody else has */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-browser-'));
  // A browser's helpers may still be writing into it.
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/**
 * @param {number | undefined} pid of the group's first process
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
