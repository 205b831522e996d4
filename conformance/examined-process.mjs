/**
 * A process under test: whether it lives, how it is ended, and how its application saw each connection close. What it is, a
 * server or a client, and how it is talked to, is server-process.mjs and client-process.mjs.
 */
import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

/** The packages that can be examined, by the name to give to `--peer`. */
const PEERS = new Map([
  ['holdfast', '@holdfast/server'],
  ['ws', 'ws'],
]);

/** @typedef {{ closed: string, code: number, reason: string }} Closed how the connection with this path closed */

export class ExaminedProcess {
  /** What it tells: how connections closed, by the path that was requested; and whatever it is asked. */
  reports = new EventEmitter().setMaxListeners(0);
  /** @type {Map<string, string>} */
  closedBefore = new Map();

  /** @param {import('node:child_process').ChildProcess} child that has started */
  constructor(child) {
    this.child = child;
    child.on('message', (/** @type {Closed | { answer: string }} */ report) => {
      if ('answer' in report) {
        this.reports.emit(report.answer, report);
        return;
      }
      const { closed, code, reason } = report;
      const how = reason === '' ? `${code}` : `${code} ${JSON.stringify(reason)}`;
      this.closedBefore.set(closed, how);
      this.reports.emit(closed, how);
    });
  }

  /**
   * Asks something, and waits for the answer.
   *
   * @param {string} question
   */
  async ask(question) {
    const answered = once(this.reports, question);
    this.child.send({ question });
    const [answer] = await answered;
    return answer;
  }

  /**
   * Starts a file of this folder, with the package to examine.
   *
   * @param {string} file
   * @param {string} peer a key of PEERS
   * @returns the child, and what it has said first
   */
  static async fork(file, peer) {
    const specifier = PEERS.get(peer);
    if (specifier === undefined) {
      throw new Error(`There is no peer ${peer}; there are ${[...PEERS.keys()].join(', ')}`);
    }
    const child = fork(new URL(file, import.meta.url), [specifier]);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${file} did not start (${code}). Has it been built? npm run build`);
    });
    const [said] = await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => {}); // later it ends because it is stopped, or isAlive tells
    return { child, said };
  }

  get isAlive() {
    return this.child.exitCode === null && this.child.signalCode === null;
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

  async stop() {
    if (!this.isAlive) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
