/** How many messages a server can push to a few connections that take all they are given. */
import { HOLDFAST, WS, WS_BUFFERUTIL } from './sides.mjs';

/** @type {readonly import('./sides.mjs').Row[]} */
export const PUSH = [
  {
    name: '20 B to 16 connections',
    application: 'push',
    load: { kind: 'receive', connections: 16 },
    sides: [WS, WS_BUFFERUTIL, HOLDFAST],
    subject: HOLDFAST,
    baseline: WS,
  },
];
