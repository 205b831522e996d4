/**
 * Name tags that follow the pens of the others and fade when a pen rests.
 */
import { make } from './page.js';

/** @import { BoardSurface, Stroke } from './board-surface.js' */
/** @import { People } from './people.js' */

/** How long a tag stays after the last point, in ms. */
const STAY_MS = 1200;

export class BoardTags {
  #surface;
  #people;
  /** @type {Map<number, { tag: HTMLElement, timer: number | undefined }>} */
  #tags = new Map();

  /** @param {BoardSurface} surface @param {People} people */
  constructor(surface, people) {
    this.#surface = surface;
    this.#people = people;
  }

  /** The person's pen is at the end of this stroke. @param {Stroke} stroke */
  follow({ person, colour, points }) {
    const entry = this.#tags.get(person) ?? this.#open(person);
    const { canvas, scale } = this.#surface;
    const x = canvas.offsetLeft + (points.at(-2) ?? 0) * scale + 8;
    const y = canvas.offsetTop + (points.at(-1) ?? 0) * scale + 8;
    entry.tag.textContent = this.#people.find(person)?.name ?? '';
    entry.tag.style.setProperty('--person', `var(--pen-${colour})`);
    entry.tag.style.transform = `translate(${x}px, ${y}px)`;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.tag.remove();
      this.#tags.delete(person);
    }, STAY_MS);
  }

  /** @param {number} person */
  #open(person) {
    const entry = { tag: make('span', 'pen-tag'), timer: /** @type {number | undefined} */ (undefined) };
    entry.tag.setAttribute('aria-hidden', 'true');
    this.#surface.canvas.parentElement?.append(entry.tag);
    this.#tags.set(person, entry);
    return entry;
  }
}
