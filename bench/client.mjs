/**
 * Measures what a message costs a page: the CPU time of Chromium's renderer process, all its threads, from before the first message until
 * the last has arrived, divided by the messages. Our class, with its session, stands beside the native one, both on native WebSockets to the same
 * server, with the same messages at the same rate, and beside the relay, which is the least that a class within the page can do.
 *
 * A row's figure is the median of its rounds' ratios to the native class. In each round the sides take turns, each in a page and so in a
 * process of its own, where nothing but its own code was ever compiled, and from a heap just emptied: a turn pays for its own garbage alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../scripts/find-chromium.mjs';
import { chooseRate, clientReport, SIDES } from './client-report.mjs';
import { Child } from './process.mjs';
import { CLIENT, MESSAGE_BYTES, RATE } from './questions/client.mjs';
import { count } from './table.mjs';

/** @import { Browser, CDPSession, Page } from 'playwright-core' */
/** @import { Turn } from './client-report.mjs' */
/** @import { Load, Side } from './pages/client.mjs' */
/** @import { ClientRow } from './questions/client.mjs' */
/** @import { Judged } from './verdict.mjs' */

const SERVER = new URL('./servers/client.mjs', import.meta.url);

/** How long a turn takes, in s; messages of each of the two turns before, which let the engine compile what runs often. */
const THOROUGH = { rounds: 7, turnSeconds: 1.6, warmUpMessages: 15_000 };
const QUICK = { rounds: 1, turnSeconds: 0.2, warmUpMessages: 2500 };

const MICROSECONDS = 1e6;
const MS_PER_SECOND = 1000;

/**
 * @param {object} options
 * @param {boolean} options.quick
 * @param {string} options.row only the rows with this in their names
 * @param {(row: string) => string | null} options.profile the file for a CPU profile of our class's page; null: none is taken
 * @param {(result: object) => void} options.write takes everything that was measured
 * @returns {Promise<Judged[]>}
 */
export async function runClient({ quick, row: wanted, profile, write }) {
  const plan = quick ? QUICK : THOROUGH;
  console.log(
    `\nclient: CPU time of Chromium's renderer for a message of ${MESSAGE_BYTES} B, ${count(RATE)} of them a second`,
  );
  const server = new Child(SERVER, { core: null });
  const browser = await chromium.launch({ executablePath: await findChromium(), args: CHROMIUM_ARGS });
  /** @type {Judged[]} */
  const rows = [];
  const measured = [];
  try {
    const meter = await Meter.open(browser, `http://127.0.0.1:${await server.call('port')}/`);
    for (const row of CLIENT.filter(({ name }) => name.includes(wanted))) {
      const rate = await warmUp(meter, row, plan.warmUpMessages);
      const load = { count: rate * plan.turnSeconds, rate, bytes: MESSAGE_BYTES };
      /** @type {Record<Side, Turn[]>} */
      const turns = { native: [], relay: [], holdfast: [] };
      for (let round = 0; round < plan.rounds; round++) {
        // None is always the first.
        for (const side of rotated(SIDES, round)) turns[side].push(await meter.takeTurn(side, row, load));
      }
      const { text, judged } = clientReport(row, turns, rate);
      console.log(`\n${text}`);
      rows.push(judged);
      measured.push({ row: row.name, rate, turns });
      const file = profile(row.name);
      if (file !== null) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, JSON.stringify(await meter.profileTurn('holdfast', row, load)));
      }
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  write({ ...plan, bytes: MESSAGE_BYTES, rows, measured });
  return rows;
}

/**
 * @param {Meter} meter
 * @param {ClientRow} row
 * @param {number} count messages of each side's turn
 * @returns {Promise<number>} the highest rate that all sides hold, in messages a second
 */
async function warmUp(meter, row, count) {
  const load = { count, rate: RATE, bytes: MESSAGE_BYTES };
  for (const side of SIDES) await meter.takeTurn(side, row, load);
  const turns = [];
  for (const side of SIDES) turns.push(await meter.takeTurn(side, row, load));
  return chooseRate(turns);
}

/** @template Item @param {readonly Item[]} items @param {number} by @returns {Item[]} */
function rotated(items, by) {
  return items.map((_, at) => /** @type {Item} */ (items[(at + by) % items.length]));
}

/** A page of each side, and what the processes of all of them have used. */
class Meter {
  #browserSession;
  #pages;

  /** @param {CDPSession} browserSession @param {Map<Side, { page: Page, session: CDPSession }>} pages */
  constructor(browserSession, pages) {
    this.#browserSession = browserSession;
    this.#pages = pages;
  }

  /** @param {Browser} browser @param {string} url */
  static async open(browser, url) {
    const pages = new Map();
    for (const side of SIDES) {
      const page = await browser.newPage();
      await page.goto(url);
      await page.waitForFunction(() => 'Client' in globalThis);
      pages.set(side, { page, session: await page.context().newCDPSession(page) });
    }
    return new Meter(await browser.newBrowserCDPSession(), pages);
  }

  /** @param {Side} side @param {ClientRow} row @param {Load} load @returns {Promise<Turn>} */
  async takeTurn(side, row, load) {
    const { page, session } = this.#of(side);
    const opened = await page.evaluateHandle((side) => globalThis.Client.open(side), side);
    await session.send('HeapProfiler.collectGarbage');
    const before = await this.#rendererSeconds();
    const tookMs = await opened.evaluate(
      (opened, [row, load]) => globalThis.Client.run(opened, row, load),
      /** @type {const} */ ([row, load]),
    );
    const cpuSeconds = (await this.#rendererSeconds()) - before;
    await opened.evaluate(({ socket }) => socket.close());
    await opened.dispose();
    return {
      cpuUs: (cpuSeconds * MICROSECONDS) / load.count,
      perSecond: (load.count * MS_PER_SECOND) / tookMs,
    };
  }

  /** @param {Side} side @param {ClientRow} row @param {Load} load */
  async profileTurn(side, row, load) {
    const { session } = this.#of(side);
    await session.send('Profiler.enable');
    await session.send('Profiler.start');
    await this.takeTurn(side, row, load);
    const { profile } = await session.send('Profiler.stop');
    await session.send('Profiler.disable');
    return profile;
  }

  /** @param {Side} side */
  #of(side) {
    const found = this.#pages.get(side);
    if (found === undefined) throw new Error(`There is no page for ${side}.`);
    return found;
  }

  /** Of the pages' processes, of which all but one rest, and of those kept ready, which do nothing. */
  async #rendererSeconds() {
    const { processInfo } = await this.#browserSession.send('SystemInfo.getProcessInfo');
    return processInfo
      .filter(({ type }) => type === 'renderer')
      .reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }
}
