/**
 * Who this page is: a secret id for the switches, and a name and a colour for the others.
 *
 * The id is drawn anew by each page, so that two tabs never share a network. Name and colour are remembered.
 */
import { BOARD_COLOURS, MAX_NAME_LENGTH } from '../shared/limits.js';
import { remember, remembered } from './memory.js';

const ADJECTIVES = [
  'Amber',
  'Brave',
  'Calm',
  'Dusky',
  'Early',
  'Fleet',
  'Grey',
  'Hardy',
  'Ivory',
  'Keen',
  'Merry',
  'Quiet',
];
const BIRDS = [
  'Gannet',
  'Puffin',
  'Tern',
  'Petrel',
  'Skua',
  'Fulmar',
  'Plover',
  'Curlew',
  'Heron',
  'Kittiwake',
  'Dunlin',
  'Eider',
];

export class Identity {
  /** 16 hexadecimal digits: 64 random bits. */
  visitor = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  /** What the server numbered this page; 0 until it has. */
  person = 0;
  colour = readColour();
  #name = (remembered('name') ?? `${pick(ADJECTIVES)} ${pick(BIRDS)}`).slice(0, MAX_NAME_LENGTH);

  get name() {
    return this.#name;
  }

  set name(name) {
    this.#name = name;
    remember('name', name);
  }
}

/** @returns {number} */
function readColour() {
  const colour = Number(remembered('colour') ?? Number.NaN);
  if (Number.isInteger(colour) && colour >= 0 && colour < BOARD_COLOURS) return colour;
  // Ink 0 is plain; a stranger deserves a colour.
  const drawn = 1 + Math.floor(Math.random() * (BOARD_COLOURS - 1));
  remember('colour', String(drawn));
  return drawn;
}

/** @param {string[]} words */
function pick(words) {
  return words[Math.floor(Math.random() * words.length)] ?? '';
}
