/**
 * Joins a socket and its channel: what is sent goes out in its order, what the channel reports becomes the socket's state and its
 * events. What the application asks for is websocket.ts.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { CLOSE_ABNORMAL } from '@holdfast/protocol';
import type { BlobQueue } from './blob-queue.ts';
import type { Channel, ChannelHandler, SendCallback, SendOptions } from './channel.ts';
import { type BinaryType, type RawData, toBinaryType } from './message-data.ts';
import type { PreparedMessage } from './prepared-message.ts';
import type { Topics } from './topics.ts';

// WHATWG WebSocket, `readyState`.
export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;

interface PublishedWithin {
  readonly messages: PreparedMessage[];
  /** Of their frames. */
  bytes: number;
}

/** The events of a socket, with what their listeners get. */
export interface SocketEvents {
  // Of a client's socket alone.
  open: [];
  /** The server answered 101; whether all of the answer is right is looked at afterwards. */
  upgrade: [response: IncomingMessage];
  /** The server answered otherwise. With a listener, it is the listener who ends the request, or closes the socket. */
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
  /** A redirect is about to be followed. With a listener, it is the listener who removes fields that are secret. */
  redirect: [url: string, request: ClientRequest];
  // Of all.
  message: [data: RawData, isBinary: boolean];
  ping: [data: Buffer];
  pong: [data: Buffer];
  error: [error: Error];
  close: [code: number, reason: Buffer];
}

/** As much of a socket as its events need. */
interface EventSource {
  readonly binaryType: BinaryType;
  emit<Name extends keyof SocketEvents>(name: Name, ...values: SocketEvents[Name]): boolean;
  listenerCount(name: keyof SocketEvents): number;
}

export class SocketLink implements ChannelHandler {
  readonly channel: Channel;
  readonly protocol: string;
  readonly socket: EventSource;
  /** Those of its server; a client has none. */
  readonly topics: Topics<SocketLink> | undefined;

  /** Goes up only. */
  readyState: typeof OPEN | typeof CLOSING | typeof CLOSED = OPEN;
  isPaused = false;
  /** Exists while a Blob is being read. */
  blobQueue: BlobQueue | undefined = undefined;
  /** Payload bytes given to `send` after it was too late: they count in `bufferedAmount` (WHATWG). */
  unsendableBytes = 0;
  /** What was published since the application has sent a message in part (`fin: false`); undefined where it has not. */
  private publishedWithin: PublishedWithin | undefined = undefined;

  constructor(socket: EventSource, channel: Channel, protocol: string, topics?: Topics<SocketLink>) {
    this.socket = socket;
    this.channel = channel;
    this.protocol = protocol;
    this.topics = topics;
  }

  // To the channel.

  /** Bytes of what was given to the socket, and waits before it is given to the channel. */
  get waitingBytes(): number {
    return (this.blobQueue?.bytes ?? 0) + (this.publishedWithin?.bytes ?? 0);
  }

  /** Sends a message, or a part of one, that has nothing to wait for. */
  send(data: string | Uint8Array, binary: boolean, options: SendOptions, callback?: SendCallback): void {
    this.channel.send(data, binary, options, callback);
    if (options.fin === false) this.publishedWithin ??= { messages: [], bytes: 0 };
    else if (this.publishedWithin !== undefined) this.sendPublished(this.publishedWithin);
  }

  /**
   * Sends what others are sent too, behind everything sent before. Where too much waits already, the socket is ended: the
   * publisher sees no `bufferedAmount`. No listener is called before this turn is over: all receivers come first.
   *
   * @returns whether it is sent
   */
  publish(message: PreparedMessage): boolean {
    if (this.readyState !== OPEN) return false;
    const { length } = message.frame;
    if (!this.channel.hasRoomFor(this.waitingBytes + length)) {
      this.readyState = CLOSING;
      process.nextTick(() => {
        if (this.readyState !== CLOSED) this.channel.overflow();
      });
      return false;
    }
    if (this.blobQueue === undefined) this.publishInOrder(message);
    else this.blobQueue.add(length, () => this.publishInOrder(message), undefined);
    return true;
  }

  /** "The fragments of one message MUST NOT be interleaved between the fragments of another message" (RFC 6455 §5.4). */
  private publishInOrder(message: PreparedMessage): void {
    const { publishedWithin } = this;
    if (publishedWithin === undefined) {
      this.channel.publish(message);
    } else {
      publishedWithin.messages.push(message);
      publishedWithin.bytes += message.frame.length;
    }
  }

  private sendPublished({ messages }: PublishedWithin): void {
    this.publishedWithin = undefined;
    for (const message of messages) this.channel.publish(message);
  }

  // From the channel.

  onMessage(data: Buffer, isBinary: boolean, fragmentEnds?: readonly number[]): void {
    const { socket } = this;
    const isAsItComes = !isBinary || socket.binaryType === 'nodebuffer';
    const wanted = isAsItComes ? data : toBinaryType(data, socket.binaryType, fragmentEnds);
    socket.emit('message', wanted, isBinary);
  }

  onPing(data: Buffer): void {
    this.socket.emit('ping', data);
  }

  onPong(data: Buffer): void {
    this.socket.emit('pong', data);
  }

  onClosing(): void {
    if (this.readyState === OPEN) this.readyState = CLOSING;
  }

  /** Without a listener there is no event: a peer's mistake must not end the process. */
  onError(error: Error): void {
    if (this.readyState === OPEN) this.readyState = CLOSING;
    if (this.socket.listenerCount('error') > 0) this.socket.emit('error', error);
  }

  /** A client's connection did not come about. Unlike later errors that one is loud where nobody listens. */
  onOpeningFailed(error: Error): void {
    try {
      this.socket.emit('error', error);
    } finally {
      this.onClosed(CLOSE_ABNORMAL, NO_REASON);
    }
  }

  onClosed(code: number, reason: Buffer): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.blobQueue?.abandon(new Error('The socket was closed while a Blob was being read'));
    this.blobQueue = undefined;
    this.publishedWithin = undefined;
    this.topics?.leave(this);
    this.socket.emit('close', code, reason);
  }
}

const NO_REASON: Buffer = Buffer.alloc(0);
