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
import type { MessageDeflater } from './message-deflater.ts';

interface Waiting {
  /** Of its payload, as far as is known. */
  readonly bytes: number;
  /** Does it; a promise where that takes longer than the call. */
  readonly leave: () => void | Promise<void>;
  readonly callback: SendCallback | undefined;
}

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
  // For the life of the connection.
  private readonly frames: FrameWriter;
  private readonly options: OutgoingFramesOptions;
  private isAbandoned = false;

  /** Whether the message is compressed that has begun last: all of its fragments are, or none (RFC 7692 §6.1). */
  private isCompressing = false;

  /** What waits for the first of them, which is under way. */
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;

  constructor(frames: FrameWriter, options: OutgoingFramesOptions) {
    this.frames = frames;
    this.options = options;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Payload bytes that wait, not compressed yet. */
  get pendingBytes(): number {
    return this.waitingBytes;
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
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    if (opcode !== OPCODE_CONTINUATION) {
      this.isCompressing = mayCompress && bytes >= this.options.thresholdBytes;
    }
    if (this.isCompressing) this.inOrder(bytes, () => this.deflate(opcode, fin, data, callback), callback);
    else if (this.waiting.length === 0) this.frames.write(opcode, fin, data, callback);
    else this.inOrder(bytes, () => this.frames.write(opcode, fin, data, callback), callback);
  }

  /** A whole message that others are sent too: it is compressed once for all who have the same window. */
  sendShared(message: PreparedMessage): void {
    const { deflater, thresholdBytes } = this.options;
    const { length } = message.payload;
    const isCompressed = message.compress && length >= thresholdBytes;
    const frame = isCompressed ? deflater.deflateShared(message) : message.frame;
    this.inOrder(length, () => {
      // Our own context knows nothing of it: what is compressed next must not refer past it.
      if (isCompressed) deflater.forget();
      if (Buffer.isBuffer(frame)) return this.frames.writeShared(frame);
      return this.whenReady(frame, (bytes) => this.frames.writeShared(bytes));
    });
  }

  sendControl(opcode: number, payload: Uint8Array, callback: SendCallback | undefined): void {
    this.inOrder(payload.length, () => this.frames.write(opcode, true, payload, callback), callback);
  }

  /** Does something after everything before has been written. */
  afterwards(act: () => void): void {
    this.inOrder(0, act);
  }

  /** Calls back whoever still waits, and gives the memory back: nothing more will be sent. */
  abandon(reason: string): void {
    this.isAbandoned = true;
    this.options.deflater.forget();
    this.waitingBytes = 0;
    for (const { callback } of this.waiting.splice(0)) callback?.(new Error(reason));
  }

  private deflate(
    opcode: number,
    fin: boolean,
    data: string | Uint8Array,
    callback: SendCallback | undefined,
  ): void | Promise<void> {
    // The first fragment has RSV1 set (§6.1), and no other.
    const rsv1 = opcode !== OPCODE_CONTINUATION;
    const payload = this.options.deflater.deflate(data, fin);
    if (payload instanceof Uint8Array) return this.frames.write(opcode, fin, payload, callback, rsv1);
    return this.whenReady(payload, (bytes) => this.frames.write(opcode, fin, bytes, callback, rsv1));
  }

  /** Writes what is being compressed, if it is still wanted then. */
  private async whenReady<Bytes>(compressing: Promise<Bytes>, write: (bytes: Bytes) => void): Promise<void> {
    const bytes = await compressing;
    if (!this.isAbandoned) write(bytes);
  }

  /** Now, or when those before have left. */
  private inOrder(bytes: number, leave: Waiting['leave'], callback?: SendCallback): void {
    const isFirst = this.waiting.length === 0;
    const leaving = isFirst ? leave() : undefined;
    if (isFirst && leaving === undefined) return;
    this.waiting.push({ bytes, leave, callback });
    this.waitingBytes += bytes;
    if (leaving !== undefined) void this.run(leaving);
  }

  /** Lets leave what waits, until nothing does. The first is leaving already. */
  private async run(first: Promise<void>): Promise<void> {
    let leaving: void | Promise<void> = first;
    try {
      do {
        if (leaving !== undefined) await leaving;
        if (this.isAbandoned) return;
        this.waitingBytes -= this.waiting.shift()?.bytes ?? 0;
        leaving = this.waiting[0]?.leave();
      } while (this.waiting.length > 0);
      this.options.onEmpty();
    } catch (error) {
      if (!this.isAbandoned) this.options.onError(error as Error);
    }
  }
}
