/**
 * The processes of a measurement: each on a core of its own, so that what one does is not the other's time. The parent calls
 * functions of its children by name, and gets their results.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** No call takes that long, unless something hangs, in ms. */
const CALL_TIMEOUT_MS = 60_000;

/** How long a child may take to write its profile, and end, in ms. */
const EXIT_TIMEOUT_MS = 5000;

/** Those that are held: they cannot notice that this process has ended. */
/** @type {Set<Child>} */
const held = new Set();
process.on('exit', () => {
  for (const child of held) child.release();
});

/** @typedef {Record<string, (argument: any) => unknown>} Functions `any`: each function has its own argument */

/** A child, seen from its parent. */
export class Child {
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #calls = new Map();
  #lastCall = 0;
  #stderr = '';
  /** @type {Promise<void>} */
  #exited;

  /**
   * @param {URL} script
   * @param {{ args?: readonly string[], nodeOptions?: readonly string[], env?: Record<string, string>, core: number | null }} options
   *   `core`: where it runs; null: anywhere
   */
  constructor(script, { args = [], nodeOptions = [], env = {}, core }) {
    const command = [process.execPath, ...nodeOptions, script.pathname, ...args];
    const [program, ...rest] = core === null ? command : ['taskset', '-c', String(core), ...command];
    const child = spawn(/** @type {string} */ (program), rest, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    });
    this.#process = child;
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    child.on('message', (message) => this.#receive(/** @type {any} */ (message)));
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => this.#fail(error.message, resolve));
      child.once('exit', (code, signal) => this.#fail(`ended (${code ?? signal})`, resolve));
    });
  }

  /**
   * @param {string} name
   * @param {unknown} [argument]
   * @returns {Promise<any>} `any`: what the function returns
   */
  call(name, argument) {
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} took longer than ${CALL_TIMEOUT_MS} ms.`)),
        CALL_TIMEOUT_MS,
      );
      this.#calls.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (this.#process.connected) this.#process.send({ id, name, argument });
      else this.#fail('is not there', () => {});
    });
  }

  /** Holds all of its threads still, until `release`: it takes no time, and answers no calls. */
  hold() {
    this.#process.kill('SIGSTOP');
    held.add(this);
  }

  release() {
    this.#process.kill('SIGCONT');
    held.delete(this);
  }

  /** Lets it end by itself; a child ends when its parent lets go. */
  async stop() {
    this.release();
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), EXIT_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** @param {{ id: number, result?: unknown, error?: string }} message */
  #receive({ id, result, error }) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  }

  /** @param {string} what @param {() => void} done */
  #fail(what, done) {
    for (const { reject } of this.#calls.values()) {
      reject(new Error(`A process of the benchmark ${what}. ${this.#stderr}`.trim()));
    }
    this.#calls.clear();
    done();
  }
}

/**
 * In a child: offers functions to the parent, and ends with it.
 *
 * @param {Functions} functions
 */
export function offer(functions) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (message) => {
    const { id, name, argument } = /** @type {{ id: number, name: string, argument: unknown }} */ (message);
    try {
      process.send?.({ id, result: await functions[name]?.(argument) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}

/** The cores for the two sides. Null where there is but one, or no taskset: then the system decides. */
/** @typedef {{ server: number | null, load: number | null }} Cores */

/** @returns {Cores} */
export function chooseCores() {
  const [load, server] = allowedCores().slice(-2);
  return server === undefined || load === undefined ? { server: null, load: null } : { server, load };
}

/** @returns {number[]} the cores this process may run on; none where Linux does not say */
function allowedCores() {
  try {
    const [, list = ''] =
      /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return list.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
  } catch {
    return []; // no Linux
  }
}
