/** The page's globals. Types alone. */
import type * as HoldfastModule from '@holdfast/client';
import type { open, run } from './client.mjs';
import type { firstEcho, openInTurns } from './opening.mjs';

/** As much of a SockJS socket as is used here. */
interface SockJSSocket {
  onopen: () => void;
  onmessage: (event: { readonly data: string }) => void;
  onclose: (event: { readonly reason: string }) => void;
  readonly transport: string | null;
  send(text: string): void;
  close(): void;
}

/** As much of a Socket.IO socket as is used here. */
interface SocketIoSocket {
  readonly io: { readonly engine?: { readonly transport: { readonly name: string } } };
  on(event: string, listener: (text: string) => void): void;
  emit(event: string, text: string): void;
  disconnect(): void;
}

declare global {
  /** Of `holdfast.js`. */
  var Holdfast: typeof HoldfastModule;
  var SockJS: new (url: string) => SockJSSocket;
  var io: (options: object) => SocketIoSocket;
  /** Of `client.mjs`. */
  var Client: { readonly open: typeof open; readonly run: typeof run };
  /** Of `opening.mjs`. */
  var Opening: { readonly firstEcho: typeof firstEcho; readonly openInTurns: typeof openInTurns };
}
