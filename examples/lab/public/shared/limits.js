/**
 * What the page and the server of the lab agree on: how much of everything there may be.
 *
 * The page keeps to these numbers so that the server never has to refuse; the server checks them all the same.
 */

/** Letters of a visitor's name. */
export const MAX_NAME_LENGTH = 24;

/** Letters of one chat message: a long paragraph. */
export const MAX_CHAT_LENGTH = 600;

/** Chat messages that the server keeps for those who come later. */
export const CHAT_HISTORY = 100;

/** The drawing board's own units, whatever size it is shown at. Every coordinate is a whole number of them. */
export const BOARD_WIDTH = 1200;
export const BOARD_HEIGHT = 1000;

/** Inks that the page's palette holds, numbered from 0. */
export const BOARD_COLOURS = 8;

/** Pen widths in board units. */
export const PEN_WIDTHS = Object.freeze([4, 10, 24]);

/** Points in one stroke; a longer line goes on as a new stroke. */
export const MAX_STROKE_POINTS = 2000;

/** Points in one message: two seconds of a 120 Hz pen. */
export const MAX_BATCH_POINTS = 240;

/** Strokes and points that the server keeps; beyond either, the oldest strokes go. */
export const MAX_STROKES = 1500;
export const MAX_BOARD_POINTS = 150_000;

/** Bytes of a file in one message. */
export const SLICE_BYTES = 64 * 1024;

/** Bytes of the largest file: it is hashed as it comes and never stored, so this bounds time alone. */
export const MAX_UPLOAD_BYTES = 1024 * 1024 * 1024;

/** Bytes of one message with its envelope. The largest is a slice of a file. */
export const MAX_MESSAGE_BYTES = 128 * 1024;
