/**
 * A piece of a session's send buffer: the frames of consecutive items in one piece of memory, which is filled from its beginning to its
 * end and never changed; or one item with a payload that is kept where it is. It knows how items look on the wire (PROTOCOL.md §2):
 * one frame each, before which `~more` may stand.
 */
import { Buffer } from 'node:buffer';
import {
  frameHeaderLength,
  LENGTH_IN_16_BITS,
  OPCODE_BINARY,
  OPCODE_TEXT,
  writeFrameHeader,
} from '@holdfast/protocol';
import { viewBuffer } from './buffer-view.ts';

/** FIN and the opcode of a text frame (RFC 6455 §5.2). */
const TEXT_FRAME = 0x81;
const BINARY_FRAME = 0x82;
/** Payloads up to here have a header of two bytes. */
const SHORT_PAYLOAD_BYTES = 125;

/** What a control begins with, and doubles at the beginning of an application's text. */
const TILDE = 0x7e;
const MORE: Buffer = Buffer.from([TEXT_FRAME, 5, ...Buffer.from('~more')]);

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const MAX_UTF8_BYTES_PER_UNIT = 3;
/** A text of this many code units has the two-byte header whatever its characters are, escape included. */
const SHORT_TEXT_UNITS = 41;

/** Up to here a loop outruns the call of `TypedArray.prototype.set` (measured). */
const LOOP_COPY_BYTES = 48;

/** What stands before a payload, at most: `~more`, a header, the escape. */
export const SEGMENT_HEADER_BYTES: number = 7 + 10 + 1;
/** A control that is an item, at most: a close with its reason (RFC 6455 §5.5). */
export const SEGMENT_CONTROL_BYTES: number = 2 + '~close 1000 '.length + 123 + 2;

export class FrameSegment {
  /** The number of its first item, and of the one behind its last. */
  readonly first: number;
  next: number;

  /** `[0..end)` is filled. */
  private readonly bytes: Buffer;
  /** Where they are, which costs a call to ask for. */
  private readonly memory: ArrayBufferLike;
  private readonly memoryOffset: number;
  private end = 0;
  /** The payload of the only item, where that is kept as it is. */
  private kept: Buffer | undefined = undefined;

  constructor(first: number, capacityBytes: number) {
    this.first = first;
    this.next = first;
    this.bytes = Buffer.allocUnsafe(capacityBytes);
    this.memory = this.bytes.buffer;
    this.memoryOffset = this.bytes.byteOffset;
  }

  /** How much a text takes: at most, where it is short, and else exactly. */
  static textBytes(text: string): number {
    return text.length <= SHORT_TEXT_UNITS ? text.length * MAX_UTF8_BYTES_PER_UNIT : Buffer.byteLength(text);
  }

  /** In bytes. */
  get length(): number {
    return this.end + (this.kept?.length ?? 0);
  }

  hasRoomFor(bytes: number): boolean {
    return this.kept === undefined && this.end + bytes <= this.bytes.length;
  }

  // Each adds an item, for which there is room, and returns how many bytes it takes.

  /** @param textBytes as `FrameSegment.textBytes` says */
  addText(text: string, textBytes: number, final: boolean): number {
    const { bytes } = this;
    const at = final ? this.end : this.addMore();
    const doubled = text.charCodeAt(0) === TILDE ? 1 : 0;
    const { length } = text;
    if (length <= SHORT_TEXT_UNITS) {
      const end = writeShortText(bytes, at + 2 + doubled, text);
      bytes[at] = TEXT_FRAME;
      bytes[at + 1] = end - at - 2;
      if (doubled > 0) bytes[at + 2] = TILDE;
      return this.added(end);
    }
    const start = this.writeHeader(at, doubled + textBytes, false);
    if (doubled > 0) bytes[start] = TILDE;
    // One byte for each unit: ASCII, which is copied as it is.
    bytes.write(text, start + doubled, textBytes, textBytes === length ? 'latin1' : 'utf8');
    return this.added(start + doubled + textBytes);
  }

  addBytes(data: Uint8Array, binary: boolean, final: boolean): number {
    const { bytes } = this;
    const { length } = data;
    const at = final ? this.end : this.addMore();
    const doubled = !binary && data[0] === TILDE ? 1 : 0;
    const start = this.writeHeader(at, doubled + length, binary);
    if (doubled > 0) bytes[start] = TILDE;
    if (length <= LOOP_COPY_BYTES) {
      for (let i = 0; i < length; i++) bytes[start + doubled + i] = data[i] as number;
    } else {
      bytes.set(data, start + doubled);
    }
    return this.added(start + doubled + length);
  }

  /** The only item of this segment; its payload is not copied. */
  keep(data: Uint8Array, binary: boolean, final: boolean): number {
    const at = final ? this.end : this.addMore();
    const doubled = !binary && data[0] === TILDE ? 1 : 0;
    const start = this.writeHeader(at, doubled + data.length, binary);
    if (doubled > 0) this.bytes[start] = TILDE;
    this.kept = Buffer.from(data.buffer, data.byteOffset, data.length);
    return this.added(start + doubled) + data.length;
  }

  /** A control that is an item. */
  addControl(text: string): number {
    const length = Buffer.byteLength(text);
    const start = this.writeHeader(this.end, length, false);
    this.bytes.write(text, start, length);
    return this.added(start + length);
  }

  /** Appends its bytes from `offset` on, the beginning of a frame, to `frames`. */
  pushBytes(frames: Buffer[], offset: number): void {
    if (offset < this.end)
      frames.push(viewBuffer(this.memory, this.memoryOffset + offset, this.end - offset));
    if (this.kept !== undefined) frames.push(this.kept);
  }

  /** Where the frames of this item begin, or behind the last one. */
  offsetOf(number: number): number {
    if (number === this.next) return this.length;
    let at = 0;
    for (let current = this.first; current < number; ) {
      if (!this.isMore(at)) current++;
      at = this.behindFrame(at);
    }
    return at;
  }

  private writeHeader(at: number, payloadBytes: number, binary: boolean): number {
    const { bytes } = this;
    if (payloadBytes > SHORT_PAYLOAD_BYTES) {
      return writeFrameHeader(bytes, at, binary ? OPCODE_BINARY : OPCODE_TEXT, payloadBytes);
    }
    bytes[at] = binary ? BINARY_FRAME : TEXT_FRAME;
    bytes[at + 1] = payloadBytes;
    return at + 2;
  }

  private addMore(): number {
    this.bytes.set(MORE, this.end);
    return this.end + MORE.length;
  }

  private added(end: number): number {
    const bytes = end - this.end;
    this.end = end;
    this.next++;
    return bytes;
  }

  /** Whether the frame at this byte only tells about the next one. An application's own text has its first `~` doubled, its bytes have not. */
  private isMore(at: number): boolean {
    const { bytes } = this;
    return (
      bytes[at] === TEXT_FRAME &&
      bytes[at + 1] === MORE[1] &&
      bytes[at + 2] === TILDE &&
      bytes[at + 3] === MORE[3]
    );
  }

  private behindFrame(at: number): number {
    const length = this.bytes[at + 1] as number;
    const payloadBytes =
      length <= SHORT_PAYLOAD_BYTES
        ? length
        : length === LENGTH_IN_16_BITS
          ? this.bytes.readUInt16BE(at + 2)
          : Number(this.bytes.readBigUInt64BE(at + 2));
    return at + frameHeaderLength(payloadBytes) + payloadBytes;
  }
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
