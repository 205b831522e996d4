/**
 * Starts the process under test and ends it; meanwhile knows its ports, whether it lives, and how its application saw
 * each connection close.
 */
import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

/** The packages that can be examined, by the name to give to `--peer`. */
export const PEERS = new Map([
  ['holdfast', '@holdfast/server'],
  ['ws', 'ws'],
]);

/**
 * Reads `--peer NAME`, and ends this process where there is no such peer.
 *
 * @param {string} name
 */
export function packageOf(name) {
  const specifier = PEERS.get(name);
  if (specifier !== undefined) return specifier;
  throw new Error(`There is no peer ${name}; there are ${[...PEERS.keys()].join(', ')}`);
}

/** @typedef {{ connections: number, memoryBytes: number }} Load */
/** What the process tells once it runs. */
/** @typedef {{ closed: string, code: number, reason: string } | Load} Report */

export class ServerProcess {
  /** How connections closed, by the path that was requested; and `load`. */
  reports = new EventEmitter().setMaxListeners(0);
  /** @type {Map<string, string>} */
  closedBefore = new Map();

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {Readonly<Record<string, number>>} ports by the name of the endpoint
   */
  constructor(child, ports) {
    this.child = child;
    this.ports = ports;
    child.on('message', (/** @type {Report} */ report) => {
      if ('connections' in report) {
        this.reports.emit('load', report);
        return;
      }
      const { closed, code, reason } = report;
      const how = reason === '' ? `${code}` : `${code} ${JSON.stringify(reason)}`;
      this.closedBefore.set(closed, how);
      this.reports.emit(closed, how);
    });
  }

  /** @param {string} peer a key of PEERS */
  static async start(peer) {
    const child = fork(new URL('echo-server.mjs', import.meta.url), [packageOf(peer)]);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The server did not start (${code}). Has it been built? npm run build`);
    });
    const [{ ports }] = await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => {}); // later it ends because it is stopped, or isAlive tells
    return new ServerProcess(child, ports);
  }

  get isAlive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @param {string} endpoint */
  portOf(endpoint) {
    const port = this.ports[endpoint];
    if (port === undefined) throw new Error(`There is no endpoint ${endpoint}`);
    return port;
  }

  /**
   * How the application saw the connection close.
   *
   * @param {string} path that was requested
   * @param {AbortSignal} deadline
   */
  async closeOf(path, deadline) {
    const before = this.closedBefore.get(path);
    if (before !== undefined) return before;
    try {
      const [how] = await once(this.reports, path, { signal: deadline });
      return String(how);
    } catch {
      return 'never';
    }
  }

  /**
   * How many sockets the application has, and the resident set in bytes.
   *
   * @returns {Promise<Load>}
   */
  async load() {
    const answered = once(this.reports, 'load');
    this.child.send('load');
    const [load] = await answered;
    return load;
  }

  async stop() {
    if (!this.isAlive) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
