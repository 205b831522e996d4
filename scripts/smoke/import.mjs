/** The packages as an ES module gets them. */
import assert from 'node:assert/strict';
import { WebSocket } from '@holdfast/client';
import { WebSocketServer } from '@holdfast/server';
import { holdfast } from '@holdfast/server/vite';
import { roundTrip } from './round-trip.cjs';

// The plugin for Vite needs no Vite to be there.
assert.equal(holdfast({ path: '/socket', onConnection: () => {} }).name, 'holdfast');
await roundTrip(WebSocket, WebSocketServer);
