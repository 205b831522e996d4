/** The packages as an ES module gets them. */
import assert from 'node:assert/strict';
import { WebSocket } from '@holdfast/client';
import { WebSocket as Core } from '@holdfast/client/core';
import { WebSocketServer } from '@holdfast/server';
import { holdfast } from '@holdfast/server/vite';
import { roundTrip } from './round-trip.cjs';

// The plugin for Vite needs no Vite to be there.
assert.equal(holdfast({ path: '/socket', onConnection: () => {} }).name, 'holdfast');
// One class, whichever entry it comes from.
assert.equal(WebSocket, Core);
await roundTrip(WebSocket, WebSocketServer);
