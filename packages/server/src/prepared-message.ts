/**
 * One message for many receivers, in the forms that channels send, each made once: the application's data comes in, a frame
 * for RFC 6455 connections, compressed or not, and a payload for sessions go out. It is a copy which nobody fills again, so that sockets
 * may write it and sessions keep it for as long as they need, all the same memory. Who gets it is not known here.
 */
import { Buffer } from 'node:buffer';
import {
  type FrameOptions,
  frameHeaderLength,
  OPCODE_BINARY,
  OPCODE_TEXT,
  writeFrameHeader,
} from '@holdfast/protocol';

export class PreparedMessage {
  readonly binary: boolean;
  /** Whether permessage-deflate may compress it. */
  readonly compress: boolean;
  /** The whole message in one frame, not masked (RFC 6455 §5.2): as a server sends it. */
  readonly frame: Buffer;
  /** A view of what stands in the frame; text is UTF-8. */
  readonly payload: Buffer;
  /** Those frames that have been asked for, by the window. */
  private deflatedFrames: Map<number, Buffer | Promise<Buffer>> | undefined = undefined;

  constructor(data: string | Uint8Array, binary: boolean, compress: boolean) {
    this.binary = binary;
    this.compress = compress;
    this.frame = toFrame(data, binary, WHOLE_MESSAGE);
    this.payload = this.frame.subarray(frameHeaderLength(byteLength(data)));
  }

  /**
   * The whole message in one frame, compressed (RFC 7692 §7.2.1).
   *
   * @param windowBits how far back it may refer
   * @param deflate compresses the payload so, by itself; called once for each window
   */
  deflatedFrame(
    windowBits: number,
    deflate: (payload: Buffer) => Uint8Array | Promise<Uint8Array>,
  ): Buffer | Promise<Buffer> {
    this.deflatedFrames ??= new Map();
    const made = this.deflatedFrames.get(windowBits);
    if (made !== undefined) return made;
    const deflated = deflate(this.payload);
    const toDeflatedFrame = (bytes: Uint8Array): Buffer => toFrame(bytes, this.binary, COMPRESSED_MESSAGE);
    const frame = deflated instanceof Uint8Array ? toDeflatedFrame(deflated) : deflated.then(toDeflatedFrame);
    this.deflatedFrames.set(windowBits, frame);
    return frame;
  }
}

const WHOLE_MESSAGE = { fin: true };
const COMPRESSED_MESSAGE = { fin: true, rsv1: true };

function byteLength(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}

function toFrame(data: string | Uint8Array, binary: boolean, options: FrameOptions): Buffer {
  const length = byteLength(data);
  const start = frameHeaderLength(length);
  const frame = Buffer.allocUnsafe(start + length);
  writeFrameHeader(frame, 0, binary ? OPCODE_BINARY : OPCODE_TEXT, length, options);
  if (typeof data === 'string') frame.write(data, start, 'utf8');
  else frame.set(data, start);
  return frame;
}
