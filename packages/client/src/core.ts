/**
 * The WebSocket with native WebSocket and the session alone, for applications that need no fallback, or choose which ones they bring:
 * `withTransports(longPolling)`. What is not named is not bundled.
 */
import { type WebSocket as WebSocketClass, withStrategy } from './websocket.ts';
import { webSocketAlone } from './websocket-connector.ts';

export type { AttemptRecord, LogEntry, Stats } from './log.ts';
export type { TransportName } from './transports/client-transport.ts';
export { type Fallback, type WebSocketOptions, withTransports } from './websocket.ts';

export const WebSocket: typeof WebSocketClass = /* @__PURE__ */ withStrategy(webSocketAlone);
export type WebSocket = WebSocketClass;
