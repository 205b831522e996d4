/**
 * Frames (RFC 6455 §5.2): the numbers of their layout, and frames → bytes. (Bytes → frames is
 * frame-decoder.ts.) A frame can be written into a buffer that holds others, or get an array of its own.
 * Masking is a parameter: who must mask (§5.1), over which transport, is not known here, nor what a row of
 * frames means (messages.ts).
 */
import { UsageError } from './errors.ts';
import { MASKING_KEY_BYTES, mask, writeMaskingKey } from './masking.ts';

export const OPCODE_CONTINUATION = 0x0;
export const OPCODE_TEXT = 0x1;
export const OPCODE_BINARY = 0x2;
export const OPCODE_CLOSE = 0x8;
export const OPCODE_PING = 0x9;
export const OPCODE_PONG = 0xa;

/** "All control frames MUST have a payload length of 125 bytes or less" (RFC 6455 §5.5). */
export const MAX_CONTROL_PAYLOAD_BYTES = 125;

/** FIN, RSV and opcode; MASK and length; 64 bits of extended length; masking key. */
export const MAX_FRAME_HEADER_BYTES = 14;

// The bits of the first two bytes, for encoder and decoder.
export const FIN_BIT = 0x80;
export const RSV1_BIT = 0x40;
export const RSV2_AND_RSV3_BITS = 0x30;
export const OPCODE_BITS = 0x0f;
const CONTROL_OPCODE_BIT = 0x08;
export const MASK_BIT = 0x80;
export const LENGTH_BITS = 0x7f;
/** In place of a length: it follows in 16 bits. */
export const LENGTH_IN_16_BITS = 126;
/** In place of a length: it follows in 64 bits. */
export const LENGTH_IN_64_BITS = 127;
export const MAX_16_BIT_LENGTH = 0xffff;
export const TWO_POW_32: number = 2 ** 32;

/** One frame, unmasked. */
export interface Frame {
  /** Whether this is the last fragment of its message. */
  readonly fin: boolean;
  /** Reserved bit 1: with permessage-deflate, "this message is compressed" (RFC 7692 §6). */
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** How to encode a frame. */
export interface FrameOptions {
  /** Whether this is the last fragment of its message. Default true. */
  readonly fin?: boolean | undefined;
  /** Reserved bit 1, when an extension has given it a meaning. Default false. */
  readonly rsv1?: boolean | undefined;
  /** Mask the payload with this key, in the form {@link readMaskingKey} gives. Default: not masked. */
  readonly maskingKey?: number | undefined;
}

const DEFAULT_FRAME_OPTIONS: FrameOptions = {};

/** Whether RFC 6455 gives `opcode` a meaning; the others are reserved (§11.8). */
export function isKnownOpcode(opcode: number): boolean {
  return opcode <= OPCODE_BINARY ? opcode >= 0 : opcode >= OPCODE_CLOSE && opcode <= OPCODE_PONG;
}

/** Whether the frame is about the connection (Close, Ping, Pong) instead of a message's data (§5.5). */
export function isControlOpcode(opcode: number): boolean {
  return (opcode & CONTROL_OPCODE_BIT) !== 0;
}

/** How many bytes stand before a payload of `payloadBytes`. */
export function frameHeaderLength(payloadBytes: number, masked = false): number {
  const lengthBytes = payloadBytes < LENGTH_IN_16_BITS ? 0 : payloadBytes <= MAX_16_BIT_LENGTH ? 2 : 8;
  return 2 + lengthBytes + (masked ? MASKING_KEY_BYTES : 0);
}

/**
 * Writes a frame's header at `target[offset]`, for a payload that the caller puts behind it (and masks, if
 * a key is given).
 *
 * @returns the offset behind the header
 * @throws UsageError a frame that RFC 6455 does not know, or a target that ends too early
 */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  opcode: number,
  payloadBytes: number,
  options: FrameOptions = DEFAULT_FRAME_OPTIONS,
): number {
  const { fin = true, rsv1 = false, maskingKey } = options;
  checkEncodable(opcode, payloadBytes, fin, rsv1);
  const maskBit = maskingKey === undefined ? 0 : MASK_BIT;
  const end = offset + frameHeaderLength(payloadBytes, maskBit !== 0);
  if (end > target.length) throw tooSmall(target, end);

  target[offset] = opcode | (fin ? FIN_BIT : 0) | (rsv1 ? RSV1_BIT : 0);
  if (payloadBytes < LENGTH_IN_16_BITS) {
    target[offset + 1] = maskBit | payloadBytes;
  } else if (payloadBytes <= MAX_16_BIT_LENGTH) {
    target[offset + 1] = maskBit | LENGTH_IN_16_BITS;
    target[offset + 2] = payloadBytes >>> 8;
    target[offset + 3] = payloadBytes;
  } else {
    target[offset + 1] = maskBit | LENGTH_IN_64_BITS;
    writeUint32(target, offset + 2, Math.floor(payloadBytes / TWO_POW_32));
    writeUint32(target, offset + 6, payloadBytes);
  }
  if (maskingKey !== undefined) writeMaskingKey(target, end - MASKING_KEY_BYTES, maskingKey);
  return end;
}

/**
 * Writes a whole frame at `target[offset]`: many small frames fit in one buffer, which leaves in one write.
 * The payload is copied, and masked in the target; the caller's array stays as it is.
 *
 * @returns the offset behind the frame
 * @throws UsageError as {@link writeFrameHeader}; nothing is written then
 */
export function writeFrame(
  target: Uint8Array,
  offset: number,
  opcode: number,
  payload: Uint8Array,
  options: FrameOptions = DEFAULT_FRAME_OPTIONS,
): number {
  const { maskingKey } = options;
  const needed = offset + frameHeaderLength(payload.length, maskingKey !== undefined) + payload.length;
  if (needed > target.length) throw tooSmall(target, needed);
  const start = writeFrameHeader(target, offset, opcode, payload.length, options);
  target.set(payload, start);
  if (maskingKey !== undefined) mask(target, maskingKey, 0, start, needed);
  return needed;
}

/** A frame's header alone, to be sent before a payload that is not copied. See {@link writeFrameHeader}. */
export function encodeFrameHeader(opcode: number, payloadBytes: number, options?: FrameOptions): Uint8Array {
  const header = new Uint8Array(frameHeaderLength(payloadBytes, options?.maskingKey !== undefined));
  writeFrameHeader(header, 0, opcode, payloadBytes, options);
  return header;
}

/** A whole frame in an array of its own. See {@link writeFrame}. */
export function encodeFrame(opcode: number, payload: Uint8Array, options?: FrameOptions): Uint8Array {
  const headerLength = frameHeaderLength(payload.length, options?.maskingKey !== undefined);
  const frame = new Uint8Array(headerLength + payload.length);
  writeFrame(frame, 0, opcode, payload, options);
  return frame;
}

function checkEncodable(opcode: number, payloadBytes: number, fin: boolean, rsv1: boolean): void {
  if (!isKnownOpcode(opcode)) throw invalidFrame(`opcode ${opcode}`);
  if (isControlOpcode(opcode) && (!fin || rsv1 || payloadBytes > MAX_CONTROL_PAYLOAD_BYTES)) {
    throw invalidFrame('a control frame that is fragmented, has RSV1 set or is longer than 125 bytes');
  }
  if (!Number.isSafeInteger(payloadBytes) || payloadBytes < 0) throw invalidFrame(`length ${payloadBytes}`);
}

function invalidFrame(what: string): UsageError {
  return new UsageError('HOLDFAST_ERR_INVALID_FRAME', `Cannot encode ${what}`);
}

function tooSmall(target: Uint8Array, neededBytes: number): UsageError {
  return new UsageError(
    'HOLDFAST_ERR_BUFFER_TOO_SMALL',
    `The frame ends at ${neededBytes}, its target at ${target.length} bytes`,
  );
}

/** Network byte order. */
function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}
