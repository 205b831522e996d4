/**
 * The fault proxy in this process: starts it, and gives out its verbs.
 *
 * @import { AddressInfo } from 'node:net'
 * @import { FaultProxy, FaultProxyOptions } from './types.ts'
 */
// biome-ignore-all lint/suspicious/useAwait: the verbs promise here too, as they must in another process.
import { once } from 'node:events';
import { createControlServer } from './control.mjs';
import { Engine } from './engine.mjs';
import { parseCutOptions, parseRules } from './parse-rules.mjs';

const LOOPBACK = '127.0.0.1';
const LOG_ENTRIES = 1000;

/**
 * Starts a fault proxy in this process.
 *
 * @param {FaultProxyOptions} options
 * @returns {Promise<FaultProxy>} when it listens; rejects with the system's error when it cannot
 */
export async function createFaultProxy(options) {
  const { upstreamHost = LOOPBACK, upstreamPort, host = LOOPBACK, port = 0, controlPort } = options;
  const engine = new Engine(upstreamHost, upstreamPort, options.logEntries ?? LOG_ENTRIES);
  const boundPort = await listen(engine.server, port, host);
  const proxy = new LocalProxy(engine, host, boundPort);
  if (controlPort === undefined) return proxy;
  try {
    await proxy.openControl(controlPort);
  } catch (error) {
    await proxy.close();
    throw error;
  }
  return proxy;
}

/** The verbs of a proxy, in its own process. */
class LocalProxy {
  host;
  port;
  /** @type {number | null} */
  controlPort = null;
  /** @type {import('node:http').Server | undefined} */
  #control;
  #engine;

  /**
   * @param {Engine} engine
   * @param {string} host
   * @param {number} port
   */
  constructor(engine, host, port) {
    this.#engine = engine;
    this.host = host;
    this.port = port;
  }

  get url() {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** @param {number} port */
  async openControl(port) {
    const control = createControlServer(this);
    this.controlPort = await listen(control, port, LOOPBACK);
    this.#control = control;
  }

  /** @type {FaultProxy['set']} */
  async set(rules, { group = '' } = {}) {
    this.#engine.rules.set(parseRules(rules), group);
    this.#engine.replan();
  }

  /** @type {FaultProxy['rules']} */
  async rules() {
    return this.#engine.rules.report();
  }

  /** @type {FaultProxy['cut']} */
  async cut(options = {}) {
    const { match = {}, how = 'reset' } = parseCutOptions(options);
    const meant = this.#engine.connections.filter((connection) => connection.isMeant(match));
    for (const connection of meant) {
      connection.cut(how);
      this.#engine.journal.countCut();
    }
    return meant.length;
  }

  /** @type {FaultProxy['stats']} */
  async stats() {
    const { connections, journal, tunnels } = this.#engine;
    return { ...journal.totals(), liveConnections: connections.length, liveTunnels: tunnels.length };
  }

  /** @type {FaultProxy['log']} */
  async log(filter) {
    return this.#engine.journal.log(filter);
  }

  /** @type {FaultProxy['reset']} */
  async reset() {
    this.#engine.rules.clear();
    this.#engine.replan();
    this.#engine.journal.reset();
  }

  /** @type {FaultProxy['close']} */
  async close() {
    const closed = [this.#engine.close()];
    if (this.#control?.listening) {
      closed.push(once(this.#control, 'close').then(() => {}));
      this.#control.close();
      // Answers under way (that of a close asked for over the control port) go out; idle connections do not wait.
      this.#control.closeIdleConnections();
    }
    await Promise.all(closed);
  }
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 */
async function listen(server, port, host) {
  server.listen({ port, host });
  await once(server, 'listening');
  return /** @type {AddressInfo} */ (server.address()).port;
}
