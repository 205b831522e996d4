/**
 * The messages of one direction of a session, each a function of the seed, the direction's name and its number: what one end
 * sends, the other makes again and compares. Most are small; some are empty; some span many fragments; some are of several MiB. Each
 * that is not empty begins with its name and number, so that a checker can tell what came instead of what was due. The same
 * code in pages and in Node; what carries the messages is not known here.
 */

/** @typedef {string | Uint8Array<ArrayBuffer>} Message */

/** One in so many is empty. */
const EVERY_EMPTY = 50;

/** One in so many is longer than one fragment (32 KiB), mostly. */
const EVERY_LONG = 1000;
const LONG_BYTES = [20_000, 200_000];

/** One in so many is larger than what a request holds, and than what any buffer on the way does. The first one comes early. */
const EVERY_LARGE = 10_000;
export const FIRST_LARGE = 50;
const LARGE_BYTES = [1_000_000, 4_000_000];

/** All others, as chats, games and editors send them. */
const SHORT_BYTES = [0, 250];

/** What the wire must not mistake for its own. */
const BEGINNINGS = ['', '', '', '', '', '~', '~~', '~more ', '~ack 9 ', '~close 1000 '];

/** The pool that contents are cut from, in bytes and in UTF-16 code units: a prime beyond the longest message. */
const POOL_LENGTH = 4_200_013;

/** Characters of 1 to 4 bytes in UTF-8, and some that are written in two code units. */
const ALPHABET = [...'abcdefghijklmnopqrstuvwxyz 0123456789~\n"\\éß€漢字😀🧭'];

const HEADER = /^(?:~more |~ack 9 |~close 1000 |~~|~)?([\w-]+) (\d+) /;
const LONGEST_HEADER = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');

export class Messages {
  /** @type {string} */
  name;
  #seed;

  /**
   * @param {number} seed
   * @param {string} name of the direction, letters and digits
   */
  constructor(seed, name) {
    this.name = name;
    this.#seed = [...name].reduce((mixed, letter) => mix(mixed, letter.charCodeAt(0)), seed);
  }

  /**
   * @param {number} number
   * @returns {Message}
   */
  at(number) {
    const dice = mix(this.#seed, number);
    if (dice % EVERY_EMPTY === 0) return dice & 0x100 ? '' : new Uint8Array(0);
    const header = `${BEGINNINGS[(dice >>> 8) % BEGINNINGS.length]}${this.name} ${number} `;
    const length = lengthOf(number, mix(dice, 1));
    const from = mix(dice, 2) % (POOL_LENGTH - length);
    return dice & 0x10000 ? header + text(from, length) : binary(header, from, length);
  }
}

/**
 * @param {string | Uint8Array} message
 * @returns {{ name: string, number: number } | undefined} what it says it is; undefined where it does not
 */
export function identify(message) {
  const beginning =
    typeof message === 'string'
      ? message.slice(0, LONGEST_HEADER)
      : decoder.decode(message.subarray(0, LONGEST_HEADER));
  const [, name, number] = HEADER.exec(beginning) ?? [];
  return name === undefined ? undefined : { name, number: Number(number) };
}

/**
 * @param {string | Uint8Array} a
 * @param {string | Uint8Array} b
 */
export function isSame(a, b) {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @param {number} number @param {number} dice */
function lengthOf(number, dice) {
  const isLarge = number % EVERY_LARGE === FIRST_LARGE;
  const [least = 0, most = 0] = isLarge ? LARGE_BYTES : dice % EVERY_LONG === 0 ? LONG_BYTES : SHORT_BYTES;
  return least + ((dice >>> 10) % (most - least));
}

/** @type {string | undefined} */
let textPool;
/** @type {Uint8Array | undefined} */
let bytePool;

/** @param {number} from @param {number} length in code units, one less where that would cut a character */
function text(from, length) {
  textPool ??= makeTextPool();
  let [start, end] = [from, from + length];
  if (isSecondHalf(textPool, start)) start++;
  if (isSecondHalf(textPool, end)) end--;
  return textPool.slice(start, Math.max(start, end));
}

/** @param {string} header @param {number} from @param {number} length */
function binary(header, from, length) {
  bytePool ??= makeBytePool();
  const message = new Uint8Array(header.length + length);
  encoder.encodeInto(header, message);
  message.set(bytePool.subarray(from, from + length), header.length);
  return message;
}

function makeTextPool() {
  let pool = '';
  for (let i = 0; pool.length < POOL_LENGTH; i++) pool += ALPHABET[mix(i, 4) % ALPHABET.length];
  return pool;
}

function makeBytePool() {
  const pool = new Uint8Array(POOL_LENGTH);
  for (let i = 0; i < POOL_LENGTH; i++) pool[i] = mix(i, 3);
  return pool;
}

/** @param {string} pool @param {number} at */
function isSecondHalf(pool, at) {
  const unit = pool.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/**
 * 32 bits that look random and follow from both arguments (the last steps of MurmurHash3, which let every bit count).
 *
 * @param {number} a
 * @param {number} b
 */
function mix(a, b) {
  let mixed = Math.imul(a ^ Math.imul(b + 0x9e3779b9, 0x85ebca6b), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
