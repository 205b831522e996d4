/**
 * What may befall a page's network, by name: for each kind of episode the proxy's rules, drawn anew each time, and what is done to what
 * runs already. Random numbers come in, descriptions go out; who it befalls, when and for how long is the schedule's business.
 *
 * @import { CutHow, Fault, Kind, Rule } from '@holdfast/faults'
 * @import { Random } from '../conformance/random.mjs'
 */

/** A rule without the page that it is for. `live`: as in the proxy's rules. */
/** @typedef {{ kinds: Kind[], fault: Fault, probability?: number, live?: boolean } | { link: import('@holdfast/faults').LinkSpec }} Ill */

/**
 * What an episode does.
 *
 * @typedef {object} Weather
 * @property {readonly Ill[]} ills in force while it lasts
 * @property {Kind[]} [cuts] which connections are cut when it begins; none if absent
 * @property {CutHow} [how]
 * @property {readonly Reader[]} [pauses] which applications take nothing while it lasts; none if absent
 */

/** One of the two ends of a session. @typedef {'page' | 'server'} Reader */

/** @typedef {{ chance: number, lastsMs: readonly [number, number], draw: (random: Random) => Weather }} WeatherKind */

/** @type {Kind[]} */
const UPGRADE = ['upgrade'];
/** @type {Kind[]} */
const FALLBACKS = ['fetch', 'form'];
/** @type {Kind[]} */
const ALL = ['upgrade', 'fetch', 'form'];

/** Long enough for another transport to attach and carry something. */
const A_WHILE_MS = /** @type {const} */ ([300, 2500]);
const SHORT_MS = /** @type {const} */ ([50, 800]);
/** Far below the 30 s for which a session lives without a transport. */
const SECONDS_MS = /** @type {const} */ ([1000, 5000]);

/** Long enough for more to come than an application that has paused is sent (PROTOCOL.md §5), and for either end to fill up. */
const PAUSED_MS = /** @type {const} */ ([300, 4000]);

/** @type {readonly (readonly Reader[])[]} */
const READERS = [['page'], ['server'], ['page', 'server']];

/** How the WebSocket is kept away where the fallbacks are to be hurt. @type {readonly Fault[]} */
const WITHOUT_UPGRADE = [
  { type: 'refuse', status: 403 },
  { type: 'refuse', status: 403 },
  { type: 'swallow' },
];

/** Where a cut falls, in bytes: within a handshake, within a small message, within a large one. */
const CUT_AFTER_BYTES = [100, 3000, 60_000, 700_000];

/** `chance` is relative. @type {Record<string, WeatherKind>} */
export const WEATHER = {
  'TCP cut': {
    chance: 6,
    lastsMs: SHORT_MS,
    draw: (random) => ({ ills: [], cuts: ALL, how: random.pick(['end', 'reset']) }),
  },
  'cut after some bytes': {
    chance: 8,
    lastsMs: A_WHILE_MS,
    draw: (random) => {
      const type = random.pick(/** @type {const} */ (['cut-up', 'cut-down']));
      const bytes = random.pick(CUT_AFTER_BYTES) + random.below(5000);
      const how = random.pick(/** @type {CutHow[]} */ (['end', 'reset']));
      return { ills: [{ kinds: ALL, fault: { type, bytes, how }, probability: 0.7 }], cuts: ALL };
    },
  },
  'upgrade refused': {
    chance: 3,
    lastsMs: A_WHILE_MS,
    draw: (random) =>
      withoutUpgrade({ type: 'refuse', status: random.pick([400, 403, 426, 502, 503]), retryAfterS: 1 }),
  },
  'upgrade answered by a captive portal': upgradeEpisode(() => ({ type: 'captive' })),
  'upgrade reset': upgradeEpisode(() => ({ type: 'reset' })),
  'upgrade swallowed': upgradeEpisode(() => ({ type: 'swallow' })),
  'upgrade header stripped': upgradeEpisode(() => ({ type: 'strip-upgrade' })),
  '101 by a middlebox, then silence': upgradeEpisode(() => ({ type: 'silence', by: 'proxy' })),
  '101, then silence': upgradeEpisode((random) => ({ type: 'silence', afterFrames: random.below(6) })),
  'upgrade half-open': upgradeEpisode(() => ({ type: 'half-open' })),
  'a running WebSocket falls silent': {
    chance: 2,
    lastsMs: A_WHILE_MS,
    draw: () => ({ ills: [{ kinds: UPGRADE, fault: { type: 'silence' }, live: true }] }),
  },
  'a running WebSocket is half-open': {
    chance: 2,
    lastsMs: A_WHILE_MS,
    draw: () => ({ ills: [{ kinds: UPGRADE, fault: { type: 'half-open' }, live: true }] }),
  },
  'requests half-open': {
    chance: 0.3,
    lastsMs: SHORT_MS,
    draw: () => ({ ills: [{ kinds: FALLBACKS, fault: { type: 'half-open' }, probability: 0.3 }] }),
  },
  'cable pulled and put back': {
    chance: 2,
    lastsMs: SECONDS_MS,
    draw: () => ({ ills: [{ kinds: ALL, fault: { type: 'stall' } }] }),
  },
  'network gone': {
    chance: 2,
    lastsMs: SECONDS_MS,
    draw: () => ({ ills: [{ kinds: ALL, fault: { type: 'reset' } }], cuts: ALL, how: 'reset' }),
  },
  'gateway of HTTP/1.0': {
    chance: 1,
    lastsMs: A_WHILE_MS,
    draw: () => ({ ills: [{ kinds: ALL, fault: { type: 'http10' } }], cuts: ALL }),
  },
  'idle connections closed': {
    chance: 1,
    lastsMs: A_WHILE_MS,
    draw: (random) => ({
      ills: [{ kinds: ALL, fault: { type: 'idle-close', afterMs: 20 + random.below(500) } }],
    }),
  },
  'captive portal': {
    chance: 1,
    lastsMs: A_WHILE_MS,
    draw: () => ({ ills: [{ kinds: ALL, fault: { type: 'captive' } }], cuts: ALL }),
  },
  'a reader stops': {
    chance: 8,
    lastsMs: PAUSED_MS,
    draw: (random) => {
      const pauses = random.pick(READERS);
      const isCut = random.chance(0.4);
      return { ills: [], pauses, ...(isCut && { cuts: ALL, how: random.pick(['end', 'reset']) }) };
    },
  },
  'slow network': {
    chance: 2,
    lastsMs: A_WHILE_MS,
    draw: (random) => ({
      ills: [
        {
          link: {
            upMs: random.below(150),
            downMs: random.below(150),
            jitterMs: random.below(60),
            upKibps: 300 + random.below(3000),
            downKibps: 300 + random.below(3000),
            seed: random.below(1e6),
          },
        },
      ],
    }),
  },

  'responses buffered': fallbackEpisode((random) => ({
    type: 'hold',
    head: random.pick(['held', 'passed']),
  })),
  'requests and responses cut': fallbackEpisode(
    (random) => ({
      type: random.pick(/** @type {const} */ (['cut-up', 'cut-down'])),
      bytes: random.pick(CUT_AFTER_BYTES) + random.below(5000),
      how: random.pick(/** @type {CutHow[]} */ (['end', 'reset'])),
    }),
    0.7,
  ),
  'last chunk held back': fallbackEpisode(() => ({ type: 'hold-last-chunk' })),
  'requests lost': fallbackEpisode(() => ({ type: 'lose-request' }), 0.3),
  'responses lost': fallbackEpisode(
    (random) => ({ type: 'lose-response', once: random.pick(['head', 'chunk', 'end']) }),
    0.3,
  ),
  'requests sent twice': fallbackEpisode(
    (random) => ({ type: 'twice', respond: random.pick(['first', 'second']) }),
    0.5,
  ),
  'requests reordered': fallbackEpisode(() => ({ type: 'reorder', withinMs: 100 }), 0.5),
  'requests killed with 504': fallbackEpisode((random) => ({
    type: 'timeout',
    afterMs: 20 + random.below(400),
  })),
  'bodies limited (413)': fallbackEpisode((random) => ({
    type: 'limit-body',
    kib: random.pick([64, 128, 256]),
  })),
  'requests answered 429 or 503': fallbackEpisode(
    (random) => ({ type: 'refuse', status: random.pick([429, 503]), retryAfterS: 1 }),
    0.5,
  ),
  'fetch denied': {
    chance: 5,
    lastsMs: [1000, 3500],
    draw: (random) => denied(random, 'fetch'),
  },
  'forms denied': {
    chance: 3,
    lastsMs: [1000, 3500],
    draw: (random) => denied(random, 'form'),
  },
};

/**
 * @param {string} name
 * @param {Weather} weather
 * @param {Record<string, string> | undefined} query which page it befalls; undefined: all
 * @returns {Rule[]}
 */
export function rulesOf(name, { ills }, query) {
  return ills.map((ill, index) => {
    const seed = index + 1;
    const match = { path: '/socket', ...(query === undefined ? {} : { query }) };
    if ('link' in ill) return { name, match, link: ill.link };
    const { kinds, fault, probability = 1, live } = ill;
    const when = live === undefined ? {} : { live };
    return { name, match: { ...match, kind: kinds, probability, seed, ...when }, fault };
  });
}

/** @param {Fault} fault of the WebSocket, which is cut: the fallbacks go on @returns {Weather} */
function withoutUpgrade(fault) {
  return { ills: [{ kinds: UPGRADE, fault }], cuts: UPGRADE, how: 'reset' };
}

/** @param {(random: Random) => Fault} fault @returns {WeatherKind} */
function upgradeEpisode(fault) {
  return { chance: 1, lastsMs: A_WHILE_MS, draw: (random) => withoutUpgrade(fault(random)) };
}

/** Of the fallbacks, while there is nothing else. */
/** @param {(random: Random) => Fault} fault @param {number} [probability] @returns {WeatherKind} */
function fallbackEpisode(fault, probability = 1) {
  return {
    chance: 2,
    lastsMs: A_WHILE_MS,
    draw: (random) => ({
      ills: [
        { kinds: UPGRADE, fault: random.pick(WITHOUT_UPGRADE) },
        { kinds: FALLBACKS, fault: fault(random), probability },
      ],
      cuts: UPGRADE,
      how: 'reset',
    }),
  };
}

/** One kind of request is refused, and with it the WebSocket: the session has to go another way. */
/** @param {Random} random @param {'fetch' | 'form'} kind @returns {Weather} */
function denied(random, kind) {
  /** @type {Kind[]} */
  const kinds = ['upgrade', kind];
  const fault = random.pick(/** @type {Fault[]} */ ([{ type: 'refuse', status: 403 }, { type: 'reset' }]));
  return { ills: [{ kinds, fault }], cuts: kinds, how: 'reset' };
}
