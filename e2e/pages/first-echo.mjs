/**
 * Opens a socket, sends one text, and waits for it to come back. It needs nothing but the global `Holdfast`: windows and frames get it from
 * the test as it stands here, workers import it.
 *
 * @import { TransportName } from '@holdfast/client'
 */

/**
 * @typedef {object} FirstEcho
 * @property {string | null} transport on which the text came back; null where the socket was closed instead
 * @property {TransportName[]} tried each once
 * @property {string | undefined} origin what this place says that it is
 */

/**
 * @param {{ url: string, transports?: TransportName[] }} socket `transports`, default: all that this place has
 * @returns {Promise<FirstEcho>}
 */
export function firstEcho({ url, ...options }) {
  const text = 'is anybody there?';
  const socket = new Holdfast.WebSocket(url, [], options);
  return new Promise((resolve) => {
    /** @param {string | null} transport */
    const end = (transport) => {
      const tried = [...new Set(socket.getStats().attempts.map((attempt) => attempt.transport))];
      resolve({ transport, tried, origin: globalThis.origin });
    };
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({ data }) => {
      end(data === text ? socket.transport : `not the same: ${data}`);
      socket.close();
    };
    socket.onclose = () => end(null);
  });
}
