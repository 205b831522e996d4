/**
 * What the transports are called on the page. Nothing here decides anything.
 */

/** @typedef {'websocket' | 'long-polling' | 'iframe'} TransportName */

/** @type {readonly TransportName[]} */
export const TRANSPORTS = ['websocket', 'long-polling', 'iframe'];

/** @type {Record<string, string>} */
const TITLES = {
  websocket: 'WebSocket',
  'long-polling': 'HTTP long polling',
  iframe: 'Iframe streaming',
};

/** @param {string | null} transport */
export function titleOf(transport) {
  return transport === null ? 'No transport' : (TITLES[transport] ?? transport);
}

/** Its colour as a custom property of the stylesheet. @param {string | null} transport */
export function colourOf(transport) {
  return `--${transport ?? 'none'}`;
}
