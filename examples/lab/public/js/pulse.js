/**
 * The pulse: shows the number the server pushes, sends an echo of each push at once, and plots the round trips that
 * the server measured by these echoes.
 */
import { formatDuration } from './format.js';
import { element, setIcon, setText } from './page.js';
import { percentile } from './percentile.js';
import { PulsePlot, SHOWN_MS } from './pulse-plot.js';

/** @import { Connection } from './connection.js' */
/** @import { Trip } from './pulse-plot.js' */

/** How often the plot moves on, in ms: 25 times a second, which leaves the processor to the messages. */
const DRAW_MS = 40;

/** How often numbers that people read change, in ms. */
const READ_MS = 250;

export class Pulse {
  #connection;
  #plot = new PulsePlot(element('pulse-plot', HTMLCanvasElement));
  #value = element('pulse-value', HTMLElement);
  #p50 = element('pulse-p50', HTMLElement);
  #p95 = element('pulse-p95', HTMLElement);
  #toggle = element('pulse-toggle', HTMLButtonElement);
  #isRunning = true;

  /** Of the last half minute, oldest first. @type {Trip[]} */
  #trips = [];
  /** @type {{ p50: number | undefined, p95: number | undefined }} */
  #lines = { p50: undefined, p95: undefined };
  #drawnAtMs = 0;
  #readAtMs = 0;

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    this.#toggle.addEventListener('click', () => this.#run(!this.#isRunning));
    connection.onTopic('pulse', (type, body) => {
      if (type === 'push') this.#takePush(body);
    });
    connection.on('state', (state) => {
      if (state === 'open' && this.#isRunning) connection.send('pulse', 'start');
    });
    const frame = (/** @type {number} */ nowMs) => {
      requestAnimationFrame(frame);
      if (nowMs - this.#drawnAtMs >= DRAW_MS) this.#draw(nowMs);
    };
    requestAnimationFrame(frame);
  }

  /** @param {boolean} isRunning */
  #run(isRunning) {
    this.#isRunning = isRunning;
    this.#connection.send('pulse', isRunning ? 'start' : 'stop');
    this.#toggle.setAttribute('aria-pressed', String(!isRunning));
    setIcon(this.#toggle, isRunning ? 'pause' : 'play');
    setText(/** @type {Element} */ (this.#toggle.lastElementChild), isRunning ? 'Pause' : 'Go on');
  }

  /** @param {Record<string, unknown>} body */
  #takePush({ push, value, trips }) {
    this.#connection.send('pulse', 'echo', { push });
    this.#value.textContent = Number(value).toFixed(3);
    const atMs = performance.now();
    const { transport } = this.#connection;
    for (const [, roundTripMs] of /** @type {[number, number][]} */ (trips)) {
      this.#trips.push({ atMs, roundTripMs, transport });
    }
  }

  /** @param {number} nowMs */
  #draw(nowMs) {
    this.#drawnAtMs = nowMs;
    const firstShown = this.#trips.findIndex(({ atMs }) => nowMs - atMs < SHOWN_MS);
    this.#trips.splice(0, firstShown === -1 ? this.#trips.length : firstShown);
    if (nowMs - this.#readAtMs > READ_MS) {
      this.#readAtMs = nowMs;
      const values = this.#trips.map(({ roundTripMs }) => roundTripMs);
      this.#lines = { p50: percentile(values, 0.5), p95: percentile(values, 0.95) };
      setText(this.#p50, this.#lines.p50 === undefined ? '–' : formatDuration(this.#lines.p50));
      setText(this.#p95, this.#lines.p95 === undefined ? '–' : formatDuration(this.#lines.p95));
    }
    this.#plot.draw(this.#trips, this.#lines, nowMs);
  }
}
