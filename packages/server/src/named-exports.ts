/** What `@holdfast/server` offers, but for the class WebSocket, which is default-export.ts. */
export type { AddressInfo } from 'node:net';
export type { SendCallback, SendOptions } from './channel.ts';
export type { CertMeta, ClientOptions, FinishRequestCallback } from './client-options.ts';
export type { PerMessageDeflateOptions, ZlibDeflateOptions } from './deflate/options.ts';
export type {
  CloseEvent,
  ErrorEvent,
  EventListener,
  EventListenerOptions,
  EventObjects as WebSocketEventMap,
  EventSocket,
  MessageEvent,
  SocketEvent,
  SocketEvent as Event,
} from './event-target.ts';
export type { BinaryType, Data, RawData, SendData } from './message-data.ts';
export type { ConnectionCallback } from './opening-handshakes.ts';
export type { OriginPredicate, Origins } from './origins.ts';
export type { PublishOptions } from './publish.ts';
export {
  type ServerEvents,
  type WebSocketServer as Server,
  WebSocketServer,
} from './server.ts';
export type {
  ServerOptions,
  VerifyClient,
  VerifyClientCallback,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  VerifyClientInfo,
} from './server-options.ts';
export type { AnyServer, Http1Server, RequestOf, ServerRequest } from './server-request.ts';
export type { SocketEvents } from './socket-link.ts';
export { createWebSocketStream } from './stream.ts';
