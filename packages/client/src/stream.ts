/** The WebSocketStream, over every transport there is: an entry of its own, of which the others know nothing. */
export type { AttemptRecord, LogEntry, Stats } from './log.ts';
export { type WebSocketCloseInfo, WebSocketError } from './stream/websocket-error.ts';
export {
  type WebSocketOpenInfo,
  WebSocketStream,
  type WebSocketStreamOptions,
} from './stream/websocket-stream.ts';
export type { TransportName } from './transports/client-transport.ts';
