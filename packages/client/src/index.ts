/** The WebSocket that opens wherever a web page loads. */
export { iframe, longPolling, WebSocket } from './full.ts';
export { type InstallOptions, install } from './install.ts';
export type { AttemptRecord, LogEntry, Stats } from './log.ts';
export type { TransportName } from './transports/client-transport.ts';
export type { WebSocketOptions } from './websocket.ts';
