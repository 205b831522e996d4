/**
 * The WebSocket class of the WHATWG standard (WebSockets §3): its attributes, methods, exceptions and events, over a link that
 * finds a way to the server. Everything here is in the standard's terms; what is Holdfast's own (`transport`, `getStats`, the
 * `holdfast` event, the third argument) stands beside it.
 */
import { utf8ByteLength } from '@holdfast/protocol';
import { candidatesHere } from './candidates.ts';
import { closeEvent, WebSocketEventTarget } from './events.ts';
import { HandlerAttributes } from './handler-attributes.ts';
import type { Link, LinkEvents } from './link.ts';
import type { LogEntry, Stats } from './log.ts';
import { endpoint, recall, remember } from './memory.ts';
import { NativeLink } from './native-link.ts';
import { SessionLink } from './session-link.ts';
import type { TransportName } from './transports/client-transport.ts';
import { NativeWebSocket } from './transports/websocket.ts';
import { parseProtocols, parseUrl } from './url.ts';

/** Holdfast's own options, the third argument of the constructor. Each has a good default. */
export interface WebSocketOptions {
  /**
   * The transports to try, in this order. Default: `['websocket', 'long-polling', 'iframe']`, those that are there. An empty list: none of
   * them, but the native WebSocket where there is one, without a session.
   */
  readonly transports?: readonly TransportName[];
}

/** Longest reason of a close, in bytes of UTF-8 (WHATWG WebSockets §3.1, `close()`, step 2). */
const MAX_REASON_BYTES = 123;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
type ReadyState = 0 | 1 | 2 | 3;

export class WebSocket extends WebSocketEventTarget implements globalThis.WebSocket {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: string;
  readonly #origin: string;
  readonly #handlers: HandlerAttributes = new HandlerAttributes(this);
  #link: Link;
  #readyState: ReadyState = CONNECTING;
  #protocol = '';
  #extensions = '';
  #binaryType: BinaryType = 'blob';

  /** Blobs are read before they are sent, and what comes after waits for them. */
  #reading: Promise<void> | undefined = undefined;
  /** Bytes that wait behind a Blob; after closing, all that was ever given to `send`. */
  #unsentBytes = 0;

  /**
   * @param url absolute or relative; ws, wss, http or https
   * @param protocols one subprotocol, or several in order of preference
   * @param options Holdfast's own
   * @throws DOMException `SyntaxError` for a URL or a subprotocol that is none
   * @throws TypeError without a URL
   */
  constructor(url: string | URL, protocols: string | string[] = [], { transports }: WebSocketOptions = {}) {
    super();
    // biome-ignore lint/complexity/noArguments: `new WebSocket(undefined)` has a URL, `undefined`, and `WebSocket.length` is 1
    if (arguments.length === 0)
      throw new TypeError("Failed to construct 'WebSocket': 1 argument required, but only 0 present.");
    this.#url = parseUrl(String(url));
    const list = parseProtocols(protocols);
    this.#origin = new URL(this.#url).origin;
    const events = this.#linkEvents();
    const open = (): Link => new SessionLink(this.#url, list, candidatesHere(transports), events);
    if (NativeWebSocket === undefined) this.#link = open();
    else if (transports?.length === 0)
      this.#link = new NativeLink(new NativeWebSocket(this.#url, list), events);
    else if (recall(endpoint(this.#url)) !== 'plain') this.#link = open();
    else this.#link = new NativeLink(new NativeWebSocket(this.#url, list), this.#unless(events, open));
  }

  get url(): string {
    return this.#url;
  }

  get readyState(): ReadyState {
    return this.#readyState;
  }

  /** Bytes of `send` that have not been handed to the network yet. */
  get bufferedAmount(): number {
    return this.#link.bufferedAmount + this.#unsentBytes;
  }

  get extensions(): string {
    return this.#extensions;
  }

  get protocol(): string {
    return this.#protocol;
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(value: BinaryType) {
    if (value === 'blob' || value === 'arraybuffer') this.#binaryType = value;
  }

  get onopen(): globalThis.WebSocket['onopen'] {
    return this.#handlers.get('open') as globalThis.WebSocket['onopen'];
  }

  set onopen(handler: globalThis.WebSocket['onopen']) {
    this.#handlers.set('open', handler);
  }

  get onmessage(): globalThis.WebSocket['onmessage'] {
    return this.#handlers.get('message') as globalThis.WebSocket['onmessage'];
  }

  set onmessage(handler: globalThis.WebSocket['onmessage']) {
    this.#handlers.set('message', handler);
  }

  get onerror(): globalThis.WebSocket['onerror'] {
    return this.#handlers.get('error') as globalThis.WebSocket['onerror'];
  }

  set onerror(handler: globalThis.WebSocket['onerror']) {
    this.#handlers.set('error', handler);
  }

  get onclose(): globalThis.WebSocket['onclose'] {
    return this.#handlers.get('close') as globalThis.WebSocket['onclose'];
  }

  set onclose(handler: globalThis.WebSocket['onclose']) {
    this.#handlers.set('close', handler);
  }

  /** The transport in use, or null. Holdfast's own. */
  get transport(): string | null {
    return this.#link.transport;
  }

  /** What was tried, and what went over it. Holdfast's own. */
  getStats(): Stats {
    return this.#link.stats();
  }

  /**
   * Sends a message.
   *
   * @throws DOMException `InvalidStateError` while connecting
   */
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
    // biome-ignore lint/complexity/noArguments: `send(undefined)` is a message, `send()` is an error, `send.length` is 1
    if (arguments.length === 0)
      throw new TypeError("Failed to execute 'send' on 'WebSocket': 1 argument required");
    if (this.#readyState === CONNECTING)
      throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    const message = snapshot(data);
    if (this.#readyState !== OPEN) this.#unsentBytes += byteLength(message);
    else if (isBlob(message) || this.#reading !== undefined) this.#sendInOrder(message);
    else this.#link.send(message);
  }

  /**
   * Starts the closing handshake.
   *
   * @param code 1000, or 3000 to 4999
   * @param reason at most 123 bytes of UTF-8
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   */
  close(code?: number, reason?: string): void {
    const closeCode = code === undefined ? undefined : clampToUnsignedShort(code);
    const closeReason = reason === undefined ? '' : toUsvString(reason);
    if (closeCode !== undefined && closeCode !== 1000 && !(closeCode >= 3000 && closeCode <= 4999)) {
      throw new DOMException(
        `The close code must be 1000, or between 3000 and 4999; not ${code}.`,
        'InvalidAccessError',
      );
    }
    if (utf8ByteLength(closeReason) > MAX_REASON_BYTES) {
      throw new DOMException(
        `The close reason must not be longer than ${MAX_REASON_BYTES} bytes.`,
        'SyntaxError',
      );
    }
    if (this.#readyState >= CLOSING) return;
    this.#readyState = CLOSING;
    // With a reason and no code the standard sends none of them (§3.1 `close()`, step 3).
    const start = (): void => this.#link.close(closeCode, closeCode === undefined ? '' : closeReason);
    if (this.#reading === undefined) start();
    else void this.#reading.then(start);
  }

  #sendInOrder(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    const bytes = byteLength(message);
    this.#unsentBytes += bytes;
    const before = this.#reading ?? Promise.resolve();
    const reading = before.then(async () => {
      try {
        const read = isBlob(message) ? new Uint8Array(await message.arrayBuffer()) : message;
        if (this.#readyState === CLOSED) return;
        this.#unsentBytes -= bytes;
        this.#link.send(read);
      } catch {
        // A file that is gone by now: what is missing must not go unnoticed, so that nothing can follow it.
        if (this.#readyState !== CLOSED) this.#link.abandon();
      }
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
  }

  #linkEvents(): LinkEvents {
    return {
      onOpen: (protocol, extensions) => {
        if (this.#readyState !== CONNECTING) return;
        this.#readyState = OPEN;
        this.#protocol = protocol;
        this.#extensions = extensions;
        this.dispatchEvent(new Event('open'));
      },
      onMessage: (data) => {
        if (this.#readyState !== OPEN) return;
        this.dispatchEvent(new MessageEvent('message', { data: this.#received(data), origin: this.#origin }));
      },
      onClose: (code, reason, wasClean) => {
        this.#readyState = CLOSED;
        if (!wasClean) this.dispatchEvent(new Event('error'));
        this.dispatchEvent(closeEvent({ code, reason, wasClean }));
      },
      onLog: (entry) => this.dispatchEvent(new CustomEvent<LogEntry>('holdfast', { detail: entry })),
      onForeign: (socket, said) => {
        if (this.#readyState !== CONNECTING) {
          socket.close();
          return;
        }
        const link = new NativeLink(socket, this.#linkEvents());
        this.#link = link;
        link.resume(said);
      },
    };
  }

  /** What was remembered of the server may be wrong by now: where it does not open natively, it gets its session after all. */
  #unless(events: LinkEvents, open: () => Link): LinkEvents {
    return {
      ...events,
      onClose: (code, reason, wasClean) => {
        if (this.#readyState !== CONNECTING) {
          events.onClose(code, reason, wasClean);
          return;
        }
        remember(endpoint(this.#url), undefined);
        this.#link = open();
      },
    };
  }

  #received(data: string | Uint8Array<ArrayBuffer>): string | ArrayBuffer | Blob {
    if (typeof data === 'string') return data;
    if (this.#binaryType === 'blob') return new Blob([data]);
    const whole = data.byteLength === data.buffer.byteLength;
    return whole ? data.buffer : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  }
}

for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
  const constant = { value, enumerable: true, writable: false, configurable: false };
  Object.defineProperty(WebSocket, name, constant);
  Object.defineProperty(WebSocket.prototype, name, constant);
}
Object.defineProperty(WebSocket.prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true });

/** The data as it is now: the caller may change its buffer afterwards. What is no binary data is text (WebIDL). */
function snapshot(data: unknown): string | Uint8Array<ArrayBuffer> | Blob {
  if (typeof data === 'string') return toUsvString(data);
  if (isBlob(data)) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (isArrayBuffer(data)) return new Uint8Array(data).slice();
  return toUsvString(String(data));
}

// Also those of another realm, such as an iframe's.

function isBlob(data: unknown): data is Blob {
  return /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(data));
}

function isArrayBuffer(data: unknown): data is ArrayBuffer {
  const tag = Object.prototype.toString.call(data);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

function byteLength(message: string | Uint8Array | Blob): number {
  if (typeof message === 'string') return utf8ByteLength(message);
  return isBlob(message) ? message.size : message.length;
}

/** WebIDL USVString: unpaired surrogates become U+FFFD. */
function toUsvString(text: string): string {
  return String(text).replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (match) =>
    match.length === 2 ? match : '\ufffd',
  );
}

/** WebIDL [Clamp] unsigned short. */
function clampToUnsignedShort(value: unknown): number {
  const number = Number(value);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 0xffff);
  const floor = Math.floor(clamped);
  // Halves go to the even neighbour.
  return clamped - floor === 0.5 ? floor + (floor % 2) : Math.round(clamped);
}
