/**
 * Measures how fast sockets open, in a real Chromium, through the fault proxy: several pages side by side, since they mostly wait.
 * Each figure is taken by the page's own clock (pages/opening.mjs) on a page that was just loaded.
 */
import { chromium } from 'playwright-core';
import { startFaultProxy } from '../e2e/faults/index.mjs';
import { CHROMIUM_ARGS, findChromium } from '../scripts/find-chromium.mjs';
import { Child } from './process.mjs';
import { link, PEER_FAULTS, rulesForPage, startsApartMs } from './questions/opening.mjs';

/** @import { Browser, Page } from 'playwright-core' */
/** @import { TransportName } from '@holdfast/client' */
/** @import { FaultProxy } from '../e2e/faults/index.mjs' */
/** @import { FirstEcho, Side } from './pages/opening.mjs' */
/** @import { Fault } from './questions/opening.mjs' */

const SERVER = new URL('./servers/opening.mjs', import.meta.url);

/**
 * Chromium keeps a process ready for the next page of a profile. Here each page has a profile of its own, and they would take it from each other,
 * each time with a new process, as no person's pages do; pages of one origin share processes anyway.
 */
const ARGS = [...CHROMIUM_ARGS, '--disable-site-isolation-trials'];

/** Pages of peers side by side: most of them wait for long, and the slowest says how long all take. */
const PEERS_AT_ONCE = 20;
/** Between the first steps of two of them, in ms: loading a page with its script takes that long of one processor. */
const PEERS_APART_MS = 150;

/** @type {readonly TransportName[]} */
const TRANSPORTS = ['websocket', 'long-polling', 'iframe'];

/** When ours is given up, in ms: five times as long as it may take at the most. */
const LIMIT_MS = 10_000;

/** When it is no longer waited for that a session goes back to WebSocket, in ms. */
const HEALING_LIMIT_MS = 120_000;

/** When a peer is, in ms. Some of them would need minutes. */
export const PEER_LIMIT_MS = 30_000;

/**
 * What pages have shown that came to a network for the first time; when they were loaded again; and then with the one transport alone
 * that they had, which is the best that the path allows.
 *
 * @typedef {{ first: FirstEcho[], second: FirstEcho[], best: FirstEcho[] }} Visits
 */

/** A page with a memory of its own, and where its socket connects to. */
/** @typedef {{ name: string, page: Page, url: string }} Visitor */

/** The processes of a run. */
export class Opening {
  #server;
  /** @type {Browser} */
  #browser;
  /** @type {FaultProxy} */
  #proxy;
  #port;
  #lastSeed = 0;
  /** All that were invited, kept for the whole run: a profile costs a browser a second of a processor, and some of that later. */
  /** @type {Visitor[]} */
  #visitors = [];

  static async start() {
    const server = new Child(SERVER, { core: null });
    const port = await server.call('port');
    const proxy = await startFaultProxy({ upstreamPort: port });
    const browser = await chromium.launch({ executablePath: await findChromium(), args: ARGS });
    return new Opening(server, port, proxy, browser);
  }

  /** @param {Child} server @param {number} port @param {FaultProxy} proxy @param {Browser} browser */
  constructor(server, port, proxy, browser) {
    this.#server = server;
    this.#port = port;
    this.#proxy = proxy;
    this.#browser = browser;
  }

  async stop() {
    await this.#browser.close();
    await this.#proxy.close();
    await this.#server.stop();
  }

  /**
   * @param {readonly Fault[]} faults
   * @param {{ roundTripMs: number, runs: number, atOnce: number }} plan `runs`: first loads, `atOnce` of them side by side
   * @param {(fault: Fault, visits: Visits) => void} onVisited
   */
  async visit(faults, { roundTripMs, runs, atOnce }, onVisited) {
    const visitors = await this.#invite(atOnce);
    await this.#proxy.set([link(roundTripMs)]);
    for (const fault of faults) onVisited(fault, await this.#visitAll(visitors, fault, runs));
    // Nothing of theirs is to meet what is measured next.
    await Promise.all(visitors.map(({ page }) => page.goto('about:blank')));
  }

  /**
   * Opens one socket after the other on a healthy network, ours and native ones in turns.
   *
   * @param {number} roundTripMs
   * @param {number} rounds
   * @returns {Promise<{ holdfastMs: number[], nativeMs: number[], requests: number }>} `requests`: those that were no handshakes
   */
  async healthyPairs(roundTripMs, rounds) {
    await this.#proxy.set([link(roundTripMs)]);
    const context = await this.#browser.newContext();
    try {
      const page = await context.newPage();
      await load(page, this.#proxy.url);
      const before = (await this.#proxy.stats()).requests;
      const [holdfastMs = [], nativeMs = []] = await page.evaluate(
        (rounds) => globalThis.Opening.openInTurns(['holdfast', 'native'], rounds, '/echo'),
        rounds,
      );
      const after = (await this.#proxy.stats()).requests;
      const requests = after.fetch + after.form + after.http - before.fetch - before.form - before.http;
      return { holdfastMs, nativeMs, requests };
    } finally {
      await context.close();
    }
  }

  /**
   * Opens a socket where the upgrade is swallowed.
   *
   * @returns {Promise<() => Promise<number>>} lifts that, and says after how many ms the session was back on WebSocket
   */
  async blocked() {
    const proxy = await startFaultProxy({ upstreamPort: this.#port });
    await proxy.set(PEER_FAULTS['upgrade swallowed'] ?? []);
    const page = await this.#browser.newPage();
    await load(page, proxy.url);
    const socket = await page.evaluateHandle(() => {
      const socket = new globalThis.Holdfast.WebSocket('/echo');
      return new Promise((/** @type {(socket: any) => void} */ resolve) => {
        socket.onopen = () => resolve({ socket });
      });
    });
    return async () => {
      await proxy.set([]);
      const liftedAt = performance.now();
      await page.waitForFunction(({ socket }) => socket.transport === 'websocket', socket, {
        timeout: HEALING_LIMIT_MS,
      });
      const healedMs = performance.now() - liftedAt;
      await page.close();
      await proxy.close();
      return healedMs;
    };
  }

  /**
   * All sides side by side, each socket with a profile of its own: the sockets of one would wait for each other's connections.
   *
   * @param {readonly Side[]} sides those that may never open last, since they are waited for
   * @param {number} roundTripMs
   * @param {number} runs
   * @returns {Promise<Record<string, Record<string, FirstEcho[]>>>} by fault and side
   */
  async peers(sides, roundTripMs, runs) {
    const visitors = await this.#invite(PEERS_AT_ONCE);
    const faults = await Promise.all(
      Object.entries(PEER_FAULTS).map(async ([fault, rules]) => {
        const proxy = await startFaultProxy({ upstreamPort: this.#port });
        await proxy.set([link(roundTripMs), ...rules]);
        return { fault, proxy };
      }),
    );
    const trials = sides.flatMap((side) =>
      faults.flatMap(({ fault, proxy }) => Array.from({ length: runs }, () => ({ fault, side, proxy }))),
    );
    /** @type {Record<string, Record<string, FirstEcho[]>>} */
    const seen = {};
    await Promise.all(
      visitors.map(async ({ page }, index) => {
        await pause(index * PEERS_APART_MS);
        for (let trial = trials.shift(); trial !== undefined; trial = trials.shift()) {
          const { fault, side, proxy } = trial;
          await load(page, proxy.url, side);
          await page.evaluate(() => localStorage.clear());
          const echo = await echoOf(page, side, { url: '/echo', limitMs: PEER_LIMIT_MS });
          await page.goto('about:blank');
          seen[fault] ??= {};
          seen[fault][side] ??= [];
          seen[fault][side].push(echo);
        }
      }),
    );
    await Promise.all(faults.map(({ proxy }) => proxy.close()));
    return seen;
  }

  /**
   * Visitors, as many as are needed. Who is new opens a socket of each kind before anything is measured: browsers have mostly done that before.
   *
   * @param {number} count
   * @returns {Promise<Visitor[]>}
   */
  async #invite(count) {
    const here = this.#visitors.length;
    const invited = await Promise.all(
      Array.from({ length: Math.max(0, count - here) }, async (_, index) => {
        const name = `visitor-${here + index}`;
        const context = await this.#browser.newContext();
        return { name, page: await context.newPage(), url: `/echo?page=${name}` };
      }),
    );
    await this.#proxy.set([]);
    for (const transport of TRANSPORTS) {
      await this.#loadAll(invited, 'healthy');
      await echoAll(invited, 0, () => [transport]);
    }
    this.#visitors.push(...invited);
    return this.#visitors.slice(0, count);
  }

  /**
   * @param {readonly Visitor[]} visitors
   * @param {Fault} fault
   * @param {number} runs
   * @returns {Promise<Visits>}
   */
  async #visitAll(visitors, fault, runs) {
    const apartMs = startsApartMs(fault);
    /** @type {FirstEcho[]} */
    const first = [];
    while (first.length < runs) {
      await this.#loadAll(visitors, fault);
      await Promise.all(visitors.map(({ page }) => page.evaluate(() => localStorage.clear())));
      first.push(...(await echoAll(visitors, apartMs, () => undefined)));
    }
    const seed = this.#lastSeed;
    await this.#loadAll(visitors, fault);
    const second = await echoAll(visitors, apartMs, () => undefined);
    // The best that the path allows with the same luck: where a third is lost, half of the openings lose something, and half do not.
    this.#lastSeed = seed;
    await this.#loadAll(visitors, fault);
    const best = await echoAll(visitors, apartMs, (index) => {
      const transport = /** @type {TransportName | null | undefined} */ (second[index]?.transport);
      return transport == null ? undefined : [transport];
    });
    return { first, second, best };
  }

  /**
   * Each load meets the fault anew: what is done to one request, is done to one of each load.
   *
   * @param {readonly Visitor[]} visitors
   * @param {Fault} fault
   */
  async #loadAll(visitors, fault) {
    await Promise.all(visitors.map(({ page }) => load(page, this.#proxy.url)));
    const rules = visitors.flatMap(({ name }) => rulesForPage(fault, name, ++this.#lastSeed));
    await this.#proxy.set(rules, { group: 'visitors' });
  }
}

/**
 * @param {readonly Visitor[]} visitors
 * @param {number} apartMs between the first steps of two of them
 * @param {(index: number) => TransportName[] | undefined} transports the only ones that this visitor may use
 * @returns {Promise<FirstEcho[]>}
 */
function echoAll(visitors, apartMs, transports) {
  return Promise.all(
    visitors.map(async ({ page, url }, index) => {
      await pause(index * apartMs);
      const only = transports(index);
      return echoOf(page, 'holdfast', {
        url,
        limitMs: LIMIT_MS,
        ...(only === undefined ? {} : { transports: only }),
      });
    }),
  );
}

/** The scripts of the sides that bring their own. */
/** @type {Partial<Record<Side, string>>} */
const SCRIPTS = {
  sockjs: '/sockjs.js',
  'socket.io': '/socket.io/socket.io.min.js',
  'socket.io, WebSocket first': '/socket.io/socket.io.min.js',
};

/** @param {Page} page @param {string} base @param {Side} [side] */
async function load(page, base, side = 'holdfast') {
  await page.goto(base); // its scripts have run by then
  const script = SCRIPTS[side];
  if (script !== undefined) await page.addScriptTag({ url: script });
}

/**
 * @param {Page} page
 * @param {Side} side
 * @param {Parameters<typeof import('./pages/opening.mjs').firstEcho>[1]} options
 * @returns {Promise<FirstEcho>}
 */
function echoOf(page, side, options) {
  return page.evaluate(
    ([side, options]) => globalThis.Opening.firstEcho(side, options),
    /** @type {const} */ ([side, options]),
  );
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
