/**
 * The class WebSocket as the package gives it: by default, and to `require`. As in ws, the rest of the package is on it. (What
 * that is for TypeScript stands beside the class.)
 */
import { WebSocketServer } from './server.ts';
import { createWebSocketStream } from './stream.ts';
import { WebSocket } from './websocket.ts';

Object.assign(WebSocket, { WebSocket, WebSocketServer, Server: WebSocketServer, createWebSocketStream });

export { WebSocket };
