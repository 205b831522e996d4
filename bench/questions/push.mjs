/** How many messages a server can push to a few connections that take all they are given. */
import { HOLDFAST, HOLDFAST_STALLED, WS, WS_BUFFERUTIL } from './sides.mjs';

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
  {
    name: '4 KiB to 16, one more stalls',
    // Long messages: what the system holds for the one that does not read is soon full.
    application: 'push long',
    load: { kind: 'receive', connections: 16 },
    sides: [HOLDFAST, HOLDFAST_STALLED],
    subject: HOLDFAST_STALLED,
    baseline: HOLDFAST,
  },
];
