/** What `@holdfast/server` offers. */
export type { SendCallback, SendOptions } from './channel.ts';
export type { PerMessageDeflateOptions, ZlibDeflateOptions } from './deflate/options.ts';
export type {
  CloseEvent,
  ErrorEvent,
  EventListener,
  EventListenerOptions,
  MessageEvent,
  SocketEvent,
} from './event-target.ts';
export type { BinaryType, RawData, SendData } from './message-data.ts';
export type { OriginPredicate, Origins } from './origins.ts';
export type { PublishOptions } from './publish.ts';
export { type ConnectionCallback, type ServerEvents, WebSocketServer } from './server.ts';
export type {
  ServerOptions,
  VerifyClient,
  VerifyClientCallback,
  VerifyClientInfo,
} from './server-options.ts';
export type { AnyServer, RequestOf, ServerRequest } from './server-request.ts';
export type { SocketEvents } from './socket-link.ts';
export { WebSocket } from './websocket.ts';
