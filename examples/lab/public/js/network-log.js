/**
 * The log: what Holdfast tried, with outcome and duration and why, and what the visitor did, newest first.
 *
 * An attempt's line turns into its outcome when that is known.
 */
import { formatDuration, formatMoment } from './format.js';
import { element, make, scrollByKeys } from './page.js';
import { titleOf } from './transports.js';

/** @import { Connection } from './connection.js' */

/** Lines kept on the page. */
const MAX_LINES = 120;

export class NetworkLog {
  #list = element('log-lines', HTMLOListElement);
  /** Lines of attempts without an outcome, by transport. @type {Map<string, HTMLLIElement>} */
  #pending = new Map();

  /** @param {Connection} connection */
  constructor(connection) {
    scrollByKeys(this.#list);
    connection.on('holdfast', (detail) => this.#take(detail));
    connection.on('state', (state, reason) => {
      if (state === 'closed' && reason !== '')
        this.#add('gone', null, `Session ended: ${reason}`, Date.now());
    });
  }

  /** Something the visitor did. @param {string} text */
  note(text) {
    this.#add('you', null, text, Date.now());
  }

  /** @param {HoldfastDetail} detail */
  #take(detail) {
    const { type, transport, at } = detail;
    const line = type === 'detached' ? undefined : this.#pending.get(transport);
    if (line !== undefined) this.#pending.delete(transport);
    const words = wordsFor(detail);
    if (line === undefined) {
      const added = this.#add(type, transport, words, at);
      if (type === 'attempt') this.#pending.set(transport, added);
    } else {
      reword(line, type, words);
    }
  }

  /**
   * @param {string} kind
   * @param {string | null} transport
   * @param {string} text
   * @param {number} atMs
   */
  #add(kind, transport, text, atMs) {
    const line = make('li', `log-line log-line-${kind}`);
    if (transport !== null) line.style.setProperty('--dot', `var(--console-${transport})`);
    else if (kind === 'gone') line.style.setProperty('--dot', 'var(--console-none)');
    const dot = make('i');
    dot.setAttribute('aria-hidden', 'true');
    line.append(make('time', '', formatMoment(atMs)), dot, make('span', '', text));
    this.#list.prepend(line);
    while (this.#list.childElementCount > MAX_LINES) this.#list.lastElementChild?.remove();
    return line;
  }
}

/** @param {HoldfastDetail} detail */
function wordsFor({ type, transport, reason, durationMs }) {
  const name = titleOf(transport);
  const why = reason === undefined || reason === '' ? '' : `: ${reason}`;
  const after = durationMs === undefined ? '' : formatDuration(durationMs);
  switch (type) {
    case 'attempt':
      return `Trying ${name}`;
    case 'attached':
      return `${name} attached${after && ` in ${after}`}`;
    case 'failed':
      return `${name} failed${after && ` after ${after}`}${why}`;
    case 'dropped':
      return `${name} was not needed${why}`;
    case 'detached':
      return `${name} detached${after && ` after ${after}`}${why}`;
    default:
      return `The server does not know this session any more${why}`;
  }
}

/** @param {Element} line @param {string} kind @param {string} text */
function reword(line, kind, text) {
  line.className = `log-line log-line-${kind}`;
  /** @type {Element} */ (line.lastElementChild).textContent = text;
}
