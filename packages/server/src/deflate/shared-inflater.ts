/**
 * One stream of zlib that inflates the messages of all peers, in the turn in which they come (RFC 7692 §7.2.2). A stream for each
 * would keep 44 KB; this one is told before each message what the peer may refer to. So no message depends on how the one before has
 * ended. What is judged here is the compressed form alone; what becomes of the data is for message-inflater.ts.
 */
import { Buffer } from 'node:buffer';
import { createInflateRaw } from 'node:zlib';
import { ProtocolError } from '@holdfast/protocol';
import { copyOf, NEVER_STREAMED, RawZlib } from './raw-zlib.ts';

/** Up to here, in and out, inflating takes less of this thread than handing it to another and taking it back (measured). */
export const MAX_SYNCHRONOUS_BYTES: number = 64 * 1024;

/**
 * Behind each message: the tail that its sender has left out ("append 4 octets of 0x00 0x00 0xff 0xff", §7.2.2), a last block of nothing
 * (RFC 1951 §3.2.6), and a byte that is never read. So it can be told whether the message was a whole number of blocks.
 */
export const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x03, 0x00, 0x00);
const UNREAD_AT_END = 1;

/**
 * Blocks with BFINAL set, each of which ends a stream of DEFLATE, that one message may hold. §7.2.3.5 allows them; a peer ends its
 * message with one, or each fragment. For each of them zlib is told the window again.
 */
const MAX_FINAL_BLOCKS = 64;

/** The longest distance that DEFLATE knows. */
export const MAX_WINDOW_BYTES: number = 32 * 1024;

/** RFC 1951 §3.2.4: a byte for the block's type, its length and that in one's complement. */
const STORED_BLOCK_HEADER_BYTES = 5;

export class SharedInflater {
  /** Undefined before the first message, and after one that zlib has failed at. */
  private zlib: RawZlib | undefined;
  /** The message and its tail. */
  private readonly input = Buffer.allocUnsafeSlow(MAX_SYNCHRONOUS_BYTES + TAIL.length);
  private readonly output = Buffer.allocUnsafeSlow(MAX_SYNCHRONOUS_BYTES);
  private readonly storedBlockHeader = Buffer.alloc(STORED_BLOCK_HEADER_BYTES);
  /** What comes of telling a window. */
  private readonly discarded = Buffer.allocUnsafeSlow(MAX_WINDOW_BYTES);

  /**
   * @param data a message, of {@link MAX_SYNCHRONOUS_BYTES} at most
   * @param window what it may refer to
   * @param maxBytes a longer message may be cut behind that
   * @returns undefined where there is more of it than is inflated at once
   * @throws ProtocolError it cannot be inflated
   */
  inflate(data: Uint8Array, window: Buffer | undefined, maxBytes: number): Buffer | undefined {
    const { input, output } = this;
    input.set(data);
    input.set(TAIL, data.length);
    const length = data.length + TAIL.length;
    let end = 0;
    let unread = length;
    for (let finalBlocks = 0; ; finalBlocks++) {
      checkFinalBlocks(finalBlocks);
      const zlib = this.newStream(window, end);
      end = this.run(zlib, length - unread, length, end);
      if (end > maxBytes) return copyOf(output, end);
      if (end === output.length) return undefined;
      unread = zlib.unread;
      if (isAtEnd(unread)) return copyOf(output, end);
    }
  }

  /** One that may refer to the window, and to what is in `output[0..end)`. */
  private newStream(window: Buffer | undefined, end: number): RawZlib {
    this.zlib ??= new RawZlib(createInflateRaw({ chunkSize: NEVER_STREAMED }));
    this.zlib.reset();
    if (window !== undefined) this.tell(this.zlib, window);
    if (end > 0) this.tell(this.zlib, this.output.subarray(0, end));
    return this.zlib;
  }

  /** As a block that is not compressed. What comes of it is what it was. */
  private tell(zlib: RawZlib, bytes: Buffer): void {
    if (bytes.length === 0) return;
    const { storedBlockHeader, discarded } = this;
    const from = Math.max(0, bytes.length - MAX_WINDOW_BYTES);
    storedBlockHeader.writeUInt16LE(bytes.length - from, 1);
    storedBlockHeader.writeUInt16LE((bytes.length - from) ^ 0xffff, 3);
    zlib.run(storedBlockHeader, 0, STORED_BLOCK_HEADER_BYTES, discarded, 0);
    zlib.run(bytes, from, bytes.length, discarded, 0);
  }

  /** Inflates `input[from..length)` to `output[to..)`, up to a last block. @returns where that ends */
  private run(zlib: RawZlib, from: number, length: number, to: number): number {
    try {
      return zlib.run(this.input, from, length, this.output, to);
    } catch (error) {
      this.zlib = undefined;
      throw toProtocolError(error as Error);
    }
  }
}

/**
 * Whether a stream that has left so much unread was the last of its message: it ended with our last block, or with one of the
 * sender's, just before the tail.
 *
 * @throws ProtocolError it has ended in between, or not at all: the message is not whole
 */
export function isAtEnd(unread: number): boolean {
  if (unread > TAIL.length) return false;
  if (unread === UNREAD_AT_END || unread === TAIL.length) return true;
  throw new ProtocolError('Z_DATA_ERROR', 'compressed message ends within a block');
}

/** @throws ProtocolError too many */
export function checkFinalBlocks(count: number): void {
  if (count <= MAX_FINAL_BLOCKS) return;
  throw new ProtocolError('Z_DATA_ERROR', 'compressed message has too many final blocks');
}

/** What zlib finds wrong with the data is the peer's fault; nothing else is. */
export function toProtocolError(error: Error & { code?: string }): Error {
  if (error.code !== 'Z_DATA_ERROR') return error;
  return new ProtocolError('Z_DATA_ERROR', error.message, { cause: error });
}
