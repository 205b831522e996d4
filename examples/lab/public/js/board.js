/**
 * The shared drawing board. Own strokes show at once and are sent once per frame; strokes of others show as they come.
 *
 * A `clear` says how many of this page's messages had come by then: strokes begun in later ones stay.
 */
import { MAX_BATCH_POINTS, MAX_STROKE_POINTS, MAX_STROKES, PEN_WIDTHS } from '../shared/limits.js';
import { buildPalette } from './board-palette.js';
import { attachPen } from './board-pen.js';
import { BoardSurface } from './board-surface.js';
import { BoardTags } from './board-tags.js';
import { element } from './page.js';

/** @import { Connection } from './connection.js' */
/** @import { Identity } from './identity.js' */
/** @import { People } from './people.js' */
/** @import { Stroke } from './board-surface.js' */

/** @typedef {Stroke & { n: number }} KnownStroke `n`: the message that began it; 0 for strokes of others */

export class Board {
  #connection;
  #identity;
  #surface;
  #tags;
  #hint = element('board-hint', HTMLElement);
  #ink;
  #penWidth = PEN_WIDTHS[1] ?? 1;

  /** Oldest first. @type {Map<string, KnownStroke>} */
  #strokes = new Map();

  /** The own stroke that grows. @type {KnownStroke | undefined} */
  #growing;
  /** Coordinates of the own stroke that were sent. */
  #sentCoordinates = 0;
  #isFrameDue = false;
  #nextStroke = 1;

  /** @param {Connection} connection @param {Identity} identity @param {People} people */
  constructor(connection, identity, people) {
    this.#connection = connection;
    this.#identity = identity;
    this.#ink = identity.colour;
    const canvas = element('board-canvas', HTMLCanvasElement);
    this.#surface = new BoardSurface(canvas, () => this.#strokes.values());
    this.#tags = new BoardTags(this.#surface, people);
    buildPalette({
      ink: this.#ink,
      width: this.#penWidth,
      onInk: (ink) => {
        this.#ink = ink;
      },
      onWidth: (width) => {
        this.#penWidth = width;
      },
    });
    attachPen(canvas, {
      down: () => connection.isOpen,
      move: (x, y) => this.#draw(x, y),
      up: () => this.#lift(),
    });
    element('board-clear', HTMLButtonElement).addEventListener('click', () =>
      connection.send('board', 'clear'),
    );
    connection.onTopic('board', (type, body) => this.#receive(type, body));
    connection.on('state', (state) =>
      element('board', HTMLElement).classList.toggle('board-offline', state !== 'open'),
    );
  }

  /** The theme has changed. */
  redraw() {
    this.#surface.redraw();
  }

  /** @param {number} x @param {number} y */
  #draw(x, y) {
    const stroke = this.#growing ?? this.#begin(x, y);
    const { points } = stroke;
    if (points.at(-2) !== x || points.at(-1) !== y) {
      points.push(x, y);
      this.#surface.drawFrom(stroke, points.length - 2);
    }
    if (points.length / 2 >= MAX_STROKE_POINTS) {
      this.#lift();
      // The line goes on as another stroke, from the same point.
      this.#begin(x, y);
    }
    if (this.#isFrameDue) return;
    this.#isFrameDue = true;
    requestAnimationFrame(() => {
      this.#isFrameDue = false;
      this.#flush();
    });
  }

  /** @param {number} x @param {number} y @returns {KnownStroke} */
  #begin(x, y) {
    const { person } = this.#identity;
    const stroke = {
      person,
      stroke: this.#nextStroke,
      colour: this.#ink,
      width: this.#penWidth,
      points: [x, y],
      n: 0,
    };
    this.#nextStroke += 1;
    this.#growing = stroke;
    this.#sentCoordinates = 0;
    this.#keep(stroke);
    this.#surface.drawFrom(stroke, 0);
    return stroke;
  }

  #lift() {
    this.#flush();
    this.#growing = undefined;
  }

  /** Sends what has been drawn since the last time. */
  #flush() {
    const growing = this.#growing;
    if (growing === undefined) return;
    const { stroke, colour, width, points } = growing;
    while (this.#sentCoordinates < points.length) {
      const batch = points.slice(this.#sentCoordinates, this.#sentCoordinates + 2 * MAX_BATCH_POINTS);
      if (this.#sentCoordinates === 0) {
        growing.n = this.#connection.send('board', 'begin', { stroke, colour, width, points: batch });
      } else {
        this.#connection.send('board', 'points', { stroke, points: batch });
      }
      this.#sentCoordinates += batch.length;
    }
  }

  /** @param {string} type @param {Record<string, unknown>} body */
  #receive(type, body) {
    if (type === 'blank') this.#forget(() => true);
    if (type === 'clear') this.#forget(({ n }) => n <= Number(body['seen']));
    if (type === 'begin') this.#takeStroke(/** @type {Stroke} */ (/** @type {unknown} */ (body)));
    if (type === 'points') {
      const { person, stroke, points } = /** @type {Stroke} */ (/** @type {unknown} */ (body));
      this.#takePoints(`${person}/${stroke}`, points);
    }
    if (type === 'strokes') {
      for (const stroke of /** @type {Stroke[]} */ (body['strokes'])) {
        this.#keep({ ...stroke, n: 0 });
        this.#surface.drawFrom(stroke, 0);
        // After a new session the own count goes on behind what is on the board already.
        if (stroke.person === this.#identity.person)
          this.#nextStroke = Math.max(this.#nextStroke, stroke.stroke + 1);
      }
    }
  }

  /** @param {Stroke} stroke */
  #takeStroke(stroke) {
    this.#keep({ ...stroke, n: 0 });
    this.#surface.drawFrom(stroke, 0);
    this.#tags.follow(stroke);
  }

  /** @param {string} key @param {number[]} points */
  #takePoints(key, points) {
    const stroke = this.#strokes.get(key);
    if (stroke === undefined) return;
    const from = stroke.points.length;
    stroke.points.push(...points);
    this.#surface.drawFrom(stroke, from);
    this.#tags.follow(stroke);
  }

  /** @param {KnownStroke} stroke */
  #keep(stroke) {
    this.#strokes.set(`${stroke.person}/${stroke.stroke}`, stroke);
    this.#hint.hidden = true;
    // The server lets go of the oldest in the same way.
    for (const key of this.#strokes.keys()) {
      if (this.#strokes.size <= MAX_STROKES) return;
      this.#strokes.delete(key);
    }
  }

  /** @param {(stroke: KnownStroke) => boolean} isGone */
  #forget(isGone) {
    for (const [key, stroke] of this.#strokes) {
      const isUnsent = stroke === this.#growing && this.#sentCoordinates === 0;
      if (isUnsent || !isGone(stroke)) continue;
      this.#strokes.delete(key);
      if (stroke === this.#growing) this.#growing = undefined;
    }
    this.#hint.hidden = this.#strokes.size > 0;
    this.#surface.redraw();
  }
}
