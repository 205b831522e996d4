/**
 * Wire messages ⇄ the bytes of an HTTP body (PROTOCOL.md §5): RFC 6455 frames (§5.2), unmasked, each with FIN and the opcode of text or
 * binary. That is all there can be, and so all that is known here. What the messages mean is not.
 */
import { concatBytes, type Payload, wireError } from '@holdfast/protocol';

/** The first byte of a frame: FIN, and the opcode 1. With the opcode 2 it is one more, and the message is binary. */
const TEXT_FRAME = 0x81;

// In place of a length of more bytes than `MAX_SHORT_BYTES`: it follows in 2 bytes, or in 8.
const MAX_SHORT_BYTES = 125;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/** The longest wire message from the server: a fragment of text takes up to three bytes for each of its code units. */
const MAX_WIRE_MESSAGE_BYTES = 128 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Gathers wire messages. */
export class BodyWriter {
  private parts: Uint8Array[] = [];

  write(data: Payload, binary = false): void {
    const payload = typeof data === 'string' ? encoder.encode(data) : data;
    const { length } = payload;
    const header =
      length <= MAX_SHORT_BYTES
        ? [length]
        : length <= 0xffff
          ? [LENGTH_IN_2_BYTES, length >> 8, length]
          : [LENGTH_IN_8_BYTES, 0, 0, 0, 0, length >> 24, length >> 16, length >> 8, length];
    this.parts.push(Uint8Array.of(TEXT_FRAME + Number(binary), ...header), payload);
  }

  /** Everything written, in one array. */
  finish(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.parts) as Uint8Array<ArrayBuffer>;
  }
}

/** Reads the wire messages of one body. */
export class BodyReader {
  /** What has come and was not read. */
  private bytes: Uint8Array = new Uint8Array(0);

  /** Takes the next bytes of the body. */
  push(chunk: Uint8Array): void {
    this.bytes = this.complete ? chunk : concatBytes([this.bytes, chunk]);
  }

  /** The next wire message, or undefined where more bytes are needed. @throws ProtocolError */
  next(): Payload | undefined {
    const { bytes } = this;
    const [first = TEXT_FRAME, short = 0] = bytes;
    const binary = first - TEXT_FRAME;
    let start = 2;
    let length = short;
    if (short > MAX_SHORT_BYTES) {
      start = short === LENGTH_IN_2_BYTES ? 4 : 10;
      length = 0;
      for (const byte of bytes.subarray(2, start)) length = length * 256 + byte;
    }
    // The bit that says a frame is masked is the highest of the second byte.
    if ((binary !== 0 && binary !== 1) || short > LENGTH_IN_8_BYTES || length > MAX_WIRE_MESSAGE_BYTES)
      throw wireError('A frame that has no place in a body');
    const end = start + length;
    if (bytes.length < end) return undefined;
    this.bytes = bytes.subarray(end);
    const payload = bytes.subarray(start, end);
    return binary === 1 ? payload : decoder.decode(payload);
  }

  /** Whether the bytes so far end between two wire messages; else the body was cut. */
  get complete(): boolean {
    return this.bytes.length === 0;
  }
}
