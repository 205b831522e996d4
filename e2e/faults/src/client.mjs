/**
 * The proxy as a process of its own, seen from the test that started it: the same verbs as in-process, over HTTP.
 *
 * The child lives as long as its standard input, so that it never outlives a test that died.
 *
 * @import { ChildProcess } from 'node:child_process'
 * @import { FaultProxy, FaultProxyOptions } from './types.ts'
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RuleError } from './options.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));

/**
 * Starts a fault proxy in a process of its own, with a control port.
 *
 * @param {FaultProxyOptions} options
 * @returns {Promise<FaultProxy & { readonly pid: number }>} when it listens; rejects with the reason when it cannot
 */
export async function startFaultProxy(options) {
  const child = spawn(process.execPath, [MAIN, '--exit-with-stdin', ...commandLine(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const where = await firstLine(child);
  child.stderr.pipe(process.stderr);
  return new RemoteProxy(where, child);
}

/**
 * Takes the controls of a fault proxy that somebody else started.
 *
 * @param {number} controlPort on 127.0.0.1
 * @returns {Promise<FaultProxy>} its `close()` ends that proxy
 */
export async function connectFaultProxy(controlPort) {
  const where = /** @type {Whereabouts} */ (await ask(controlPort, 'GET', '/'));
  return new RemoteProxy(where, undefined);
}

/** @typedef {{ host: string, port: number, controlPort: number, url: string, pid?: number }} Whereabouts */

class RemoteProxy {
  host;
  port;
  controlPort;
  url;
  pid;
  #child;

  /**
   * @param {Whereabouts} where
   * @param {ChildProcess | undefined} child
   */
  constructor({ host, port, controlPort, url, pid = 0 }, child) {
    this.host = host;
    this.port = port;
    this.controlPort = controlPort;
    this.url = url;
    this.pid = pid;
    this.#child = child;
  }

  /** @type {FaultProxy['set']} */
  async set(rules, { group = '' } = {}) {
    await ask(this.controlPort, 'PUT', `/rules?group=${encodeURIComponent(group)}`, rules);
  }

  /** @type {FaultProxy['rules']} */
  async rules() {
    return (await ask(this.controlPort, 'GET', '/rules')).rules;
  }

  /** @type {FaultProxy['cut']} */
  async cut(options = {}) {
    return (await ask(this.controlPort, 'POST', '/cut', options)).cut;
  }

  /** @type {FaultProxy['stats']} */
  stats() {
    return ask(this.controlPort, 'GET', '/stats');
  }

  /** @type {FaultProxy['log']} */
  async log(filter = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
    return (await ask(this.controlPort, 'GET', `/log?${query}`)).log;
  }

  /** @type {FaultProxy['reset']} */
  async reset() {
    await ask(this.controlPort, 'POST', '/reset');
  }

  /** @type {FaultProxy['close']} */
  async close() {
    if (this.#child === undefined) {
      await ask(this.controlPort, 'POST', '/close');
      return;
    }
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/**
 * @param {number} controlPort
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>} the answer's JSON, whose shape each verb knows
 */
async function ask(controlPort, method, path, body) {
  const response = await fetch(`http://127.0.0.1:${controlPort}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (response.status === 400) throw new RuleError(answer.trim());
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.trim()}`);
  return JSON.parse(answer);
}

/**
 * @param {FaultProxyOptions} options
 * @returns {string[]}
 */
function commandLine({ upstreamHost = '127.0.0.1', upstreamPort, host, port, controlPort, logEntries }) {
  const options = {
    '--upstream': `${upstreamHost.includes(':') ? `[${upstreamHost}]` : upstreamHost}:${upstreamPort}`,
    '--host': host,
    '--port': port,
    '--control-port': controlPort,
    '--log-entries': logEntries,
  };
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [name, String(value)],
  );
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<any, import('node:stream').Readable, import('node:stream').Readable>} child
 * @returns {Promise<Whereabouts>}
 */
async function firstLine(child) {
  let complaint = '';
  const onComplaint = (/** @type {Buffer} */ chunk) => {
    complaint += chunk;
  };
  child.stderr.on('data', onComplaint);
  const lines = createInterface(child.stdout);
  const failed = once(child, 'close').then(() => {
    throw new Error(`the fault proxy did not start: ${complaint.trim()}`);
  });
  const [line] = await Promise.race([once(lines, 'line'), failed]);
  // Only the first ending matters; a later one is what `close()` waits for.
  failed.catch(() => {});
  child.stderr.off('data', onComplaint);
  return JSON.parse(line);
}
