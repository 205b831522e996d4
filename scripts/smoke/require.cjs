/** The packages as a CommonJS module gets them. */
const { WebSocket } = require('@holdfast/client');
const { WebSocketServer } = require('@holdfast/server');
const { roundTrip } = require('./round-trip.cjs');

roundTrip(WebSocket, WebSocketServer);
