/**
 * The table of counted messages: two rows, page to server and server to page.
 */
import { formatCount } from './format.js';
import { element, setText } from './page.js';

/** @import { Counters, DirectionCounts } from './counters.js' */

/** How often the table changes, in ms. */
const SHOW_MS = 250;

/** @param {Counters} counters */
export function startCountsTable(counters) {
  const up = cellsOf('counts-up');
  const down = cellsOf('counts-down');
  setInterval(() => {
    fill(up, counters.up);
    fill(down, counters.down);
    for (const each of document.querySelectorAll('[data-bind="lost-total"]'))
      setText(each, formatCount(counters.lost));
  }, SHOW_MS);
}

/** @param {string} id */
function cellsOf(id) {
  return [...element(id, HTMLTableRowElement).querySelectorAll('td')];
}

/** @param {HTMLTableCellElement[]} cells @param {DirectionCounts} counts */
function fill(cells, { sent, received, lost, repeated, outOfOrder }) {
  for (const [index, count] of [sent, received, lost, repeated, outOfOrder].entries()) {
    const cell = cells[index];
    if (cell === undefined) continue;
    setText(cell, formatCount(count));
    // The first two count what went well; the others should stay at nothing.
    cell.classList.toggle('is-zero', index >= 2 && count === 0);
    cell.classList.toggle('is-bad', index >= 2 && count > 0);
  }
}
