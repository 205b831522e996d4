/** How many connections a server opens (and sees closed). */
import { BARE, HOLDFAST, NATIVE, WS } from './sides.mjs';

/** @type {readonly import('./sides.mjs').Row[]} */
export const HANDSHAKE = [
  {
    name: 'opening handshakes',
    application: 'echo',
    load: { kind: 'handshake', atOnce: 64 },
    sides: [BARE, NATIVE, WS, HOLDFAST],
    subject: HOLDFAST,
    baseline: WS,
  },
];
