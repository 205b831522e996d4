/**
 * Outside a session's life: the network is gone for longer than the server keeps sessions. Each application must see that, at both ends:
 * one `close` 1006, what came before it in order, and nothing after it, also when the network is back.
 *
 * @import { Browser } from 'playwright-core'
 * @import { TransportName } from './pages/page.mjs'
 * @import { Finding } from './verdict.mjs'
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Stage } from './stage.mjs';

const EXPIRY_MS = 1500;
/** So that whoever cannot tell from its connection asks soon. */
const KEEPALIVE_MS = 500;

/** Of a session before the network goes; both ends are sending still. */
const LEAST_MESSAGES = 50;
const TRAFFIC = { perSession: 1_000_000, perSecond: 500 };

/** One and a half intervals until the silence is noticed, the expiry, and a machine that is busy, in ms. */
const CLOSED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

/**
 * @param {Browser} browser
 * @param {{ seed: number, transports: readonly TransportName[] }} plan
 * @returns {Promise<{ expired: number, findings: Finding[] }>} `expired`: sessions that ended as they must
 */
export async function expire(browser, { seed, transports }) {
  if (transports.length === 0) return { expired: 0, findings: [] };
  const traffic = { seed, ...TRAFFIC };
  const options = { sessionExpiryMs: EXPIRY_MS, keepaliveMs: KEEPALIVE_MS };
  const stage = await Stage.build(browser, { traffic, options });
  try {
    for (const transport of transports) {
      await stage.enter({ name: `${transport}-expiry`, transports: [transport] }, traffic);
    }
    await until(async () => {
      const [pages, server] = await Promise.all([stage.progress(), stage.serverProgress()]);
      return (
        pages.every(({ received }) => received >= LEAST_MESSAGES) &&
        server.received >= LEAST_MESSAGES * pages.length
      );
    });
    await stage.proxy.set([{ match: { path: '/socket' }, fault: 'reset' }]);
    await stage.proxy.cut({ match: { path: '/socket' } });
    await until(async () => {
      const [pages, { sockets }] = await Promise.all([stage.progress(), stage.load()]);
      return sockets === 0 && pages.every(({ isClosed }) => isClosed);
    });
    await stage.proxy.set([]);
    await delay(EXPIRY_MS); // whoever wanted to come back would by now
    const findings = (await stage.reports()).flatMap(({ name, page, connections }) => {
      const seen = [
        ...page.events.map(
          ({ type, code, wasClean }) => `${type}${type === 'close' ? ` ${code} ${wasClean}` : ''}`,
        ),
        ...connections.flatMap(({ closes }) => closes.map(({ code }) => `server close ${code}`)),
        ...[page.tally, ...connections.map(({ tally }) => tally)].flatMap(
          ({ firstMistake }) => firstMistake?.came ?? [],
        ),
      ].join(', ');
      if (seen === 'open, error, close 1006 false, server close 1006') return [];
      return [{ session: name, what: `the session expired, and seen was ${seen}`, atMs: Date.now() }];
    });
    return { expired: transports.length - findings.length, findings };
  } finally {
    await stage.strike();
  }
}

/** Until the condition holds, or there is no time left for it to. @param {() => Promise<boolean>} condition */
async function until(condition) {
  const deadlineMs = performance.now() + CLOSED_WITHIN_MS;
  while (!(await condition()) && performance.now() < deadlineMs) await delay(LOOK_EVERY_MS);
}
