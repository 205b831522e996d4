// What a server-side WebSocket talks through: an RFC 6455 connection (connection.ts) or a Holdfast session
// (session-channel.ts). The socket knows the API of ws and this seam; it never learns which of the two it has.

import type { PreparedMessage } from './prepared-message.ts';

/** Options of one outgoing message. */
export interface SendOptions {
  /** Whether the message is binary. Default: true for binary data, false for strings. */
  readonly binary?: boolean | undefined;
  /** Whether permessage-deflate may compress this message. Default: true. */
  readonly compress?: boolean | undefined;
  /** Whether this is the last fragment of the message. Default: true. */
  readonly fin?: boolean | undefined;
  /** Taken and ignored: RFC 6455 §5.1 says who masks. */
  readonly mask?: boolean | undefined;
}

/** Called once the data was handed on, or with the reason why it never will be. */
export type SendCallback = (error?: Error) => void;

export interface Channel {
  /** Bytes accepted by `send` and not yet handed to the network. */
  readonly bufferedAmount: number;
  /** The transport in use, for logs: 'websocket', 'long-polling', 'iframe', or null while detached. */
  readonly transport: string | null;
  /** The negotiated extensions as in Sec-WebSocket-Extensions; '' where there are none. */
  readonly extensions: string;
  send(data: string | Uint8Array, binary: boolean, options: SendOptions, callback?: SendCallback): void;
  /** Sends a message that other channels send too: what is encoded already is shared, not copied. Nothing is reported meanwhile. */
  publish(message: PreparedMessage): void;
  /** Whether so many bytes more may wait for the peer (`maxBufferedBytes`). */
  hasRoomFor(bytes: number): boolean;
  /** Ends at once, for want of room: `onError` with a BufferOverflowError, then `onClosed` with 1006; with 1008 where the peer is told so too. */
  overflow(): void;
  ping(data: Uint8Array, callback?: SendCallback): void;
  pong(data: Uint8Array, callback?: SendCallback): void;
  /** Starts the closing handshake, or answers the peer's. `code` 1005 means a Close without a payload. */
  close(code: number, reason: Uint8Array): void;
  /** Ends at once, without a closing handshake. `onClosed` follows with 1006. */
  terminate(): void;
  /** Stops delivering messages (and, where the transport can, reading them). */
  pause(): void;
  resume(): void;
}

/** A channel whose messages are frames: an RFC 6455 connection. */
export interface FrameChannel extends Channel {
  /**
   * Sends whole messages in unmasked frames, which never change; they are not copied where that can be helped. Only where there are no
   * extensions.
   */
  sendFrames(frames: readonly Buffer[]): void;
}

/** What a channel reports. Never called from within a constructor. */
export interface ChannelHandler {
  /** @param fragmentEnds where in `data` each fragment but the last ends, as far as that is known */
  onMessage(data: Buffer, isBinary: boolean, fragmentEnds?: readonly number[]): void;
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
  /** The peer's Close arrived: no more messages follow. The channel answers it by itself. */
  onClosing(code: number, reason: Buffer): void;
  /** The last call. 1006 where there was no complete closing handshake. */
  onClosed(code: number, reason: Buffer): void;
  /** The peer broke the protocol or the network failed; `onClosed` follows. */
  onError(error: Error): void;
  /** All that one read from the network brought has been reported; what is sent now leaves with what was sent meanwhile. */
  onDelivered?(): void;
  /** The network has taken everything, after some of it had to wait. */
  onDrain?(): void;
}
