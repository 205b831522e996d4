/**
 * What TypeScript programs do with the browser's WebSocket and its types, with ours in its place. It is compiled against the sources (here) and against
 * the declarations that are packed, as ES module and as CommonJS (scripts/smoke.mjs). It is never run. An error that is expected and does not
 * come is one itself (`@ts-expect-error`).
 */
import {
  type AttemptRecord,
  type LogEntry,
  type Stats,
  type TransportName,
  WebSocket,
  type WebSocketOptions,
} from '@holdfast/client';
import { WebSocket as CoreWebSocket } from '@holdfast/client/core';

/** The same type, in both directions: neither wider nor narrower, and no `any`. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where the type is true. */
export function prove<_Type extends true>(): void {}

const url = 'wss://example.com/chat';

// An object of ours is one of the platform's, and the class is its class.

export const socket: globalThis.WebSocket = new WebSocket(url);
export const SocketClass: typeof globalThis.WebSocket = WebSocket;
export const CoreClass: typeof globalThis.WebSocket = CoreWebSocket;
export const target: EventTarget = new WebSocket(url);
globalThis.WebSocket = WebSocket;

/** As libraries ask for it: whole, as a constructor, or as little as they call. */
export function connect(options: {
  WebSocket: typeof globalThis.WebSocket;
  WebSocketCtor: new (url: string, protocols?: string | string[]) => globalThis.WebSocket;
  Minimal: { new (url: string | URL): { send(data: string): void; close(code?: number): void }; OPEN: 1 };
}): globalThis.WebSocket {
  return new options.WebSocket(url);
}
connect({ WebSocket, WebSocketCtor: WebSocket, Minimal: WebSocket });

export class Reconnecting extends WebSocket {
  constructor() {
    super(url, ['v2', 'v1']);
    this.addEventListener('close', ({ code }) => this.close(code));
  }
}

// The constructor, and Holdfast's own options as its third argument.

new WebSocket(new URL(url), 'v1');
new WebSocket('/chat', ['v2', 'v1'], { transports: ['long-polling', 'iframe'] });
new WebSocket('/chat', undefined, {});
prove<Same<WebSocketOptions['transports'], readonly TransportName[] | undefined>>();
prove<Same<TransportName, 'websocket' | 'long-polling' | 'iframe'>>();
// @ts-expect-error: a URL is required
new WebSocket();
// @ts-expect-error: a subprotocol is a string
new WebSocket(url, 1);
// @ts-expect-error: no such transport
new WebSocket(url, [], { transports: ['carrier-pigeon'] });
// @ts-expect-error: no such option
new WebSocket(url, [], { transport: 'iframe' });

// Constants and attributes.

const ours = new WebSocket(url);
prove<Same<(typeof WebSocket)['CONNECTING' | 'OPEN' | 'CLOSING' | 'CLOSED'], 0 | 1 | 2 | 3>>();
prove<Same<typeof ours.CONNECTING, 0>>();
prove<Same<typeof ours.readyState, 0 | 1 | 2 | 3>>();
prove<Same<typeof ours.bufferedAmount, number>>();
prove<Same<typeof ours.url | typeof ours.protocol | typeof ours.extensions, string>>();
prove<Same<typeof ours.binaryType, BinaryType>>();
ours.binaryType = 'arraybuffer';
ours.binaryType = 'blob';
// @ts-expect-error: Node's ws has it, browsers do not
ours.binaryType = 'nodebuffer';
// @ts-expect-error: read-only
ours.readyState = 1;
// @ts-expect-error: read-only
ours.bufferedAmount = 0;
// @ts-expect-error: read-only
WebSocket.OPEN = 1;

// Methods.

for (const data of [
  'text',
  new ArrayBuffer(1),
  new Uint8Array(1),
  new DataView(new ArrayBuffer(1)),
  new Blob(),
])
  ours.send(data);
// @ts-expect-error: a message is required
ours.send();
// @ts-expect-error: what the platform would make a text of is mostly a mistake
ours.send({ text: 'hello' });
ours.close();
ours.close(3000);
ours.close(undefined, 'a reason');
ours.close(3000, 'a reason');
// @ts-expect-error: a code is a number
ours.close('3000');

// Events, by handlers and by listeners: `this`, the event's type, and what may be removed again.

ours.onopen = function (event) {
  prove<Same<typeof event, Event>>();
  prove<Same<typeof this, globalThis.WebSocket>>();
  this.send('hello');
};
ours.onmessage = ({ data, origin, ports }) => [data, origin.length, ports.length];
ours.onerror = null;
ours.onclose = ({ code, reason, wasClean }) => {
  prove<Same<[typeof code, typeof reason, typeof wasClean], [number, string, boolean]>>();
};
// @ts-expect-error: a handler is a function or null
ours.onopen = 'handler';

const onMessage = (event: MessageEvent<string>): number => event.data.length;
ours.addEventListener('message', onMessage, {
  once: true,
  passive: true,
  signal: new AbortController().signal,
});
ours.removeEventListener('message', onMessage, true);
ours.addEventListener('open', function (event) {
  prove<Same<typeof event, Event>>();
  return this.send('hello');
});
ours.addEventListener('close', (event) => prove<Same<typeof event, CloseEvent>>());
ours.addEventListener('error', { handleEvent: (event) => prove<Same<typeof event, Event>>() }, false);
ours.addEventListener('any other', null);
for (const type of ['open', 'error'] as const) ours.addEventListener(type, (event: Event) => event.type);
// @ts-expect-error: a close is no message
ours.addEventListener('close', onMessage);
export const dispatched: boolean = ours.dispatchEvent(new Event('open'));

/** What a listener gets, for whoever writes functions over all types. */
export function once<Type extends keyof WebSocketEventMap>(type: Type): Promise<WebSocketEventMap[Type]> {
  return new Promise((resolve) => ours.addEventListener(type, resolve, { once: true }));
}

// Holdfast's own, beside the standard's.

prove<Same<typeof ours.transport, string | null>>();
export const stats: Stats = ours.getStats();
ours.addEventListener('holdfast', ({ detail }) => prove<Same<typeof detail, LogEntry>>());
export function lastOf(attempts: readonly AttemptRecord[]): AttemptRecord | undefined {
  return attempts.at(-1);
}
// @ts-expect-error: it is none of the platform's
socket.getStats();
