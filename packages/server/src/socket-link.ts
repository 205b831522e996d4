/**
 * Joins a socket and its channel: what the channel reports becomes the socket's state and its events. What the application
 * asks for is websocket.ts.
 */
import type { BlobQueue } from './blob-queue.ts';
import type { Channel, ChannelHandler } from './channel.ts';
import { type BinaryType, type RawData, toBinaryType } from './message-data.ts';

// WHATWG WebSocket, `readyState`.
export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;

/** The events of a socket, with what their listeners get. */
export interface SocketEvents {
  /** A client's socket alone. */
  open: [];
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
  private readonly socket: EventSource;

  /** Goes up only. */
  readyState: typeof OPEN | typeof CLOSING | typeof CLOSED = OPEN;
  isPaused = false;
  /** Exists while a Blob is being read. */
  blobQueue: BlobQueue | undefined = undefined;
  /** Payload bytes given to `send` after it was too late: they count in `bufferedAmount` (WHATWG). */
  unsendableBytes = 0;

  constructor(socket: EventSource, channel: Channel, protocol: string) {
    this.socket = socket;
    this.channel = channel;
    this.protocol = protocol;
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    const { socket } = this;
    const isAsItComes = !isBinary || socket.binaryType === 'nodebuffer';
    socket.emit('message', isAsItComes ? data : toBinaryType(data, socket.binaryType), isBinary);
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

  onClosed(code: number, reason: Buffer): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.blobQueue?.abandon(new Error('The socket was closed while a Blob was being read'));
    this.blobQueue = undefined;
    this.socket.emit('close', code, reason);
  }
}
