/**
 * The drawing board's canvas: strokes in board units in, pixels out, in the colours of the theme.
 *
 * New points are drawn onto what is there; everything is drawn anew only when the size, the theme or the picture
 * changes. Knows no network and no pointer.
 */
import { BOARD_HEIGHT, BOARD_WIDTH } from '../shared/limits.js';
import { token } from './page.js';

/** @typedef {{ person: number, stroke: number, colour: number, width: number, points: number[] }} Stroke */

export class BoardSurface {
  /** @type {() => Iterable<Stroke>} */
  #strokes;
  #context;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => Iterable<Stroke>} strokes the whole picture, oldest first
   */
  constructor(canvas, strokes) {
    this.canvas = canvas;
    this.#strokes = strokes;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    new ResizeObserver(() => this.#fit()).observe(canvas);
  }

  /** Pixels of the page per board unit. */
  get scale() {
    return this.canvas.clientWidth / BOARD_WIDTH;
  }

  redraw() {
    this.#context.clearRect(0, 0, BOARD_WIDTH, BOARD_HEIGHT);
    for (const stroke of this.#strokes()) this.drawFrom(stroke, 0);
  }

  /**
   * Draws a stroke from one of its coordinates on.
   *
   * @param {Stroke} stroke
   * @param {number} from index into its points; the point before it is where the line goes on
   */
  drawFrom({ colour, width, points }, from) {
    const context = this.#context;
    const start = Math.max(0, from - 2);
    context.lineWidth = width;
    context.strokeStyle = token(`--pen-${colour}`);
    context.beginPath();
    context.moveTo(points[start] ?? 0, points[start + 1] ?? 0);
    // A lone point is a line of no length, which a round cap makes a dot.
    if (points.length === 2) context.lineTo(points[0] ?? 0, points[1] ?? 0);
    for (let i = start + 2; i < points.length; i += 2) context.lineTo(points[i] ?? 0, points[i + 1] ?? 0);
    context.stroke();
  }

  #fit() {
    const { canvas } = this;
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    // A hidden board has no size; it is fitted when it is shown.
    if (width === 0 || width === canvas.width) return;
    canvas.width = width;
    canvas.height = Math.round((width * BOARD_HEIGHT) / BOARD_WIDTH);
    this.#context.scale(width / BOARD_WIDTH, width / BOARD_WIDTH);
    this.#context.lineCap = 'round';
    this.#context.lineJoin = 'round';
    this.redraw();
  }
}
