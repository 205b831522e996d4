/** The server's package in the place of ws, as an ES module gets it: the class by default, and all by name. */
import assert from 'node:assert/strict';
import WebSocket, { createWebSocketStream, WebSocket as Named, WebSocketServer } from '@holdfast/server';
import { echo } from './echo.cjs';

assert.equal(WebSocket, Named);
assert.equal(WebSocket.Server, WebSocketServer);
await echo(WebSocket, WebSocketServer, createWebSocketStream);
