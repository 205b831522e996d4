/**
 * One message for many receivers, in the forms that channels send, each made once: the application's data comes in, a frame
 * for RFC 6455 connections and a payload for sessions go out. It is a copy which nobody fills again, so that sockets
 * may write it and sessions keep it for as long as they need, all the same memory. Who gets it is not known here.
 */
import { Buffer } from 'node:buffer';
import { frameHeaderLength, OPCODE_BINARY, OPCODE_TEXT, writeFrameHeader } from '@holdfast/protocol';

export class PreparedMessage {
  readonly binary: boolean;
  /** Whether permessage-deflate may compress it. */
  readonly compress: boolean;
  /** The whole message in one frame, not masked (RFC 6455 §5.2): as a server sends it. */
  readonly frame: Buffer;
  /** A view of what stands in the frame; text is UTF-8. */
  readonly payload: Buffer;

  constructor(data: string | Uint8Array, binary: boolean, compress: boolean) {
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const start = frameHeaderLength(length);
    this.binary = binary;
    this.compress = compress;
    this.frame = Buffer.allocUnsafe(start + length);
    writeFrameHeader(this.frame, 0, binary ? OPCODE_BINARY : OPCODE_TEXT, length, WHOLE_MESSAGE);
    if (typeof data === 'string') this.frame.write(data, start, 'utf8');
    else this.frame.set(data, start);
    this.payload = this.frame.subarray(start);
  }
}

const WHOLE_MESSAGE = { fin: true };
