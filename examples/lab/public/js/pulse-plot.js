/**
 * Plots round trips over the last half minute: one mark each, in the colour of the transport that carried it, on a
 * logarithmic scale, since a pulled cable and a healthy loopback lie four powers of ten apart.
 */
import { formatDuration } from './format.js';
import { token } from './page.js';
import { colourOf } from './transports.js';

/** @typedef {{ atMs: number, roundTripMs: number, transport: string | null }} Trip */

/** What the plot shows from left to right, in ms. */
export const SHOWN_MS = 30_000;

/** The scale spans at least this, in ms, and grows with what is measured. */
const LEAST_TOP_MS = 100;
const LEAST_BOTTOM_MS = 1;
const GRID_MS = [0.1, 1, 10, 100, 1000, 10_000, 100_000];

/** Room for the scale's labels, in pixels. */
const LABELS_PX = 50;
const MARK_PX = 2.6;

export class PulsePlot {
  #canvas;
  #context;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  }

  /**
   * @param {readonly Trip[]} trips oldest first
   * @param {{ p50: number | undefined, p95: number | undefined }} lines
   * @param {number} nowMs
   */
  draw(trips, lines, nowMs) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    this.#prepare(width, height);
    const scale = makeScale(trips, height);
    this.#drawGrid(scale, width);
    this.#drawLine(lines.p50, scale, width, [], 'p50');
    this.#drawLine(lines.p95, scale, width, [4, 4], 'p95');
    this.#drawMarks(trips, scale, (atMs) => width - ((nowMs - atMs) / SHOWN_MS) * (width - LABELS_PX));
  }

  /** @param {readonly Trip[]} trips @param {Scale} scale @param {(atMs: number) => number} xOf */
  #drawMarks(trips, scale, xOf) {
    const context = this.#context;
    // A colour is looked up where it changes: asking the stylesheet for each mark would cost more than drawing it.
    /** @type {string | null | undefined} */
    let coloured;
    for (const { atMs, roundTripMs, transport } of trips) {
      if (transport !== coloured) context.fillStyle = token(colourOf(transport));
      coloured = transport;
      context.fillRect(xOf(atMs) - MARK_PX, scale.y(roundTripMs) - MARK_PX / 2, MARK_PX, MARK_PX);
    }
  }

  /** @param {number} width @param {number} height */
  #prepare(width, height) {
    const ratio = devicePixelRatio;
    if (
      this.#canvas.width !== Math.round(width * ratio) ||
      this.#canvas.height !== Math.round(height * ratio)
    ) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    this.#context.font = `11px ${token('--sans')}`;
    this.#context.textBaseline = 'middle';
  }

  /** @param {Scale} scale @param {number} width */
  #drawGrid(scale, width) {
    const context = this.#context;
    context.strokeStyle = token('--line');
    context.fillStyle = token('--ink-soft');
    context.lineWidth = 1;
    context.textAlign = 'right';
    for (const ms of GRID_MS) {
      if (ms < scale.bottomMs || ms > scale.topMs) continue;
      const y = Math.round(scale.y(ms)) + 0.5;
      context.beginPath();
      context.moveTo(LABELS_PX, y);
      context.lineTo(width, y);
      context.stroke();
      context.fillText(ms < 1 ? `${ms} ms` : formatDuration(ms).replace('.0', ''), LABELS_PX - 8, y);
    }
  }

  /**
   * @param {number | undefined} ms
   * @param {Scale} scale
   * @param {number} width
   * @param {number[]} dash
   * @param {string} label
   */
  #drawLine(ms, scale, width, dash, label) {
    if (ms === undefined) return;
    const context = this.#context;
    const y = scale.y(ms);
    context.strokeStyle = token('--ink');
    context.globalAlpha = 0.55;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(LABELS_PX, y);
    context.lineTo(width, y);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.textAlign = 'left';
    context.fillStyle = token('--ink');
    context.fillText(label, LABELS_PX + 4, label === 'p50' ? y + 9 : y - 9);
  }
}

/** @typedef {{ topMs: number, bottomMs: number, y: (ms: number) => number }} Scale */

/** @param {readonly Trip[]} trips @param {number} height @returns {Scale} */
function makeScale(trips, height) {
  const largest = trips.reduce((most, { roundTripMs }) => Math.max(most, roundTripMs), LEAST_TOP_MS);
  const smallest = trips.reduce((least, { roundTripMs }) => Math.min(least, roundTripMs), LEAST_BOTTOM_MS);
  const topMs = 10 ** Math.ceil(Math.log10(largest));
  const bottomMs = Math.max(0.1, 10 ** Math.floor(Math.log10(Math.max(smallest, 0.1))));
  const marginPx = 9;
  const perDecade = (height - 2 * marginPx) / Math.log10(topMs / bottomMs);
  return {
    topMs,
    bottomMs,
    y: (ms) => height - marginPx - Math.log10(Math.max(ms, bottomMs) / bottomMs) * perDecade,
  };
}
