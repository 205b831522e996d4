/**
 * What every command of this workspace needs: where the root is, how another program is run, how pnpm is reached.
 *
 * Only Node's own modules are imported, because these commands also run before anything is installed.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The workspace's root, absolute. */
export const root = resolve(import.meta.dirname, '..');

/** The one version of pnpm that reads and writes the lock file; npx brings it, so none need be installed. */
export const PNPM = 'pnpm@12.21.0';

/** The package manager's own copy of the lock file it last installed from. */
const INSTALLED_LOCK_FILE = 'node_modules/.pnpm/lock.yaml';

/** A shell's exit code for a program that it could not start. */
const COULD_NOT_START = 127;

/** The outcome of a program that ran to its end. */
/** @typedef {{ code: number, output: string }} Outcome */

/**
 * Runs a program in the workspace's root, and waits for its end.
 *
 * @param {string} command a program on the PATH, or one that the workspace installed
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, show?: boolean }} [options] `show`: its output goes
 *   straight to the terminal and is not collected (default false)
 * @returns {Promise<Outcome>} the exit code (1 where a signal ended it), and its output where it was not shown
 */
export function run(command, args, { cwd = root, env = {}, show = false } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: withInstalledPrograms(), ...env },
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      // npm's programs are .cmd files on Windows, which only a shell can start.
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => done({ code: COULD_NOT_START, output: `${command}: ${error.message}\n` }));
    child.once('close', (code) => done({ code: code ?? 1, output }));
  });
}

/**
 * Installs what the lock file says, and nothing else.
 *
 * @returns {Promise<Outcome>}
 */
export function install() {
  return run('npx', ['-y', PNPM, 'install', '--frozen-lockfile']);
}

/** Whether the last installation was made from the lock file as it is now. */
export function isInstalled() {
  try {
    return read(INSTALLED_LOCK_FILE) === read('pnpm-lock.yaml');
  } catch {
    return false; // Nothing was ever installed.
  }
}

/** @param {string} path relative to the root */
function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

function withInstalledPrograms() {
  const separator = process.platform === 'win32' ? ';' : ':';
  return [join(root, 'node_modules', '.bin'), process.env['PATH']].join(separator);
}
