/**
 * The frames of a connection that compresses, in the order in which they are given. While a long message is being compressed in
 * a thread, everything behind it waits here, control frames too, and whatever else is to be done after it; otherwise a frame goes
 * through to frame-writer.ts at once.
 */
import { Buffer } from 'node:buffer';
import { OPCODE_CONTINUATION } from '@holdfast/protocol';
import type { SendCallback } from '../channel.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { PreparedMessage } from '../prepared-message.ts';
import { InOrder, nothing } from './in-order.ts';
import type { MessageDeflater } from './message-deflater.ts';

export interface OutgoingFramesOptions {
  readonly deflater: MessageDeflater;
  /** Messages shorter than this are not compressed, in bytes. */
  readonly thresholdBytes: number;
  /** Nothing waits any more. */
  readonly onEmpty: () => void;
  /** A message could not be compressed. Nothing behind it would make sense to the peer, and nothing is sent. */
  readonly onError: (error: Error) => void;
}

export class OutgoingFrames {
  private readonly frames: FrameWriter;
  private readonly options: OutgoingFramesOptions;
  private readonly queue: InOrder;

  /** Whether the message is compressed that has begun last: all of its fragments are, or none (RFC 7692 §6.1). */
  private isCompressing = false;

  constructor(frames: FrameWriter, options: OutgoingFramesOptions) {
    this.frames = frames;
    this.options = options;
    this.queue = new InOrder(options.onEmpty, options.onError);
  }

  get isEmpty(): boolean {
    return this.queue.isEmpty;
  }

  /** Payload bytes that wait, not compressed yet. */
  get pendingBytes(): number {
    return this.queue.pendingBytes;
  }

  /**
   * A message, or a fragment of one. It is compressed if it may be and is long enough; with fragments, the first one decides.
   *
   * @param callback as with `FrameWriter.write`
   */
  sendData(
    opcode: number,
    fin: boolean,
    data: string | Uint8Array,
    mayCompress: boolean,
    callback: SendCallback | undefined,
  ): void {
    const { deflater, thresholdBytes } = this.options;
    const { frames, queue } = this;
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const isFirst = opcode !== OPCODE_CONTINUATION;
    if (isFirst) this.isCompressing = mayCompress && bytes >= thresholdBytes;
    if (this.isCompressing) {
      // The first fragment has RSV1 set (§6.1), and no other.
      const write = (payload: Uint8Array): void => frames.write(opcode, fin, payload, callback, isFirst);
      queue.add(bytes, () => deflater.deflate(data, fin), write, callback);
    } else if (queue.isEmpty) {
      frames.write(opcode, fin, data, callback);
    } else {
      queue.add(bytes, nothing, () => frames.write(opcode, fin, data, callback), callback);
    }
  }

  /** A whole message that others are sent too: it is compressed once for all who have the same window. */
  sendShared(message: PreparedMessage): void {
    const { deflater, thresholdBytes } = this.options;
    const { length } = message.payload;
    const isCompressed = message.compress && length >= thresholdBytes;
    const frame = isCompressed ? deflater.deflateShared(message) : message.frame;
    const prepare = (): Buffer | Promise<Buffer> => {
      // Our own context knows nothing of it: what is compressed next must not refer past it.
      if (isCompressed) deflater.forget();
      return frame;
    };
    this.queue.add(length, prepare, (bytes) => this.frames.writeShared(bytes));
  }

  sendControl(opcode: number, payload: Uint8Array, callback: SendCallback | undefined): void {
    const write = (): void => this.frames.write(opcode, true, payload, callback);
    this.queue.add(payload.length, nothing, write, callback);
  }

  /** Does something after everything before has been written. */
  afterwards(act: () => void): void {
    this.queue.add(0, nothing, act);
  }

  /** Calls back whoever still waits, and gives the memory back: nothing more will be sent. */
  abandon(reason: string): void {
    this.options.deflater.forget();
    this.queue.abandon(reason);
  }
}
