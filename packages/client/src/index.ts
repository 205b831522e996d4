/** The WebSocket that opens wherever a web page loads. */
export { type InstallOptions, install } from './install.ts';
export type { AttemptRecord, LogEntry, Stats } from './log.ts';
export type { TransportName } from './transports/client-transport.ts';
export { WebSocket, type WebSocketOptions } from './websocket.ts';
