/**
 * Everything a run happens between: a server process, a fault proxy process in front of it, and pages of a real Chromium, each in a
 * context of its own, so that they share neither connections nor memory. It starts and ends them, and asks them.
 *
 * @import { FaultProxy } from '@holdfast/faults'
 * @import { ServerOptions } from '@holdfast/server'
 * @import { Browser, Page } from 'playwright-core'
 * @import { PageReport, TransportName } from './pages/page.mjs'
 * @import { ConnectionReport, Traffic } from './server.mjs'
 * @import { Reader } from './weather.mjs'
 */
import { startFaultProxy } from '@holdfast/faults';
import { Child } from '../bench/process.mjs';

/** More than a run of minutes makes; the story of a failure is told by them. */
const PROXY_LOG_ENTRIES = 100_000;

/** How a page looks at a socket: its name, and the transports it may use, in order of preference. Undefined: the default. */
/** @typedef {{ name: string, transports: readonly TransportName[] | undefined }} Visitor */

/** @typedef {Visitor & { page: Page }} OpenVisitor */

/** One session, from its page, and from the server: more than one connection means that it was not one session. */
/** @typedef {{ name: string, page: PageReport, connections: ConnectionReport[] }} SessionReport */

/** Until a page is loaded and its socket open, in ms: others enter under the weather, and a machine may be busy. */
const ENTERED_WITHIN_MS = 120_000;

/** Not at each animation frame: a page behind others may have none for long. */
const LOOK = { polling: 50 };

export class Stage {
  /** @type {OpenVisitor[]} */
  visitors = [];
  proxy;
  #server;
  #browser;

  /**
   * @param {Browser} browser
   * @param {{ traffic: Traffic, options?: ServerOptions }} plan
   * @returns {Promise<Stage>}
   */
  static async build(browser, plan) {
    const server = new Child(new URL('server.mjs', import.meta.url), { core: null });
    const upstreamPort = await server.call('listen', { options: {}, ...plan });
    const proxy = await startFaultProxy({ upstreamPort, logEntries: PROXY_LOG_ENTRIES });
    return new Stage(browser, server, proxy);
  }

  /** @param {Browser} browser @param {Child} server @param {FaultProxy} proxy */
  constructor(browser, server, proxy) {
    this.#browser = browser;
    this.#server = server;
    this.proxy = proxy;
  }

  /** Opens a page, connects, and waits until the socket is open. @param {Visitor} visitor @param {Traffic} traffic */
  async enter(visitor, traffic) {
    const context = await this.#browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(ENTERED_WITHIN_MS);
    await page.goto(`${this.proxy.url}/page`);
    await page.waitForFunction(() => 'chaos' in globalThis, undefined, LOOK);
    this.visitors.push({ ...visitor, page });
    await page.evaluate(
      ([name, traffic, transports]) => chaos.connect(name, traffic, transports),
      /** @type {const} */ ([visitor.name, traffic, visitor.transports]),
    );
    await page.waitForFunction(() => chaos.progress().isOpen, undefined, LOOK);
  }

  /** Tells a page, or all, that they are online again, as browsers do. @param {string} [name] */
  async wake(name) {
    const woken = this.visitors.filter((visitor) => name === undefined || visitor.name === name);
    await Promise.all(
      woken.map(({ page }) => page.evaluate(() => void globalThis.dispatchEvent(new Event('online')))),
    );
  }

  /**
   * The application at these ends takes nothing: the server's pauses its socket; the page stands still, as one that is busy does.
   *
   * @param {string} name of the session
   * @param {readonly Reader[]} readers
   * @param {number} forMs how long the page stands still
   * @returns {Promise<() => Promise<void>>} lets the server's go on, and waits for the page
   */
  async pause(name, readers, forMs) {
    const [stopsPage, stopsServer] = [readers.includes('page'), readers.includes('server')];
    const page = stopsPage ? this.visitors.find((visitor) => visitor.name === name)?.page : undefined;
    const standsStill = page?.evaluate((ms) => chaos.standStill(ms), forMs);
    if (stopsServer) await this.#server.call('pause', { name });
    return async () => {
      if (stopsServer) await this.#server.call('resume', { name });
      await standsStill;
    };
  }

  /** How far the pages have come, in the order of `visitors`. */
  progress() {
    return Promise.all(this.visitors.map(({ page }) => page.evaluate(() => chaos.progress())));
  }

  /** How far the server's connections have come. @returns {Promise<{ sent: number, received: number, acknowledged: number, bufferedAmount: number }>} */
  serverProgress() {
    return this.#server.call('progress');
  }

  /**
   * What both ends have seen.
   *
   * @returns {Promise<SessionReport[]>} in the order of `visitors`
   */
  async reports() {
    const pages = await Promise.all(this.visitors.map(({ page }) => page.evaluate(() => chaos.report())));
    /** @type {Record<string, ConnectionReport[]>} */
    const connections = await this.#server.call('reports');
    return pages.map((page, index) => {
      const { name } = /** @type {OpenVisitor} */ (this.visitors[index]);
      return { name, page, connections: connections[name] ?? [] };
    });
  }

  /** Closes a session from one of its ends. @param {OpenVisitor} visitor @param {{ by: 'page' | 'server', code: number, reason: string }} how */
  async close({ name, page }, { by, code, reason }) {
    if (by === 'server') await this.#server.call('close', { name, code, reason });
    else
      await page.evaluate(
        ([code, reason]) => chaos.close(code, reason),
        /** @type {const} */ ([code, reason]),
      );
  }

  /** @returns {Promise<{ sockets: number, mostMemoryBytes: number }>} of the server */
  load() {
    return this.#server.call('load');
  }

  async strike() {
    await Promise.all(this.visitors.map(({ page }) => page.context().close()));
    await this.proxy.close();
    await this.#server.stop();
  }
}
