/**
 * Sends a file in slices, never more of them than the connection has room for.
 *
 * The next portion is read while the last one is being sent. Knows no document.
 */
import { SLICE_BYTES } from '../shared/limits.js';

/** @import { Connection } from './connection.js' */

/**
 * Bytes that may be buffered before the sender waits: enough to keep a fast path busy between two looks, and
 * little enough that strokes and echoes behind them wait only a moment.
 */
const HIGH_WATER_BYTES = 1024 * 1024;

/** Bytes read from the file at a time. */
const PORTION_BYTES = 16 * SLICE_BYTES;

/**
 * @param {Connection} connection
 * @param {Blob} file
 * @param {number} upload
 * @param {{ signal: AbortSignal, onSent: (bytes: number) => void }} options
 * @returns {Promise<boolean>} whether all of it was sent; false when the signal or the session ended it
 */
export async function sendFile(connection, file, upload, { signal, onSent }) {
  const read = (/** @type {number} */ offset) => file.slice(offset, offset + PORTION_BYTES).arrayBuffer();
  let nextPortion = read(0);
  for (let offset = 0; offset < file.size; offset += PORTION_BYTES) {
    const portion = new Uint8Array(await nextPortion);
    nextPortion = read(offset + PORTION_BYTES);
    for (let start = 0; start < portion.byteLength; start += SLICE_BYTES) {
      await connection.room(HIGH_WATER_BYTES);
      if (signal.aborted) return false;
      if (connection.sendSlice(upload, portion.subarray(start, start + SLICE_BYTES)) === 0) return false;
      onSent(Math.min(offset + start + SLICE_BYTES, file.size));
    }
  }
  return true;
}
