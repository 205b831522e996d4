/**
 * One end of a connection, with the API of ws. What the application asks for is checked, brought into the form that
 * a channel takes, and passed on; what the channel reports comes back through socket-link.ts. Which channel it has, an
 * RFC 6455 connection or a Holdfast session, is not known here; nor how it comes by it, which is for websocket.ts.
 */
import { Buffer } from 'node:buffer';
import {
  CLOSE_NO_STATUS_RECEIVED,
  isValidCloseCode,
  MAX_CLOSE_REASON_BYTES,
  MAX_CONTROL_PAYLOAD_BYTES,
} from '@holdfast/protocol';
import { BlobQueue } from './blob-queue.ts';
import { BrowserListeners } from './browser-listeners.ts';
import type { SendCallback, SendOptions } from './channel.ts';
import {
  BINARY_TYPES,
  type BinaryType,
  isBinary,
  isBlob,
  type SendData,
  toBytes,
  toPayload,
} from './message-data.ts';
import { CLOSED, CLOSING, CONNECTING, OPEN, type SocketLink } from './socket-link.ts';

const DEFAULT_SEND_OPTIONS: SendOptions = {};

/** As @types/ws has it for `ping` and `pong`, though there is no error where all went well. */
type WsSendCallback = (error: Error) => void;

export abstract class Socket extends BrowserListeners {
  /** Undefined while CONNECTING. */
  protected link: SocketLink | undefined = undefined;
  private binaryTypeInUse: BinaryType = 'nodebuffer';

  get readyState(): 0 | 1 | 2 | 3 {
    return this.link?.readyState ?? CONNECTING;
  }

  /**
   * Bytes given to `send` that have not been handed to the network yet, framing included. Unlike in ws, what
   * was sent in this turn counts: it leaves in one write at the end of the turn.
   */
  get bufferedAmount(): number {
    const { link } = this;
    if (link === undefined) return 0;
    return link.channel.bufferedAmount + link.waitingBytes + link.unsendableBytes;
  }

  /** How binary messages are delivered. Default 'nodebuffer'. Other values than the four are ignored, as in ws. */
  get binaryType(): Exclude<BinaryType, 'blob'> {
    // It may be 'blob'; @types/ws does not know it, and this class is to pass for one of ws.
    return this.binaryTypeInUse as Exclude<BinaryType, 'blob'>;
  }

  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.binaryTypeInUse = type;
  }

  /** As in Sec-WebSocket-Extensions; '' where there are none. */
  get extensions(): string {
    return this.link?.channel.extensions ?? '';
  }

  get isPaused(): boolean {
    return this.link?.isPaused ?? false;
  }

  /** The subprotocol in use; '' where there is none. */
  get protocol(): string {
    return this.link?.protocol ?? '';
  }

  /** What carries the messages at the moment: 'websocket', 'long-polling', 'iframe'; null while nothing does. */
  get transport(): string | null {
    return this.link?.channel.transport ?? null;
  }

  /**
   * Sends a message, or with `fin: false` a part of one.
   *
   * @param callback called when the data was handed to the operating system (with fallbacks: when the peer has
   *   acknowledged it), or with the reason why it never will be
   * @throws Error while CONNECTING
   * @throws TypeError data of a kind that has no bytes
   */
  send(data: SendData, callback?: SendCallback): void;
  send(data: SendData, options: SendOptions | undefined, callback?: SendCallback): void;
  send(data: SendData, optionsOrCallback?: SendOptions | SendCallback, lastCallback?: SendCallback): void {
    const isShort = typeof optionsOrCallback === 'function';
    const options = (isShort ? undefined : optionsOrCallback) ?? DEFAULT_SEND_OPTIONS;
    const callback = isShort ? optionsOrCallback : lastCallback;
    const link = this.connectedLink();
    const binary = options.binary ?? isBinary(data);
    if (isBlob(data)) {
      if (!canSend(link, data.size, callback)) return;
      const send = (bytes: Buffer): void => link.send(bytes, binary, options, callback);
      this.queue(link).addBlob(data, send, callback);
      return;
    }
    const payload = toPayload(data);
    if (link.readyState === OPEN && link.blobQueue === undefined) {
      link.send(payload, binary, options, callback);
    } else if (canSend(link, Buffer.byteLength(payload), callback)) {
      const send = (): void => link.send(payload, binary, options, callback);
      this.queue(link).add(Buffer.byteLength(payload), send, callback);
    }
  }

  /**
   * Sends a Ping of at most 125 bytes. The parameter `mask` is taken and ignored: RFC 6455 §5.1 says who masks.
   *
   * @throws Error while CONNECTING
   * @throws RangeError more than 125 bytes
   */
  ping(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void;
  /** For callbacks that are declared as @types/ws has them. */
  ping(data: SendData, mask: boolean | undefined, callback: WsSendCallback): void;
  ping(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: WsSendCallback): void {
    this.control('ping', data, mask, callback);
  }

  /** Sends a Pong; see {@link ping}. Pings are answered by themselves, unless `autoPong` is off. */
  pong(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void;
  /** For callbacks that are declared as @types/ws has them. */
  pong(data: SendData, mask: boolean | undefined, callback: WsSendCallback): void;
  pong(data?: SendData | SendCallback, mask?: boolean | SendCallback, callback?: WsSendCallback): void {
    this.control('pong', data, mask, callback);
  }

  /**
   * Starts the closing handshake. Messages that the peer sent before its own Close are still delivered. While CONNECTING it
   * gives up: `error` and `close` follow.
   *
   * @param code 1000 to 1003, 1007 to 1014, 3000 to 4999. Default: a Close without a code
   * @param reason at most 123 bytes in UTF-8; needs a code
   * @throws TypeError another code
   * @throws RangeError a longer reason
   */
  close(code?: number, reason?: string | Uint8Array): void {
    const { link } = this;
    if (link === undefined) {
      this.giveUp();
      return;
    }
    if (link.readyState !== OPEN) return;
    if (code !== undefined && !(typeof code === 'number' && isValidCloseCode(code))) {
      throw new TypeError('First argument must be a valid error code number');
    }
    const reasonBytes = toBytes(code === undefined ? '' : reason);
    if (reasonBytes.length > MAX_CLOSE_REASON_BYTES) {
      throw new RangeError(`The message must not be greater than ${MAX_CLOSE_REASON_BYTES} bytes`);
    }
    link.readyState = CLOSING;
    const close = (): void => link.channel.close(code ?? CLOSE_NO_STATUS_RECEIVED, reasonBytes);
    if (link.blobQueue === undefined) close();
    else link.blobQueue.add(0, close, undefined);
  }

  /** Ends the connection at once; `close` follows with 1006. While CONNECTING, as {@link close}. */
  terminate(): void {
    const { link } = this;
    if (link === undefined) {
      this.giveUp();
      return;
    }
    if (link.readyState === CLOSED) return;
    link.readyState = CLOSING;
    link.channel.terminate();
  }

  /** Stops `message`, `ping` and `pong`, and reading from the network where that is possible. */
  pause(): void {
    const { link } = this;
    if (link === undefined || link.readyState === CLOSED) return;
    link.isPaused = true;
    link.channel.pause();
  }

  resume(): void {
    const { link } = this;
    if (link === undefined || link.readyState === CLOSED) return;
    link.isPaused = false;
    link.channel.resume();
  }

  // Topics of its server.

  /**
   * Subscribes to what the server publishes under this topic; any string, compared as a whole. A socket that is closed leaves its
   * topics by itself, before its `close` event.
   *
   * @returns whether it is subscribed now: false where it is closing or closed, or has `maxTopicsPerSocket` already
   * @throws Error while CONNECTING
   * @throws TypeError a topic that is no string; the socket of a client
   */
  subscribe(topic: string): boolean {
    const link = this.connectedLink();
    if (link.topics === undefined) throw new TypeError('Topics are those of a server: a client has none');
    return link.readyState === OPEN && link.topics.subscribe(link, topic);
  }

  /** @returns whether it was subscribed */
  unsubscribe(topic: string): boolean {
    return this.link?.topics?.unsubscribe(this.link, topic) ?? false;
  }

  isSubscribed(topic: string): boolean {
    return this.link?.topics?.isSubscribed(this.link, topic) ?? false;
  }

  // Details.

  /** Closed while CONNECTING. */
  protected abstract giveUp(): void;

  /** The same for Ping and Pong, whose arguments may be left out from the left. */
  private control(
    verb: 'ping' | 'pong',
    data: SendData | SendCallback,
    mask: boolean | SendCallback | undefined,
    lastCallback: WsSendCallback | undefined,
  ): void {
    const link = this.connectedLink();
    const callback = [data, mask, lastCallback].find((value) => typeof value === 'function') as
      | SendCallback
      | undefined;
    const send = (bytes: Uint8Array): void => link.channel[verb](checkedControlData(bytes), callback);
    if (isBlob(data)) {
      if (!canSend(link, data.size, callback)) return;
      if (data.size > MAX_CONTROL_PAYLOAD_BYTES) throw controlDataTooLong();
      this.queue(link).addBlob(data, send, callback);
      return;
    }
    const bytes = toBytes(typeof data === 'function' ? undefined : data);
    if (!canSend(link, bytes.length, callback)) return;
    if (link.blobQueue === undefined) send(bytes);
    else link.blobQueue.add(bytes.length, () => send(bytes), callback);
  }

  private connectedLink(): SocketLink {
    const { link } = this;
    if (link === undefined) throw new Error(`WebSocket is not open: readyState ${CONNECTING} (CONNECTING)`);
    return link;
  }

  private queue(link: SocketLink): BlobQueue {
    link.blobQueue ??= new BlobQueue(
      () => {
        link.blobQueue = undefined;
      },
      (error) => {
        // A message is missing from now on: nothing sent behind it would make sense to the peer.
        link.blobQueue = undefined;
        link.onError(error);
        link.channel.terminate();
      },
    );
    return link.blobQueue;
  }
}

/** Too late to send: the bytes count in `bufferedAmount`, and who waits is told. */
function canSend(link: SocketLink, bytes: number, callback: SendCallback | undefined): boolean {
  if (link.readyState === OPEN) return true;
  link.unsendableBytes += bytes;
  if (callback !== undefined) {
    const state = link.readyState === CLOSING ? 'CLOSING' : 'CLOSED';
    const error = new Error(`WebSocket is not open: readyState ${link.readyState} (${state})`);
    process.nextTick(callback, error);
  }
  return false;
}

function checkedControlData(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_CONTROL_PAYLOAD_BYTES) throw controlDataTooLong();
  return bytes;
}

function controlDataTooLong(): RangeError {
  return new RangeError(`The data size must not be greater than ${MAX_CONTROL_PAYLOAD_BYTES} bytes`);
}
