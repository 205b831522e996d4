/**
 * The strokes on the board, oldest first, checked and bounded: a full board loses its oldest strokes.
 *
 * Points are a flat list x, y, x, y … in whole board units. Anything malformed is ignored. Sends nothing.
 */
import {
  BOARD_COLOURS,
  BOARD_HEIGHT,
  BOARD_WIDTH,
  MAX_BATCH_POINTS,
  MAX_BOARD_POINTS,
  MAX_STROKE_POINTS,
  MAX_STROKES,
  PEN_WIDTHS,
} from '../public/shared/limits.js';

/**
 * @typedef {object} Stroke
 * @property {number} person who drew it
 * @property {number} stroke that person's number for it
 * @property {number} colour
 * @property {number} width in board units
 * @property {number[]} points
 */

export class Strokes {
  /** In order of their beginning. @type {Map<string, Stroke>} */
  #strokes = new Map();
  #points = 0;

  all() {
    return this.#strokes.values();
  }

  clear() {
    this.#strokes.clear();
    this.#points = 0;
  }

  /**
   * @param {number} person
   * @param {Record<string, unknown>} body
   * @returns {Stroke | undefined} nothing, if it was malformed
   */
  begin(person, { stroke, colour, width, points }) {
    if (!isWithin(stroke, Number.MAX_SAFE_INTEGER) || !isWithin(colour, BOARD_COLOURS - 1)) return undefined;
    if (typeof width !== 'number' || !PEN_WIDTHS.includes(width) || !isPointList(points)) return undefined;
    const key = keyOf(person, stroke);
    if (this.#strokes.has(key)) return undefined;
    const begun = { person, stroke, colour, width, points: [...points] };
    this.#strokes.set(key, begun);
    this.#points += points.length / 2;
    this.#makeRoom();
    return begun;
  }

  /**
   * @param {number} person
   * @param {Record<string, unknown>} body
   * @returns {{ stroke: number, points: number[] } | undefined} nothing, if it was malformed, too long, or the stroke is gone
   */
  extend(person, { stroke, points }) {
    if (!isWithin(stroke, Number.MAX_SAFE_INTEGER) || !isPointList(points)) return undefined;
    const grown = this.#strokes.get(keyOf(person, stroke));
    if (grown === undefined || (grown.points.length + points.length) / 2 > MAX_STROKE_POINTS)
      return undefined;
    grown.points.push(...points);
    this.#points += points.length / 2;
    this.#makeRoom();
    return { stroke, points };
  }

  #makeRoom() {
    for (const [key, { points }] of this.#strokes) {
      if (this.#strokes.size <= MAX_STROKES && this.#points <= MAX_BOARD_POINTS) return;
      this.#strokes.delete(key);
      this.#points -= points.length / 2;
    }
  }
}

/** @param {number} person @param {number} stroke */
function keyOf(person, stroke) {
  return `${person}/${stroke}`;
}

/** @param {unknown} value @returns {value is number[]} */
function isPointList(value) {
  if (!Array.isArray(value) || value.length === 0 || value.length % 2 !== 0) return false;
  if (value.length / 2 > MAX_BATCH_POINTS) return false;
  return value.every((coordinate, i) => isWithin(coordinate, i % 2 === 0 ? BOARD_WIDTH : BOARD_HEIGHT));
}

/** @param {unknown} value @param {number} max @returns {value is number} */
function isWithin(value, max) {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}
