/**
 * A seed → the weather over each page, episode after episode, without end: which, for how long, and how long the calm after it lasts.
 * The same seed gives the same episodes; how far a run comes depends on how fast it is.
 *
 * @import { Weather } from './weather.mjs'
 */
import { Random } from '../conformance/random.mjs';
import { WEATHER } from './weather.mjs';

/**
 * @typedef {object} Episode
 * @property {string} name in WEATHER
 * @property {Weather} weather
 * @property {number} lastsMs
 * @property {number} calmMs what follows
 * @property {boolean} wakes whether pages are told that they are online again when it is over
 */

/** Between two episodes, in ms: mostly so short that a session is hit again while it recovers... */
const SHORT_CALM_MS = [0, 600];
/** ...and sometimes long enough for it to find a better transport again. */
const LONG_CALM_MS = [2500, 4500];
const LONG_CALM_PROBABILITY = 0.3;

/** Browsers notice some changes of the network, and say `online`. */
const WAKE_PROBABILITY = 0.5;

/**
 * @param {number | string} seed
 * @param {string} place a page, or what they have in common; each has weather of its own
 * @param {readonly string[]} [names] of WEATHER, those that may come
 * @returns {Generator<Episode, never>}
 */
export function* episodes(seed, place, names = Object.keys(WEATHER)) {
  const random = new Random(`${seed} ${place}`);
  for (;;) {
    const name = draw(random, names);
    const kind = WEATHER[name];
    if (kind === undefined) throw new Error(`There is no weather "${name}"`);
    const { lastsMs } = kind;
    const calmMs = random.chance(LONG_CALM_PROBABILITY) ? LONG_CALM_MS : SHORT_CALM_MS;
    yield {
      name,
      weather: kind.draw(random),
      lastsMs: between(random, lastsMs),
      calmMs: between(random, calmMs),
      wakes: random.chance(WAKE_PROBABILITY),
    };
  }
}

/** By their chances. */
/** @param {Random} random @param {readonly string[]} names */
function draw(random, names) {
  const chanceOf = (/** @type {string} */ name) => WEATHER[name]?.chance ?? 0;
  let left = random.next() * names.reduce((sum, name) => sum + chanceOf(name), 0);
  for (const name of names) {
    left -= chanceOf(name);
    if (left < 0) return name;
  }
  throw new Error('There is no weather to draw from');
}

/** @param {Random} random @param {readonly number[]} bounds */
function between(random, [least = 0, most = 0]) {
  return least + random.below(most - least + 1);
}
