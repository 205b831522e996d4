/**
 * `npm run chaos`: random faults between pages of a real Chromium and a real server, and messages that must not mind: each arrives
 * once, in order, unchanged, both ways, through every change of transport, and no session closes before it is told to.
 *
 *   --seed N         of the weather and of the messages; default: a fresh one
 *   --messages N     of all sessions, both directions together; default 1,000,000
 *   --seconds N      how long they take at least, so that the weather meets them; default 240
 *   --pages N        sessions side by side; default 6
 *   --transport T    websocket, long-polling or iframe alone; default: each page its own order of preference
 *   --quick          a short run: 30,000 messages of 4 pages in 15 s
 *   --regressions    one short run for each seed that ever failed (regressions.mjs)
 *
 * Measures what `npm run build` wrote. Prints tables, writes results/chaos-SEED.json, fails where anything was lost, repeated, out of
 * order, corrupted or closed, and where nothing happened. The last line sums up.
 *
 * @import { TransportName } from './pages/page.mjs'
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { isBuilt } from '../scripts/build.mjs';
import { CHROMIUM_ARGS, findChromium } from '../scripts/find-chromium.mjs';
import { root } from '../scripts/workspace.mjs';
import { expire } from './expiry.mjs';
import { REGRESSIONS } from './regressions.mjs';
import { stories, summary, tables } from './report.mjs';
import { run } from './run.mjs';
import { judge } from './verdict.mjs';

const THOROUGH = { messages: 1_000_000, seconds: 240, pages: 6 };
const QUICK = { messages: 30_000, seconds: 15, pages: 4 };

/** @type {readonly TransportName[]} */
const TRANSPORTS = ['websocket', 'long-polling', 'iframe'];

/** Orders of preference, so that sessions also go sideways, and up to what others go down to. Undefined: the default. */
/** @type {readonly (readonly TransportName[] | undefined)[]} */
const PREFERENCES = [
  undefined,
  ['iframe', 'long-polling', 'websocket'],
  undefined,
  ['long-polling', 'iframe'],
  ['long-polling', 'websocket', 'iframe'],
  ['websocket', 'iframe', 'long-polling'],
];

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    messages: { type: 'string' },
    seconds: { type: 'string' },
    pages: { type: 'string' },
    transport: { type: 'string' },
    quick: { type: 'boolean', default: false },
    regressions: { type: 'boolean', default: false },
  },
});
const only = TRANSPORTS.find((transport) => transport === values.transport);
if (values.transport !== undefined && only === undefined) {
  console.error(`There is no transport "${values.transport}". There are: ${TRANSPORTS.join(' ')}.`);
  process.exit(1);
}
if (!isBuilt()) console.log('The build is missing or older than its sources: npm run build makes a new one.');

const usual = values.quick || values.regressions ? QUICK : THOROUGH;
const settings = {
  messages: number('messages', usual.messages),
  seconds: number('seconds', usual.seconds),
  pages: number('pages', usual.pages),
};
const browser = await chromium.launch({ executablePath: await findChromium(), args: CHROMIUM_ARGS });
try {
  const runs = values.regressions ? REGRESSIONS : [{ seed: number('seed', randomInt(1e9)), transport: only }];
  for (const { seed, transport } of runs) {
    if (!(await chaos(seed, transport))) process.exitCode = 1;
  }
} finally {
  await browser.close();
}

/** @param {number} seed @param {TransportName} [transport] @returns {Promise<boolean>} whether all was well */
async function chaos(seed, transport) {
  const visitors = Array.from({ length: settings.pages }, (_, index) => ({
    name: `p${index}`,
    transports: transport === undefined ? PREFERENCES[index % PREFERENCES.length] : [transport],
  }));
  const about = Object.entries({ seed, transport, ...settings }).filter(([, value]) => value !== undefined);
  const repeat = `npm run chaos -- ${about.map(([name, value]) => `--${name} ${value}`).join(' ')}`;
  console.log(`\n${repeat}`);
  const outcome = await run(browser, { seed, visitors, ...settings }, (line) => console.log(line));
  const verdict = judge(outcome);
  // Whoever runs many seeds has seen this with a fresh one.
  const expiring = values.regressions ? [] : transport === undefined ? TRANSPORTS : [transport];
  const expiry = await expire(browser, { seed, transports: expiring });
  verdict.closes.push(...expiry.findings);
  verdict.isFlawless &&= expiry.findings.length === 0;

  console.log(`\n${tables(outcome, verdict)}`);
  if (expiring.length > 0) console.log(`\nsessions that expired as they must: ${expiry.expired}`);
  const told = stories(outcome, verdict, repeat);
  if (told !== '') console.log(`\n${told}`);
  const { proxyLog, closed, ...kept } = outcome;
  const folder = join(root, 'results');
  mkdirSync(folder, { recursive: true });
  const result = { repeat, verdict, expiry, ...kept, ...(verdict.isFlawless ? {} : { closed, proxyLog }) };
  writeFileSync(join(folder, `chaos-${seed}.json`), `${JSON.stringify(result, null, 1)}\n`);
  console.log(`\n${summary(seed, verdict)}`);
  return verdict.isFlawless;
}

/** @param {'seed' | keyof typeof THOROUGH} name @param {number} fallback */
function number(name, fallback) {
  const value = Number(values[name] ?? fallback);
  if (!Number.isSafeInteger(value) || value < (name === 'seed' ? 0 : 1)) {
    console.error(`--${name}: must be a whole number`);
    process.exit(1);
  }
  return value;
}
