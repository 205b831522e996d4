/**
 * The pen: pointer and key events on the board in, points in board units out.
 *
 * Everything a fast pen reported between two events (its coalesced events) is taken, so that a swift line stays round.
 */
import { BOARD_HEIGHT, BOARD_WIDTH } from '../shared/limits.js';

/**
 * @typedef {object} PenListener
 * @property {() => boolean} down a line begins; false: not now
 * @property {(x: number, y: number) => void} move the line goes on to this point
 * @property {() => void} up the line ends
 */

/** How far one press of an arrow key goes, in board units. */
const KEY_STEP = 20;

/** @type {Record<string, readonly [number, number]>} */
const KEY_DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {HTMLCanvasElement} canvas @param {PenListener} listener */
export function attachPen(canvas, listener) {
  attachPointer(canvas, listener);
  attachKeys(canvas, listener);
}

/** @param {HTMLCanvasElement} canvas @param {PenListener} listener */
function attachPointer(canvas, listener) {
  /** The pointer that draws; others, a resting palm for one, are ignored. @type {number | undefined} */
  let drawing;

  const put = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * BOARD_WIDTH;
    const y = ((event.clientY - box.top) / box.height) * BOARD_HEIGHT;
    listener.move(within(x, BOARD_WIDTH), within(y, BOARD_HEIGHT));
  };
  const lift = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId !== drawing) return;
    drawing = undefined;
    listener.up();
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || drawing !== undefined || !listener.down()) return;
    drawing = event.pointerId;
    canvas.setPointerCapture(event.pointerId);
    put(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drawing) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    for (const each of coalesced.length > 0 ? coalesced : [event]) put(each);
  });
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
}

/** @param {HTMLCanvasElement} canvas @param {PenListener} listener */
function attachKeys(canvas, listener) {
  let x = BOARD_WIDTH / 2;
  let y = BOARD_HEIGHT / 2;
  let isDown = false;
  const lift = () => {
    if (isDown) listener.up();
    isDown = false;
  };

  canvas.addEventListener('keydown', (event) => {
    const direction = KEY_DIRECTIONS[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    if (event.shiftKey && !isDown && listener.down()) {
      isDown = true;
      listener.move(x, y);
    }
    x = within(x + direction[0] * KEY_STEP, BOARD_WIDTH);
    y = within(y + direction[1] * KEY_STEP, BOARD_HEIGHT);
    if (isDown) listener.move(x, y);
  });
  canvas.addEventListener('keyup', (event) => {
    if (event.key === 'Shift') lift();
  });
  canvas.addEventListener('blur', lift);
}

/** @param {number} value @param {number} max */
function within(value, max) {
  return Math.min(max, Math.max(0, Math.round(value)));
}
