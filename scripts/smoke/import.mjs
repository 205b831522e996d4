/** The packages as an ES module gets them. */
import { WebSocket } from '@holdfast/client';
import { WebSocketServer } from '@holdfast/server';
import { roundTrip } from './round-trip.cjs';

await roundTrip(WebSocket, WebSocketServer);
