/**
 * The palette: eight inks and three pens, as two groups of radio buttons.
 */
import { BOARD_COLOURS, PEN_WIDTHS } from '../shared/limits.js';
import { element, make } from './page.js';

const INK_NAMES = ['Plain', 'Red', 'Orange', 'Green', 'Teal', 'Blue', 'Violet', 'Pink'];
const PEN_NAMES = ['Fine', 'Medium', 'Broad'];
/** Pixels of the dot that stands for each pen. */
const PEN_DOTS_PX = [4, 9, 16];

/**
 * @param {object} options
 * @param {number} options.ink chosen at first
 * @param {number} options.width chosen at first
 * @param {(ink: number) => void} options.onInk
 * @param {(width: number) => void} options.onWidth
 */
export function buildPalette({ ink, width, onInk, onWidth }) {
  const inks = element('inks', HTMLFieldSetElement);
  for (let colour = 0; colour < BOARD_COLOURS; colour += 1) {
    const label = makeRadio('ink', INK_NAMES[colour] ?? '', colour === ink, () => onInk(colour));
    label.style.setProperty('--person', `var(--pen-${colour})`);
    inks.append(label);
  }
  const pens = element('pens', HTMLFieldSetElement);
  for (const [index, penWidth] of PEN_WIDTHS.entries()) {
    const label = makeRadio('pen', PEN_NAMES[index] ?? '', penWidth === width, () => onWidth(penWidth));
    label.style.setProperty('--dot', `${PEN_DOTS_PX[index]}px`);
    pens.append(label);
  }
}

/**
 * @param {string} group
 * @param {string} name
 * @param {boolean} isChecked
 * @param {() => void} onChoose
 */
function makeRadio(group, name, isChecked, onChoose) {
  const label = make('label', group);
  const input = make('input');
  input.type = 'radio';
  input.name = group;
  input.checked = isChecked;
  input.setAttribute('aria-label', name);
  input.addEventListener('change', onChoose);
  label.title = name;
  label.append(input, make('i'));
  return label;
}
