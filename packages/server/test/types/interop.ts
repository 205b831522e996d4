/**
 * Libraries whose types say ws take what is ours: its instances are given to what wants those of ws. It is never run.
 */
import type * as ws from 'ws';
import { WebSocket, WebSocketServer } from '../../src/index.ts';

export const server: ws.WebSocketServer = new WebSocketServer({ noServer: true });
export const socket: ws.WebSocket = new WebSocket('ws://example.com');
export const SocketClass: typeof ws.WebSocket = WebSocket;
