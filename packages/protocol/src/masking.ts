/**
 * Masking (RFC 6455 §5.3): byte i of a payload XOR byte i modulo 4 of the masking key. The same operation
 * masks and unmasks. It works in place, by words of 64 bits where a payload is long enough to repay the view
 * that this takes: a compiled loop makes no BigInt of what it reads, and is as fast as copying. Where keys come
 * from, and who must mask, is not known here.
 *
 * A masking key is held as one 32-bit integer whose lowest 8 bits are the key's first byte on the wire:
 * a number costs no allocation per frame.
 */

export const MASKING_KEY_BYTES = 4;

const WORD_BYTES = 8;

/** From about this length the word loop outruns the byte loop, the cost of its view included (measured). */
const WORDWISE_MIN_BYTES = 96;

/** A word takes two keys, by way of this memory: both views stay, since each new one costs more than a short payload. */
const keys: Int32Array = new Int32Array(2);
const keysAsWord: BigUint64Array = new BigUint64Array(keys.buffer);

/** Both have the platform's byte order, which is not little-endian everywhere (s390x is not). */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The masking key whose four bytes stand at `bytes[offset]`. */
export function readMaskingKey(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}

/** Writes the four bytes of `key` at `target[offset]`. */
export function writeMaskingKey(target: Uint8Array, offset: number, key: number): void {
  target[offset] = key;
  target[offset + 1] = key >>> 8;
  target[offset + 2] = key >>> 16;
  target[offset + 3] = key >>> 24;
}

/**
 * Masks, or unmasks, `bytes[start..end)` in place.
 *
 * @param key as {@link readMaskingKey} gives it
 * @param payloadOffset position of `bytes[start]` within its payload, in bytes; not 0 when a payload comes
 *   in parts
 * @param start first byte, default 0
 * @param end one past the last byte, default the length of `bytes`
 */
export function mask(
  bytes: Uint8Array,
  key: number,
  payloadOffset = 0,
  start = 0,
  end: number = bytes.length,
): void {
  let rotated = rotateMaskingKey(key, payloadOffset);
  let at = start;
  if (end - at >= WORDWISE_MIN_BYTES) {
    const unaligned = -(bytes.byteOffset + at) & (WORD_BYTES - 1);
    maskByBytes(bytes, rotated, at, at + unaligned);
    at += unaligned;
    rotated = rotateMaskingKey(rotated, unaligned);
    const words = new BigUint64Array(
      bytes.buffer,
      bytes.byteOffset + at,
      Math.floor((end - at) / WORD_BYTES),
    );
    maskByWords(words, IS_LITTLE_ENDIAN ? rotated : swapBytes(rotated));
    at += words.byteLength; // whole words, so the key stays as it is rotated
  }
  maskByBytes(bytes, rotated, at, end);
}

function maskByBytes(bytes: Uint8Array, key: number, start: number, end: number): void {
  const key1 = key >>> 8;
  const key2 = key >>> 16;
  const key3 = key >>> 24;
  let at = start;
  for (; at + 3 < end; at += 4) {
    bytes[at] = (bytes[at] as number) ^ key;
    bytes[at + 1] = (bytes[at + 1] as number) ^ key1;
    bytes[at + 2] = (bytes[at + 2] as number) ^ key2;
    bytes[at + 3] = (bytes[at + 3] as number) ^ key3;
  }
  if (at < end) bytes[at] = (bytes[at] as number) ^ key;
  if (at + 1 < end) bytes[at + 1] = (bytes[at + 1] as number) ^ key1;
  if (at + 2 < end) bytes[at + 2] = (bytes[at + 2] as number) ^ key2;
}

/** Eight words a turn: the loop's own arithmetic would otherwise cost as much as the XOR. */
function maskByWords(words: BigUint64Array, key: number): void {
  keys[0] = key;
  keys[1] = key;
  const twice = keysAsWord[0] as bigint;
  const length = words.length;
  let at = 0;
  for (; at + 7 < length; at += 8) {
    words[at] = (words[at] as bigint) ^ twice;
    words[at + 1] = (words[at + 1] as bigint) ^ twice;
    words[at + 2] = (words[at + 2] as bigint) ^ twice;
    words[at + 3] = (words[at + 3] as bigint) ^ twice;
    words[at + 4] = (words[at + 4] as bigint) ^ twice;
    words[at + 5] = (words[at + 5] as bigint) ^ twice;
    words[at + 6] = (words[at + 6] as bigint) ^ twice;
    words[at + 7] = (words[at + 7] as bigint) ^ twice;
  }
  for (; at < length; at++) words[at] = (words[at] as bigint) ^ twice;
}

/** The key as it applies from `bytes` further on: its first byte becomes the one due there. */
function rotateMaskingKey(key: number, bytes: number): number {
  const bits = (bytes & 3) << 3;
  return (key >>> bits) | (key << (32 - bits));
}

function swapBytes(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);
}
