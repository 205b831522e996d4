/**
 * The WebSocketStream of the WHATWG proposal (whatwg/websockets, pull request 48), as Chromium has it: a WebSocket as a pair of streams, with
 * backpressure both ways. It is made of a WebSocket of ours, and so has its transports and its session.
 *
 * Of a reader that does not read the server's session is told, which holds back the rest. A server that is not Holdfast cannot be told: there
 * all of it waits here.
 */
import { WebSocket } from '../full.ts';
import type { Stats } from '../log.ts';
import type { TransportName } from '../transports/client-transport.ts';
import { parseProtocols, parseUrl } from '../url.ts';
import { linkOf } from '../websocket.ts';
import { Deferred } from './deferred.ts';
import { type Incoming, type IncomingHost, IncomingMessages } from './incoming.ts';
import { type Outgoing, type OutgoingHost, OutgoingMessages } from './outgoing.ts';
import { asInterface, dictionary, isInstance, isSequence } from './web-idl.ts';
import {
  type CheckedClose,
  checkedClose,
  closeFor,
  notClean,
  type WebSocketCloseInfo,
  WebSocketError,
} from './websocket-error.ts';

export interface WebSocketStreamOptions {
  /** Subprotocols, in order of preference. Default: none. */
  protocols?: readonly string[] | undefined;
  /** Aborts opening, and nothing after that. Default: none. */
  signal?: AbortSignal | undefined;
  /** Holdfast's own: as `WebSocketOptions.transports`. */
  transports?: readonly TransportName[] | undefined;
}

export interface WebSocketOpenInfo {
  /** A chunk for each message: text as a string, binary as a Uint8Array. */
  readonly readable: ReadableStream<Incoming>;
  /** Takes a buffer or a view as a binary message, anything else as a text. */
  readonly writable: WritableStream<Outgoing>;
  readonly extensions: string;
  readonly protocol: string;
}

export class WebSocketStream {
  readonly #url: string;
  readonly #opened: Deferred<WebSocketOpenInfo> = new Deferred();
  readonly #closed: Deferred<Required<WebSocketCloseInfo>> = new Deferred();
  /** Undefined where it was aborted before it began. */
  readonly #socket: WebSocket | undefined;
  /** Whether it was closed from here, and not by the server before. */
  #closes = false;
  /** Once it is open. */
  #streams: { readonly incoming: IncomingMessages; readonly outgoing: OutgoingMessages } | undefined =
    undefined;

  /**
   * @param url as of `WebSocket`
   * @throws DOMException `SyntaxError` for a URL or a subprotocol that is none
   * @throws TypeError without a URL, and for options that are none
   */
  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    // biome-ignore lint/complexity/noArguments: `new WebSocketStream(undefined)` has a URL, `undefined`
    if (arguments.length === 0) throw new TypeError('1 argument required, but only 0 present.');
    const { protocols = [], signal, transports } = dictionary<WebSocketStreamOptions>(options);
    if (!isSequence(protocols)) throw new TypeError('The subprotocols are no sequence.');
    if (signal !== undefined && !isInstance(signal, 'AbortSignal'))
      throw new TypeError('The signal is no AbortSignal.');
    this.#url = parseUrl(String(url));
    const offered = parseProtocols(protocols);
    if (signal?.aborted === true) {
      this.#neverOpens(signal.reason, signal.reason);
      return;
    }
    this.#socket = this.#connect(new WebSocket(this.#url, offered, transports && { transports }));
    if (signal !== undefined) this.#heed(signal, this.#socket);
  }

  get url(): string {
    return this.#url;
  }

  /** Rejected with a {@link WebSocketError}, or with the reason of the signal that aborted it. */
  get opened(): Promise<WebSocketOpenInfo> {
    return this.#opened.promise;
  }

  /** Rejected where `opened` is, and with a {@link WebSocketError} where it was not closed cleanly, or a message may not have been sent. */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return this.#closed.promise;
  }

  /** The transport in use, or null. Holdfast's own. */
  get transport(): string | null {
    return this.#socket?.transport ?? null;
  }

  /** What was tried, and what went over it; undefined where it was aborted before it began. Holdfast's own. */
  getStats(): Stats | undefined {
    return this.#socket?.getStats();
  }

  /**
   * Starts the closing handshake, behind all that was sent.
   *
   * @throws TypeError for what is no object
   * @throws DOMException `InvalidAccessError` for another code than 1000 and 3000 to 4999, `SyntaxError` for a reason of more than 123
   * bytes of UTF-8
   */
  close(closeInfo: WebSocketCloseInfo = {}): void {
    this.#close(checkedClose(closeInfo));
  }

  #connect(socket: WebSocket): WebSocket {
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => this.#open(socket));
    socket.addEventListener('message', ({ data }) =>
      this.#streams?.incoming.add(typeof data === 'string' ? data : new Uint8Array(data)),
    );
    socket.addEventListener('close', (event) => this.#end(event));
    return socket;
  }

  #heed(signal: AbortSignal, socket: WebSocket): void {
    const abort = (): void => {
      this.#neverOpens(signal.reason, signal.reason);
      socket.close();
    };
    const heedNoMore = (): void => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    this.opened.then(heedNoMore, heedNoMore);
  }

  #open(socket: WebSocket): void {
    const close = (reason: unknown): void => this.#close(closeFor(reason));
    const incoming = new IncomingMessages(holdingUp(socket, close));
    const outgoing = new OutgoingMessages(sending(socket, close));
    this.#streams = { incoming, outgoing };
    const { readable } = incoming;
    const { writable } = outgoing;
    const { extensions, protocol } = socket;
    this.#opened.resolve({ readable, writable, extensions, protocol });
  }

  #close({ closeCode, reason }: CheckedClose): void {
    this.#closes ||= this.#socket?.readyState === WebSocket.OPEN;
    this.#socket?.close(closeCode, reason);
  }

  #neverOpens(why: unknown, how: unknown): void {
    this.#opened.reject(why);
    this.#closed.reject(how);
  }

  #end({ code, reason, wasClean }: CloseEvent): void {
    const error = notClean(code, reason);
    if (this.#streams === undefined) {
      this.#neverOpens(new WebSocketError('The WebSocket was closed before it was open.'), error);
      return;
    }
    const { incoming, outgoing } = this.#streams;
    // A close of ours was behind what was written: the server has that.
    const isSent = this.#closes || !outgoing.isWriting;
    if (wasClean && isSent) this.#closed.resolve({ closeCode: code, reason });
    else this.#closed.reject(error);
    if (wasClean) incoming.close();
    else incoming.fail(error);
    const late = wasClean ? new DOMException('The WebSocketStream is closed.', 'InvalidStateError') : error;
    if (wasClean && isSent) outgoing.close(late);
    else outgoing.fail(late);
  }
}

asInterface(WebSocketStream, 'WebSocketStream');

/** Tells the server's session, and tells it again with each attach: what it was told last may be lost. */
function holdingUp(socket: WebSocket, onCancel: (reason: unknown) => void): IncomingHost {
  /** Undefined: it was never told anything. */
  let isHeldUp: boolean | undefined;
  const say = (): void => linkOf(socket).say?.(isHeldUp ? '~pause' : '~resume');
  socket.addEventListener('holdfast', ({ detail }) => {
    if (detail.type === 'attached' && isHeldUp !== undefined) say();
  });
  return {
    onHoldUp(isHeldUpNow) {
      isHeldUp = isHeldUpNow;
      if (socket.transport !== null) say();
    },
    onCancel,
  };
}

function sending(socket: WebSocket, close: (reason: unknown) => void): OutgoingHost {
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(message) {
      const isOpen = socket.readyState === WebSocket.OPEN;
      socket.send(message);
      return isOpen;
    },
    onClose: () => close(undefined),
    onAbort: close,
  };
}
