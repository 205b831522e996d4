/**
 * Measures what a message costs a page, in CPU time of Chromium's renderer: our class on native WebSocket, with a session, beside the
 * native class, the two in turns in each round, on sockets to the same server.
 */
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../scripts/find-chromium.mjs';
import { clientReport, SIDES } from './client-report.mjs';
import { Child } from './process.mjs';
import { CLIENT, MESSAGE_BYTES, RATE } from './questions/client.mjs';
import { count } from './table.mjs';

/** @import { CDPSession, Page } from 'playwright-core' */
/** @import { Turn } from './client-report.mjs' */
/** @import { Side } from './pages/client.mjs' */
/** @import { ClientRow } from './questions/client.mjs' */
/** @import { Judged } from './verdict.mjs' */

const SERVER = new URL('./servers/client.mjs', import.meta.url);

/** @type {readonly Side[]} */
const BACKWARDS = ['holdfast', 'native'];

/** Messages of a turn: two seconds of them, and of the turns before that let the engine compile what runs often. */
const THOROUGH = { rounds: 7, messages: 200_000, warmUpMessages: 100_000 };
const QUICK = { rounds: 1, messages: 20_000, warmUpMessages: 5000 };

const MICROSECONDS = 1e6;
const MS_PER_SECOND = 1000;

/**
 * @param {object} options
 * @param {boolean} options.quick
 * @param {string} options.row only the rows with this in their names
 * @param {(result: object) => void} options.write takes everything that was measured
 * @returns {Promise<Judged[]>}
 */
export async function runClient({ quick, row: wanted, write }) {
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
    const session = await browser.newBrowserCDPSession();
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${await server.call('port')}/`);
    await page.waitForFunction(() => 'Client' in globalThis);
    for (const row of CLIENT.filter(({ name }) => name.includes(wanted))) {
      for (const side of SIDES) await takeTurn(page, session, side, row, plan.warmUpMessages);
      /** @type {Record<Side, Turn[]>} */
      const turns = { native: [], holdfast: [] };
      for (let round = 0; round < plan.rounds; round++) {
        // Neither is always the first.
        for (const side of round % 2 === 0 ? SIDES : BACKWARDS)
          turns[side].push(await takeTurn(page, session, side, row, plan.messages));
      }
      const { text, judged } = clientReport(row, turns);
      console.log(`\n${text}`);
      rows.push(judged);
      measured.push({ row: row.name, turns });
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  write({ ...plan, rate: RATE, bytes: MESSAGE_BYTES, rows, measured });
  return rows;
}

/**
 * @param {Page} page
 * @param {CDPSession} session
 * @param {Side} side
 * @param {ClientRow} row
 * @param {number} messages
 * @returns {Promise<Turn>}
 */
async function takeTurn(page, session, side, row, messages) {
  const opened = await page.evaluateHandle((side) => globalThis.Client.open(side), side);
  const load = { count: messages, rate: RATE, bytes: MESSAGE_BYTES };
  const before = await rendererSeconds(session);
  const tookMs = await opened.evaluate(
    (opened, [row, load]) => globalThis.Client.run(opened, row, load),
    /** @type {const} */ ([row, load]),
  );
  const cpuSeconds = (await rendererSeconds(session)) - before;
  await opened.evaluate(({ socket }) => {
    socket.onclose = null;
    socket.close();
  });
  await opened.dispose();
  return { cpuUs: (cpuSeconds * MICROSECONDS) / messages, perSecond: (messages * MS_PER_SECOND) / tookMs };
}

/** Of the one page's process, and of those kept ready, which do nothing. @param {CDPSession} session */
async function rendererSeconds(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}
