/**
 * The WebSocket class of the WHATWG standard (WebSockets §3): its attributes, methods, exceptions and events. What it checks it checks
 * here; what it is and does is a socket's business (socket.ts). Everything here is in the standard's terms; what is Holdfast's own (`transport`, `getStats`,
 * the `holdfast` event, the third argument) stands beside it.
 */
import { utf8ByteLength } from '@holdfast/protocol';
import { WebSocketEventTarget } from './events.ts';
import type { Link } from './link.ts';
import type { Stats } from './log.ts';
import { addStrategy, addTransports, Socket } from './socket.ts';
import type { FallbackCandidate, Strategy } from './strategy.ts';
import type { TransportName } from './transports/client-transport.ts';
import { checkProtocols, parseUrl, syntaxError, toProtocols, toText } from './url.ts';

/** Holdfast's own options, the third argument of the constructor. Each has a good default. */
export interface WebSocketOptions {
  /**
   * The transports to try, in this order. Default: `['websocket', 'long-polling', 'iframe']`, those that are there. An empty list: none of
   * them, but the native WebSocket where there is one, without a session.
   */
  readonly transports?: readonly TransportName[];
}

/** A transport for where native WebSocket does not get through. What is in it is nobody else's business. */
export interface Fallback {
  readonly name: TransportName;
}

/** The class, with these fallbacks beside native WebSocket, from now on and for all. */
export function withTransports(...fallbacks: readonly Fallback[]): typeof WebSocket {
  addTransports(fallbacks as readonly FallbackCandidate[]);
  return WebSocket;
}

/** The class, where there is no fallback. */
export function withStrategy(alone: Strategy): typeof WebSocket {
  addStrategy(alone);
  return WebSocket;
}

/** Longest reason of a close, in bytes of UTF-8 (WHATWG WebSockets §3.1, `close()`, step 2). */
const MAX_REASON_BYTES = 123;

/** What each object stands for. Kept apart from it: a WebSocket has no properties of its own. */
const sockets: WeakMap<WebSocket, Socket> = new WeakMap();

/** @throws TypeError for an object that is no WebSocket of ours */
function socketOf(object: WebSocket): Socket {
  const socket = sockets.get(object);
  if (socket === undefined) throw new TypeError('Illegal invocation');
  return socket;
}

export class WebSocket extends WebSocketEventTarget implements globalThis.WebSocket {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;
  // Defined below.
  declare readonly url: string;
  declare readonly readyState: 0 | 1 | 2 | 3;
  /** Bytes of `send` that have not been handed to the network yet. */
  declare readonly bufferedAmount: number;
  declare readonly extensions: string;
  declare readonly protocol: string;
  declare binaryType: BinaryType;
  /** The transport in use, or null. Holdfast's own. */
  declare readonly transport: string | null;
  declare onopen: globalThis.WebSocket['onopen'];
  declare onmessage: globalThis.WebSocket['onmessage'];
  declare onerror: globalThis.WebSocket['onerror'];
  declare onclose: globalThis.WebSocket['onclose'];

  /**
   * @param url absolute or relative; ws, wss, http or https
   * @param protocols one subprotocol, or several in order of preference
   * @param options Holdfast's own
   * @throws DOMException `SyntaxError` for a URL or a subprotocol that is none
   * @throws TypeError without a URL
   */
  constructor(url: string | URL, protocols: string | string[] = [], options: WebSocketOptions = {}) {
    super();
    // biome-ignore lint/complexity/noArguments: `new WebSocket(undefined)` has a URL, `undefined`, and `WebSocket.length` is 1
    requireArgument(arguments);
    // WebIDL §3.7.1: both are converted before either is judged.
    const urlString = toText(url);
    const list = toProtocols(protocols);
    const parsed = parseUrl(urlString);
    sockets.set(this, new Socket(this, parsed, checkProtocols(list), options.transports));
  }

  /** What was tried, and what went over it. Holdfast's own. */
  getStats(): Stats {
    return socketOf(this).stats();
  }

  /**
   * Sends a message.
   *
   * @throws DOMException `InvalidStateError` while connecting
   */
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
    // biome-ignore lint/complexity/noArguments: `send(undefined)` is a message, `send()` is an error, `send.length` is 1
    requireArgument(arguments);
    const socket = socketOf(this);
    const message = snapshot(data);
    if (socket.readyState === 0) throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    socket.send(message);
  }

  /**
   * Starts the closing handshake.
   *
   * @param code 1000, or 3000 to 4999
   * @param reason at most 123 bytes of UTF-8
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   */
  close(...[code, reason]: [code?: number, reason?: string]): void {
    const socket = socketOf(this);
    const closeCode = code === undefined ? undefined : toInteger(code);
    const closeReason = reason === undefined ? '' : toUsvString(reason);
    if (closeCode !== undefined && closeCode !== 1000 && !(closeCode >= 3000 && closeCode <= 4999))
      throw new DOMException(`${code} is neither 1000 nor in 3000-4999.`, 'InvalidAccessError');
    if (utf8ByteLength(closeReason) > MAX_REASON_BYTES) throw syntaxError('The close reason is too long.');
    socket.close(closeCode, closeReason);
  }
}

const { prototype } = WebSocket;
// Whatever the build calls it; engines from before 2015 do not let functions be renamed.
if ((Object.getOwnPropertyDescriptor(WebSocket, 'name') || {}).configurable)
  Object.defineProperty(WebSocket, 'name', { value: 'WebSocket', configurable: true });
['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].forEach((name, value) => {
  for (const target of [WebSocket, prototype])
    Object.defineProperty(target, name, { value, enumerable: true });
});
for (const name of ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol', 'transport'] as const)
  defineAttribute(name, (socket) => socket[name]);
defineAttribute(
  'binaryType',
  (socket) => socket.binaryType,
  (socket, value) => {
    const type = toText(value);
    if (type === 'blob' || type === 'arraybuffer') socket.binaryType = type;
  },
);
for (const type of ['open', 'message', 'error', 'close'])
  defineAttribute(
    `on${type}`,
    ({ handlers }) => handlers.get(type),
    ({ handlers }, handler) => handlers.set(type, handler),
  );
// As WebIDL has it, in contrast to classes of JavaScript.
for (const name of Object.getOwnPropertyNames(prototype))
  if (name !== 'constructor') Object.defineProperty(prototype, name, { enumerable: true });
Object.defineProperty(prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true });

/** What a socket talks through. */
export function linkOf(socket: WebSocket): Link {
  return socketOf(socket).link;
}

/** @param set default: it can only be read */
function defineAttribute(
  name: string,
  get: (socket: Socket) => unknown,
  set?: (socket: Socket, value: unknown) => void,
): void {
  // Computed, so that the functions are named as WebIDL has it: `get url`.
  const accessors = {
    get [name](): unknown {
      return get(socketOf(this as unknown as WebSocket));
    },
    set [name](value: unknown) {
      if (set) set(socketOf(this as unknown as WebSocket), value);
    },
  };
  const descriptor = Object.getOwnPropertyDescriptor(accessors, name) as PropertyDescriptor;
  if (!set) delete descriptor.set;
  Object.defineProperty(prototype, name, descriptor);
}

function requireArgument({ length }: IArguments): void {
  if (length === 0) throw new TypeError('1 argument required, but only 0 present.');
}

/** By which a platform object is known, also one of another realm such as an iframe's: they throw for anything else. */
const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength');
const size = Object.getOwnPropertyDescriptor(Blob.prototype, 'size');

function isOne(getter: PropertyDescriptor | undefined, object: unknown): boolean {
  try {
    (getter as Required<PropertyDescriptor>).get.call(object);
    return true;
  } catch {
    return false;
  }
}

/**
 * The data as it is now: the caller may change its buffer afterwards, and one that was given away holds nothing (WebIDL §3.2.25). What is
 * no binary data is text. (`slice` wants to be told where it starts in engines of 2016.)
 */
function snapshot(data: unknown): string | Uint8Array<ArrayBuffer> | Blob {
  if (typeof data === 'object') {
    if (ArrayBuffer.isView(data) || isOne(byteLength, data)) {
      const { buffer = data as ArrayBuffer } = data as Partial<ArrayBufferView<ArrayBuffer>>;
      if (!buffer.byteLength) return new Uint8Array();
      const { byteOffset, byteLength } = data as Partial<ArrayBufferView> & ArrayBuffer;
      return new Uint8Array(buffer, byteOffset, byteLength).slice(0);
    }
    if (isOne(size, data)) return data as Blob;
  }
  return toUsvString(data);
}

/** WebIDL USVString: unpaired surrogates become U+FFFD. */
function toUsvString(text: unknown): string {
  return toText(text).replace(
    /([\ud800-\udbff][\udc00-\udfff])|[\ud800-\udfff]/g,
    (_, pair = '\ufffd') => pair,
  );
}

/** WebIDL [Clamp]: halves go to the even neighbour. (What lies out of range may stay there: it is refused.) */
function toInteger(value: unknown): number {
  const number = +(value as number); // throws for a BigInt, too
  const rounded = Math.round(number);
  return rounded - number === 0.5 ? rounded - (rounded % 2) : rounded;
}
