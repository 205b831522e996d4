/**
 * One run: sessions that send both ways all the time, under the weather of a seed, until everything was sent; then calm, until
 * everything has arrived; then each is closed, from one end or the other. It conducts, and gathers what both ends have seen; what that
 * is worth is said by report.mjs.
 *
 * @import { Browser } from 'playwright-core'
 * @import { Episode } from './schedule.mjs'
 * @import { SessionReport, Visitor } from './stage.mjs'
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Progress } from './progress.mjs';
import { episodes } from './schedule.mjs';
import { Stage } from './stage.mjs';
import { rulesOf } from './weather.mjs';

/** @typedef {{ seed: number, messages: number, seconds: number, visitors: readonly Visitor[] }} Plan */

/** An episode that has been. `place`: the page it befell, or all. */
/** @typedef {Episode & { place: string, atMs: number }} PastEpisode */

/**
 * Everything that was seen of a run.
 *
 * @typedef {object} Outcome
 * @property {Plan} plan
 * @property {SessionReport[]} sessions before they were closed
 * @property {SessionReport[]} closed the same afterwards
 * @property {readonly ExpectedClose[]} closes what they were asked for, in the same order
 * @property {PastEpisode[]} episodes
 * @property {import('@holdfast/faults').Stats} stats what the proxy has really done
 * @property {import('@holdfast/faults').LogEntry[]} proxyLog
 * @property {{ sockets: number, mostMemoryBytes: number }} load of the server, at the end
 * @property {number} durationMs
 * @property {string | null} interrupted why it ended before everything was sent
 */

/** @typedef {{ by: 'page' | 'server', code: number, reason: string }} ExpectedClose */

/** Nothing that the weather does lasts this long, in ms: whoever has not moved by then never will. */
const STUCK_AFTER_MS = 45_000;
const LOOK_EVERY_MS = 250;
const SAY_EVERY_MS = 10_000;

/** A closing handshake on a calm network, on a busy machine, in ms. */
const CLOSE_WITHIN_MS = 30_000;

/** What befalls all pages at once, and how much rarer than what befalls one. */
const COMMON_WEATHER = ['TCP cut', 'network gone', 'cable pulled and put back', 'slow network'];
const COMMON_CALM_FACTOR = 6;

/** So that a half-open connection is noticed within a few seconds, not within 37. */
const KEEPALIVE_MS = 2000;

/**
 * @param {Browser} browser
 * @param {Plan} plan
 * @param {(line: string) => void} say
 * @returns {Promise<Outcome>}
 */
export async function run(browser, plan, say) {
  const perSession = Math.ceil(plan.messages / plan.visitors.length / 2);
  const traffic = { seed: plan.seed, perSession, perSecond: perSession / plan.seconds };
  const startedAtMs = performance.now();
  const stage = await Stage.build(browser, { traffic, options: { keepaliveMs: KEEPALIVE_MS } });
  try {
    for (const visitor of plan.visitors) await stage.enter(visitor, traffic);
    const weather = new Storm(stage, plan);
    const watch = new Watch(stage, perSession, say);
    let interrupted = await watch.until(({ sent, total }) => sent === total);
    await weather.end();
    interrupted ??= await watch.until(({ received, acknowledged, total }) => {
      return received >= total && acknowledged === total / 2;
    });
    const sessions = await stage.reports();
    const closes = await closeAll(stage);
    return {
      plan,
      sessions,
      closed: await stage.reports(),
      closes,
      episodes: weather.past,
      stats: await stage.proxy.stats(),
      proxyLog: await stage.proxy.log(),
      load: await stage.load(),
      durationMs: performance.now() - startedAtMs,
      interrupted,
    };
  } finally {
    await stage.strike();
  }
}

/** The weather over every page, and over all of them, until it is ended. */
class Storm {
  /** @type {PastEpisode[]} */
  past = [];
  #stage;
  #ending = new AbortController();
  #places;

  /** @param {Stage} stage @param {Plan} plan */
  constructor(stage, { seed, visitors }) {
    this.#stage = stage;
    this.#places = [
      ...visitors.map(({ name }) => this.#rage(name, { page: name }, episodes(seed, name), 1)),
      this.#rage('all', undefined, episodes(seed, 'all', COMMON_WEATHER), COMMON_CALM_FACTOR),
    ];
  }

  /** Afterwards the network is as good as can be. */
  async end() {
    this.#ending.abort();
    await Promise.all(this.#places);
  }

  /**
   * @param {string} place
   * @param {Record<string, string> | undefined} query
   * @param {Generator<Episode, never>} coming
   * @param {number} calmFactor
   */
  async #rage(place, query, coming, calmFactor) {
    const { signal } = this.#ending;
    const { proxy } = this.#stage;
    const pause = (/** @type {number} */ ms) => delay(ms, undefined, { signal }).catch(() => {});
    await pause(calmFactor * coming.next().value.calmMs);
    while (!signal.aborted) {
      const episode = coming.next().value;
      const { name, weather, lastsMs, calmMs, wakes } = episode;
      this.past.push({ ...episode, place, atMs: Date.now() });
      await proxy.set(rulesOf(name, weather, query), { group: place });
      const { cuts, how } = weather;
      const match = { path: '/socket', ...(query === undefined ? {} : { query }) };
      if (cuts !== undefined) await proxy.cut({ match: { ...match, kind: cuts }, ...(how && { how }) });
      const resume = await this.#stage.pause(place, weather.pauses ?? [], lastsMs);
      await pause(lastsMs);
      await resume();
      await proxy.set([], { group: place });
      if (wakes) await this.#stage.wake(query?.['page']);
      await pause(calmFactor * calmMs);
    }
  }
}

/** Waits, and finds out when there is nothing to wait for any more. */
class Watch {
  #stage;
  #perSession;
  #say;

  /** @param {Stage} stage @param {number} perSession @param {(line: string) => void} say */
  constructor(stage, perSession, say) {
    this.#stage = stage;
    this.#perSession = perSession;
    this.#say = say;
  }

  /**
   * @param {(now: { sent: number, received: number, acknowledged: number, total: number }) => boolean} isReached
   * @returns {Promise<string | null>} why it will not be reached; null: it was
   */
  async until(isReached) {
    const progress = new Progress();
    let saidAtMs = performance.now();
    for (;;) {
      const [pages, server] = await Promise.all([this.#stage.progress(), this.#stage.serverProgress()]);
      const total = 2 * this.#perSession * pages.length;
      const sent = pages.reduce((sum, page) => sum + page.sent, server.sent);
      const received = pages.reduce((sum, page) => sum + page.received, server.received);
      const { acknowledged } = server;
      if (isReached({ sent, received, acknowledged, total })) return null;
      if (pages.some(({ isClosed }) => isClosed)) return 'a session was closed';
      const nowMs = performance.now();
      const messages = sent + received + acknowledged;
      const waitingBytes = pages.reduce((sum, page) => sum + page.bufferedAmount, server.bufferedAmount);
      const idleMs = progress.idleMs({ messages, waitingBytes }, nowMs);
      if (idleMs > STUCK_AFTER_MS) return `nothing moved for ${STUCK_AFTER_MS / 1000} s`;
      if (nowMs - saidAtMs > SAY_EVERY_MS) {
        saidAtMs = nowMs;
        this.#say(`  ${received.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} messages`);
      }
      await delay(LOOK_EVERY_MS); // asks again: nothing tells when the last message has come
    }
  }
}

/** Closes each session, in turns from one end and from the other, and waits for it. @param {Stage} stage */
async function closeAll(stage) {
  const closes = stage.visitors.map((_, index) => {
    const by = /** @type {const} */ (['page', 'server'])[index % 2] ?? 'page';
    return { by, code: 4000 + index, reason: `end of ${index}` };
  });
  await Promise.all(
    stage.visitors.map((visitor, index) =>
      stage.close(visitor, /** @type {ExpectedClose} */ (closes[index])),
    ),
  );
  const deadlineMs = performance.now() + CLOSE_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const [pages, { sockets }] = await Promise.all([stage.progress(), stage.load()]);
    if (sockets === 0 && pages.every(({ isClosed }) => isClosed)) break;
    await delay(LOOK_EVERY_MS);
  }
  return closes;
}
