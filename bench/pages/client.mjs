/** The page of the benchmark of the client: one socket, native or ours, that takes or sends messages at a rate. */
import { paced } from './paced.mjs';

/** @typedef {'native' | 'holdfast'} Side */
/** @typedef {import('../questions/client.mjs').ClientRow} ClientRow */

/** The platform's own: nothing replaces it in this page. */
const CLASSES = { native: WebSocket, holdfast: globalThis.Holdfast.WebSocket };

/**
 * @param {Side} side
 * @returns {Promise<{ socket: WebSocket }>} open
 */
export function open(side) {
  const socket = new CLASSES[side]('/messages');
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve({ socket });
    socket.onclose = ({ code }) => reject(new Error(`${side}: closed with ${code}`));
  });
}

/**
 * Takes, or sends, so many messages, and returns when the last has come, or the server has had it.
 *
 * @param {{ socket: WebSocket }} opened
 * @param {ClientRow} row
 * @param {{ count: number, rate: number, bytes: number }} load `rate`: messages a second; `bytes`: of each
 * @returns {Promise<number>} how long it took, in ms
 */
export function run({ socket }, { direction, type }, { count, rate, bytes }) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let left = direction === 'received' ? count : 1;
    socket.onmessage = ({ data }) => {
      // As little as any application does.
      if ((data.length ?? data.byteLength) > 0 && --left === 0) resolve(performance.now() - startedMs);
    };
    socket.send(JSON.stringify({ direction, type, count, rate, bytes }));
    if (direction === 'sent') {
      const message = type === 'text' ? 'x'.repeat(bytes) : new Uint8Array(bytes);
      paced(count, rate, () => socket.send(message));
    }
  });
}

globalThis.Client = { open, run };
