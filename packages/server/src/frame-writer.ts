/**
 * Frames → few writes. A system call costs more than a small frame, so what is written while one read is handled, or
 * else in one tick, is gathered and leaves in one write. Small payloads are copied; a large payload is not,
 * and leaves at once with everything gathered before it: its owner may then fill the memory again as soon as he could
 * if it had been written alone. Which frames to write, and when, is not known here.
 */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import process from 'node:process';
import type { Duplex } from 'node:stream';
import {
  encodeFrame,
  type FrameOptions,
  frameHeaderLength,
  mask,
  writeFrameHeader,
} from '@holdfast/protocol';
import type { SendCallback } from './channel.ts';
import { isPlainSocket, writeDirectly } from './direct-socket.ts';
import { type MaskingKeySource, randomMaskingKey } from './masking-key.ts';
import { forgetRepeatedFrame, repeatedFrame } from './repeated-frame.ts';
import { giveBack, WriteRegion } from './write-region.ts';

/** From here a second buffer in the same system call costs less than copying the payload (measured). */
const LARGE_PAYLOAD_BYTES = 16 * 1024;

/** Gathering more than this saves nothing that could be measured. */
const FLUSH_BYTES = 32 * 1024;

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const MAX_UTF8_BYTES_PER_UNIT = 3;

/** A text of this many code units has the two-byte header (at most 125 bytes) whatever its characters are. */
const SHORT_TEXT_UNITS = 41;

/** Up to here a loop outruns the call of `TypedArray.prototype.set` (measured). */
const LOOP_COPY_BYTES = 48;

const LAST_FRAGMENT: FrameOptions = { fin: true };
const FRAGMENT: FrameOptions = { fin: false };
const COMPRESSED_LAST_FRAGMENT: FrameOptions = { fin: true, rsv1: true };
const COMPRESSED_FRAGMENT: FrameOptions = { fin: false, rsv1: true };

export class FrameWriter {
  // For the life of the connection.
  private readonly socket: Duplex;
  private readonly masks: boolean;
  private readonly newMaskingKey: MaskingKeySource;
  /**
   * The same, where it is a plain TCP socket: that is done with the memory of a write when it has nothing left to write. Any other stream may
   * keep what it was given.
   */
  private readonly plainSocket: Socket | undefined;
  /** What the system has not taken yet of a write that went past the stream, in bytes. */
  private waitingBytes = 0;

  // Since the last flush.
  /**
   * A small frame that others write too, while it is all that is gathered: it leaves as it is, without being copied. The
   * region is empty then.
   */
  private shared: Buffer | undefined = undefined;
  /** The bytes gathered. */
  private readonly region = new WriteRegion();
  /** To be called when these are written; undefined while there are none. */
  private callbacks: SendCallback[] | undefined;
  /** Who will flush: nobody yet, the caller of `hold`, or the next tick. */
  private flushedBy: 'nobody' | 'holder' | 'tick' = 'nobody';

  /**
   * @param masks whether frames are masked: a client's are (RFC 6455 §5.1)
   * @param newMaskingKey draws the key of each frame, where they are
   */
  constructor(socket: Duplex, masks: boolean, newMaskingKey: MaskingKeySource = randomMaskingKey) {
    this.socket = socket;
    this.masks = masks;
    this.newMaskingKey = newMaskingKey;
    this.plainSocket = isPlainSocket(socket) ? socket : undefined;
  }

  /** Bytes that the operating system does not have yet, framing included. */
  get pendingBytes(): number {
    return this.gatheredBytes + this.waitingBytes + this.socket.writableLength;
  }

  /** Whether the operating system has all that was written. False where that cannot be known. */
  get isWritten(): boolean {
    return this.plainSocket !== undefined && this.pendingBytes === 0;
  }

  /** The socket does not know of them yet. */
  private get gatheredBytes(): number {
    return this.region.length + (this.shared?.length ?? 0);
  }

  /** Until `release`, gathers without asking for the next tick. */
  hold(): void {
    this.flushedBy = 'holder';
  }

  /** Flushes. */
  release(): void {
    this.flushedBy = 'nobody';
    forgetRepeatedFrame();
    this.flush();
  }

  /** Gathers what is no frame, and comes before all frames: the head of the opening handshake, in Latin-1. */
  writeHead(head: string): void {
    const at = this.region.reserve(head.length);
    this.region.bytes.write(head, at, 'latin1');
    this.gathered(at + head.length);
  }

  /**
   * Writes one frame.
   *
   * @param callback called when the operating system has the frame, or with the reason why it never will
   * @param rsv1 reserved bit 1: the payload is compressed (RFC 7692 §6)
   */
  write(
    opcode: number,
    fin: boolean,
    payload: string | Uint8Array,
    callback?: SendCallback,
    rsv1 = false,
  ): void {
    if (callback !== undefined) this.expect(callback);
    const repeated = fin && !rsv1 && !this.masks ? repeatedFrame(opcode, payload) : undefined;
    if (repeated !== undefined) {
      this.writeShared(repeated);
      return;
    }
    if (this.shared !== undefined) this.moveShared();
    const options = this.frameOptions(fin, rsv1);
    if (typeof payload === 'string') this.writeText(opcode, payload, options);
    else if (payload.length >= LARGE_PAYLOAD_BYTES) this.writeLarge(opcode, payload, options);
    else this.writeSmall(opcode, payload, options);
  }

  /**
   * Writes a whole frame, not masked, which never changes: the same memory serves all who write it. It is copied only where it
   * is small and others leave in the same write.
   */
  writeShared(frame: Buffer): void {
    if (frame.length >= LARGE_PAYLOAD_BYTES) {
      this.moveShared();
      this.writeBehindGathered(frame);
    } else if (this.gatheredBytes === 0) {
      this.shared = frame;
      this.flushLater();
    } else {
      this.moveShared();
      this.gather(frame);
    }
  }

  /** Hands everything gathered to the socket. */
  flush(): void {
    const { shared } = this;
    if (shared !== undefined) {
      this.shared = undefined;
      this.give(shared);
      return;
    }
    if (this.region.length === 0) return;
    const gathered = this.region.take();
    this.give(gathered);
    giveBack(gathered, this.isWritten);
  }

  /** For the tick alone: a stream that throws must not keep the others from being flushed. */
  flushInTick(): void {
    try {
      this.release();
    } catch (error) {
      this.socket.destroy(error as Error);
    }
  }

  /** Calls back whoever still waits: nothing more will be written. */
  abandon(reason: string): void {
    this.shared = undefined;
    if (this.region.length > 0) giveBack(this.region.take(), true);
    this.takeCallback()?.(new Error(reason));
  }

  private writeSmall(opcode: number, payload: Uint8Array, options: FrameOptions): void {
    const { length } = payload;
    const at = this.region.reserve(frameHeaderLength(length, this.masks) + length);
    const { bytes } = this.region;
    const start = writeFrameHeader(bytes, at, opcode, length, options);
    if (length <= LOOP_COPY_BYTES) for (let i = 0; i < length; i++) bytes[start + i] = payload[i] as number;
    else bytes.set(payload, start);
    if (options.maskingKey !== undefined) mask(bytes, options.maskingKey, 0, start, start + length);
    this.gathered(start + length);
  }

  private writeText(opcode: number, text: string, options: FrameOptions): void {
    const isShort = text.length <= SHORT_TEXT_UNITS;
    const room = isShort ? text.length * MAX_UTF8_BYTES_PER_UNIT : Buffer.byteLength(text);
    if (room >= LARGE_PAYLOAD_BYTES) {
      this.writeLarge(opcode, Buffer.from(text), options);
      return;
    }
    const headerLength = frameHeaderLength(room, this.masks);
    const at = this.region.reserve(headerLength + room);
    const { bytes } = this.region;
    const start = at + headerLength;
    const end = isShort ? writeShortText(bytes, start, text) : start + bytes.write(text, start, room, 'utf8');
    writeFrameHeader(bytes, at, opcode, end - start, options);
    if (options.maskingKey !== undefined) mask(bytes, options.maskingKey, 0, start, end);
    this.gathered(end);
  }

  private writeLarge(opcode: number, payload: Uint8Array, options: FrameOptions): void {
    const { region } = this;
    // The payload stays as it is, it is the caller's: masking copies it.
    const masked = options.maskingKey === undefined ? undefined : encodeFrame(opcode, payload, options);
    if (masked === undefined) {
      const at = region.reserve(frameHeaderLength(payload.length));
      region.commit(writeFrameHeader(region.bytes, at, opcode, payload.length, options));
    }
    this.writeBehindGathered(masked ?? payload);
  }

  /** Everything gathered, and then these bytes as they are, in one call of the system. */
  private writeBehindGathered(bytes: Uint8Array): void {
    const { region, socket } = this;
    const gathered = region.length > 0 ? region.take() : undefined;
    socket.cork();
    if (gathered !== undefined) socket.write(gathered);
    this.give(bytes);
    socket.uncork();
    if (gathered !== undefined) giveBack(gathered, this.isWritten);
  }

  private frameOptions(fin: boolean, rsv1: boolean): FrameOptions {
    if (this.masks) return { fin, rsv1, maskingKey: this.newMaskingKey() };
    if (rsv1) return fin ? COMPRESSED_LAST_FRAGMENT : COMPRESSED_FRAGMENT;
    return fin ? LAST_FRAGMENT : FRAGMENT;
  }

  /** Copies bytes behind what is gathered. */
  private gather(bytes: Uint8Array): void {
    const at = this.region.reserve(bytes.length);
    this.region.bytes.set(bytes, at);
    this.gathered(at + bytes.length);
  }

  /** Something comes behind the shared frame: they are to leave in one write. */
  private moveShared(): void {
    const { shared } = this;
    if (shared === undefined) return;
    this.shared = undefined;
    this.gather(shared);
  }

  /** The region is filled up to `end`: takes care that someone flushes. */
  private gathered(end: number): void {
    this.region.commit(end);
    if (this.region.length >= FLUSH_BYTES) this.flush();
    else this.flushLater();
  }

  private flushLater(): void {
    if (this.flushedBy !== 'nobody') return;
    this.flushedBy = 'tick';
    if (scheduled.length === 0) process.nextTick(flushScheduled);
    scheduled.push(this);
  }

  /** The last write of a flush: whoever waits is called back with it. */
  private give(bytes: Uint8Array): void {
    const callback = this.takeCallback();
    if (callback !== undefined) this.socket.write(bytes, callback);
    else if (this.plainSocket === undefined || this.isWaiting) this.socket.write(bytes);
    else this.giveDirectly(this.plainSocket, bytes);
  }

  private giveDirectly(socket: Socket, bytes: Uint8Array): void {
    this.waitingBytes = bytes.length;
    // Made anew for each write: one that is kept would have to be fetched into the processor's cache, which takes longer (measured).
    writeDirectly(socket, bytes, (error) => {
      this.waitingBytes = 0;
      if (error) socket.destroy(error);
    });
  }

  /** Whether what is written now has to go behind something. */
  private get isWaiting(): boolean {
    return this.waitingBytes > 0 || this.socket.writableLength > 0;
  }

  private expect(callback: SendCallback): void {
    if (this.callbacks === undefined) this.callbacks = [callback];
    else this.callbacks.push(callback);
  }

  /** One function that calls all who wait. */
  private takeCallback(): ((error?: Error | null) => void) | undefined {
    const { callbacks } = this;
    if (callbacks === undefined) return undefined;
    this.callbacks = undefined;
    return (error) => {
      // Of a write that the stream was destroyed under, Node 20 says that it succeeded.
      const isLost = this.plainSocket === undefined && this.socket.destroyed;
      const reason =
        error ?? (isLost ? new Error('The stream was closed before the data was written') : undefined);
      for (const callback of callbacks) callback(reason);
    };
  }
}

/** Those that the next tick flushes. */
let scheduled: FrameWriter[] = [];

function flushScheduled(): void {
  const writers = scheduled;
  scheduled = [];
  for (const writer of writers) writer.flushInTick();
}

/** @returns the end of `text` in `bytes` */
function writeShortText(bytes: Buffer, start: number, text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return start + bytes.write(text, start, 'utf8');
    bytes[start + i] = unit;
  }
  return start + length;
}
