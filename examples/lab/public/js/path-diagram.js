/**
 * The path from the page to the server as a drawing: three lanes, the one in use alive, and on each lane what the
 * switches have done to it.
 */
import { TRANSPORTS, titleOf } from './transports.js';

/** @import { Switches } from './fault-switches.js' */

const SVG = 'http://www.w3.org/2000/svg';

/** Height of each lane's middle, in units of the drawing. */
const LANE_Y = [22, 62, 102];
const PAGE_X = 44;
const SERVER_X = 304;

/** @type {Record<import('./transports.js').TransportName, string>} */
const LANE_TITLES = { websocket: 'WebSocket', 'long-polling': 'long polling', iframe: 'iframe' };

/** What stands on a lane that does not let everything pass, drawn around its middle. */
const SIGNS = {
  refuse: 'M-5-5 5 5M-5 5 5-5',
  swallow: 'M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0',
  silence: 'M-6 0h.1M0 0h.1M6 0h.1',
  held: 'M-3.5-5.5v11M3.5-5.5v11',
};

export class PathDiagram {
  #svg;
  /** @type {Map<string, { lane: SVGGElement, sign: SVGPathElement }>} */
  #lanes = new Map();

  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.#svg = svg;
    for (const [index, transport] of TRANSPORTS.entries()) {
      const y = LANE_Y[index] ?? 0;
      const lane = add(svg, 'g', { class: `lane lane-${transport}` });
      const d = `M${PAGE_X} 62 C${PAGE_X + 34} 62 ${PAGE_X + 28} ${y} ${PAGE_X + 66} ${y} H${SERVER_X - 66} C${SERVER_X - 28} ${y} ${SERVER_X - 34} 62 ${SERVER_X} 62`;
      add(lane, 'path', { class: 'lane-bed', d });
      add(lane, 'path', { class: 'lane-flow lane-up', d });
      add(lane, 'path', { class: 'lane-flow lane-down', d });
      const title = LANE_TITLES[transport];
      add(lane, 'rect', { class: 'lane-plate', x: 174 - 44, y: y - 10, width: 88, height: 20, rx: 10 });
      add(lane, 'text', { class: 'lane-title', x: 174, y: y + 4 }).textContent = title;
      const obstacle = add(lane, 'g', { class: 'lane-obstacle', transform: `translate(236 ${y})` });
      add(obstacle, 'circle', { r: 11 });
      const sign = add(obstacle, 'path', { d: '' });
      this.#lanes.set(transport, { lane, sign });
    }
    drawPage(svg);
    drawServer(svg);
  }

  /** @param {string | null} transport */
  show(transport) {
    for (const [name, { lane }] of this.#lanes) lane.classList.toggle('is-live', name === transport);
    const words =
      transport === null
        ? 'Nothing connects this page and the server'
        : `This page and the server, over ${titleOf(transport)}`;
    if (this.#svg.getAttribute('aria-label') !== words) this.#svg.setAttribute('aria-label', words);
  }

  /** @param {Switches} switches @param {boolean} isCableOut */
  showObstacles({ upgrade, holdResponses, refuseFetch }, isCableOut) {
    const held = holdResponses ? SIGNS.held : '';
    this.#obstruct('websocket', upgrade === 'pass' ? '' : SIGNS[upgrade]);
    this.#obstruct('long-polling', refuseFetch ? SIGNS.refuse : held);
    this.#obstruct('iframe', held);
    this.#svg.classList.toggle('is-cable-out', isCableOut);
  }

  /** @param {string} transport @param {string} drawing of the sign; nothing if empty */
  #obstruct(transport, drawing) {
    const entry = this.#lanes.get(transport);
    if (entry === undefined) return;
    entry.sign.setAttribute('d', drawing);
    entry.lane.classList.toggle('is-blocked', drawing !== '');
  }
}

/** @param {Element} svg */
function drawPage(svg) {
  const page = add(svg, 'g', { class: 'node' });
  add(page, 'rect', { x: 2, y: 44, width: 42, height: 36, rx: 6 });
  add(page, 'path', { d: 'M2 54h42M8 49h.1M13 49h.1M18 49h.1' });
}

/** @param {Element} svg */
function drawServer(svg) {
  const server = add(svg, 'g', { class: 'node' });
  for (const y of [42, 56, 70]) {
    add(server, 'rect', { x: 304, y, width: 42, height: 12, rx: 4 });
    add(server, 'path', { d: `M311 ${y + 6}h.1M317 ${y + 6}h.1` });
  }
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {Element} parent
 * @param {K} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElementTagNameMap[K]}
 */
function add(parent, tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  parent.append(made);
  return made;
}
