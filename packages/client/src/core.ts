/**
 * The WebSocket with native WebSocket and the session alone, for applications that need no fallback, or choose which ones they bring:
 * `withTransports(longPolling)`. What is not named is not bundled.
 */
export type { AttemptRecord, LogEntry, Stats } from './log.ts';
export type { TransportName } from './transports/client-transport.ts';
export { type Fallback, WebSocket, type WebSocketOptions, withTransports } from './websocket.ts';
