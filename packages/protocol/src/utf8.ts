/**
 * UTF-8 (RFC 3629), strict and incremental: bytes in, in any pieces → a state, which is one number and says
 * what may come next. A byte that can no longer be part of valid UTF-8 is refused when it is seen, not at
 * the end of its message (RFC 6455 §8.1), so overlong forms, surrogates and code points beyond U+10FFFF
 * fail at the first byte that tells. Also text ↔ bytes without TextEncoder and TextDecoder, which are no
 * part of ES2022 and missing in some engines we serve; they are meant for short texts.
 */

/** The state between two characters: where a text may begin and where it may end. */
export const UTF8_BORDER = 0;

/** The state after an impossible byte. It is final. */
export const UTF8_INVALID = -1;

// Every other state describes the bytes that a character begun still needs: the range of the next one in
// bits 0-7 (lowest) and 8-15 (highest), and in bits 16-17 how many come after it (RFC 3629 §4).
const NEED_TAIL_1 = 0x0_bf_80;
const NEED_TAIL_2 = 0x1_bf_80;
const NEED_TAIL_3 = 0x2_bf_80;
const NEED_AFTER_E0 = 0x1_bf_a0; // lower would be overlong
const NEED_AFTER_ED = 0x1_9f_80; // higher would be a surrogate
const NEED_AFTER_F0 = 0x2_bf_90; // lower would be overlong
const NEED_AFTER_F4 = 0x2_8f_80; // higher would be beyond U+10FFFF

/** From this length on, a view of 32-bit words is worth its making (measured). */
const WORDWISE_MIN_BYTES = 256;

/**
 * Validates `bytes[start..end)` as the continuation of what led to `state`.
 *
 * @param state {@link UTF8_BORDER} at the beginning of a text, else what the last call returned
 * @returns {@link UTF8_INVALID}, {@link UTF8_BORDER}, or the state within a character
 */
export function validateUtf8(
  bytes: Uint8Array,
  state: number = UTF8_BORDER,
  start = 0,
  end: number = bytes.length,
): number {
  let need = state;
  let at = start;
  if (need === UTF8_BORDER && end - at >= WORDWISE_MIN_BYTES) at = skipAsciiWords(bytes, at, end);
  while (at < end) {
    const byte = bytes[at++] as number;
    if (need !== UTF8_BORDER) {
      if (!isNeeded(byte, need)) return UTF8_INVALID;
      const tailsAfter = need >> 16;
      need = tailsAfter === 0 ? UTF8_BORDER : tailsAfter === 1 ? NEED_TAIL_1 : NEED_TAIL_2;
    } else if (byte < 0x80) {
      at = skipAscii(bytes, at, end);
    } else {
      need = needAfterLead(byte);
      if (need === UTF8_INVALID) return UTF8_INVALID;
      const tailsAfter = need >> 16;
      if (at + tailsAfter >= end) continue;
      // A character that ends within these bytes, as nearly all do: checked at once, thrice as fast.
      if (!isNeeded(bytes[at] as number, need)) return UTF8_INVALID;
      if (tailsAfter > 0 && !isTail(bytes[at + 1] as number)) return UTF8_INVALID;
      if (tailsAfter > 1 && !isTail(bytes[at + 2] as number)) return UTF8_INVALID;
      at += tailsAfter + 1;
      need = UTF8_BORDER;
    }
  }
  return need;
}

/** Whether `bytes` is the whole of a valid text. */
export function isValidUtf8(bytes: Uint8Array): boolean {
  return validateUtf8(bytes) === UTF8_BORDER;
}

/** How many bytes `text` takes in UTF-8. */
export function utf8ByteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const codePoint = text.codePointAt(at) as number;
    if (codePoint > 0x7f) bytes += codePoint > 0x7ff ? 2 : 1;
    if (codePoint > 0xffff) at++; // four bytes for two code units: the 2 added above
  }
  return bytes;
}

/** `text` in UTF-8. An unpaired surrogate becomes U+FFFD, as everywhere on the web (WebIDL USVString). */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8ByteLength(text));
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    let codePoint = text.codePointAt(at) as number;
    if (codePoint < 0x80) {
      bytes[to++] = codePoint;
      continue;
    }
    if (codePoint > 0xffff) at++;
    else if (codePoint >= 0xd800 && codePoint < 0xe000) codePoint = 0xfffd;
    if (codePoint < 0x800) {
      bytes[to++] = 0xc0 | (codePoint >> 6);
    } else {
      if (codePoint < 0x10000) {
        bytes[to++] = 0xe0 | (codePoint >> 12);
      } else {
        bytes[to++] = 0xf0 | (codePoint >> 18);
        bytes[to++] = 0x80 | ((codePoint >> 12) & 0x3f);
      }
      bytes[to++] = 0x80 | ((codePoint >> 6) & 0x3f);
    }
    bytes[to++] = 0x80 | (codePoint & 0x3f);
  }
  return bytes;
}

/** How many code units are put together at once: far below what any engine takes as arguments of a call. */
const DECODED_AT_ONCE = 4096;

/** The text that `bytes` hold. They must be valid ({@link isValidUtf8}); nothing is said about others. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  let units: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at++] as number;
    if (lead < 0x80) {
      units.push(lead);
    } else {
      const tails = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      let codePoint = lead & (0x3f >> tails);
      for (const end = at + tails; at < end; at++)
        codePoint = (codePoint << 6) | ((bytes[at] as number) & 0x3f);
      if (codePoint < 0x10000) units.push(codePoint);
      else units.push(0xd7c0 + (codePoint >> 10), 0xdc00 | (codePoint & 0x3ff));
    }
    if (units.length >= DECODED_AT_ONCE) {
      text += String.fromCharCode.apply(null, units);
      units = [];
    }
  }
  return text + String.fromCharCode.apply(null, units);
}

function isNeeded(byte: number, need: number): boolean {
  return byte >= (need & 0xff) && byte <= ((need >> 8) & 0xff);
}

function isTail(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function needAfterLead(lead: number): number {
  if (lead < 0xc2) return UTF8_INVALID; // a tail without its lead, or an overlong form of ASCII
  if (lead < 0xe0) return NEED_TAIL_1;
  if (lead === 0xe0) return NEED_AFTER_E0;
  if (lead === 0xed) return NEED_AFTER_ED;
  if (lead < 0xf0) return NEED_TAIL_2;
  if (lead === 0xf0) return NEED_AFTER_F0;
  if (lead < 0xf4) return NEED_TAIL_3;
  return lead === 0xf4 ? NEED_AFTER_F4 : UTF8_INVALID;
}

/** The first position from `start` on that holds no ASCII, or `end`. */
function skipAscii(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at + 8 <= end) {
    const first = (bytes[at] as number) | (bytes[at + 1] as number);
    const second = (bytes[at + 2] as number) | (bytes[at + 3] as number);
    const third = (bytes[at + 4] as number) | (bytes[at + 5] as number);
    const fourth = (bytes[at + 6] as number) | (bytes[at + 7] as number);
    if ((first | second | third | fourth) > 0x7f) break;
    at += 8;
  }
  while (at < end && (bytes[at] as number) < 0x80) at++;
  return at;
}

/** As {@link skipAscii}, by 32-bit words, and so up to 15 bytes short. Long texts are mostly ASCII. */
function skipAsciiWords(bytes: Uint8Array, start: number, end: number): number {
  const unaligned = -(bytes.byteOffset + start) & 3;
  const aligned = skipAscii(bytes, start, start + unaligned);
  if (aligned < start + unaligned) return aligned;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, (end - aligned) >> 2);
  let word = 0;
  while (word + 4 <= words.length) {
    const first = (words[word] as number) | (words[word + 1] as number);
    const second = (words[word + 2] as number) | (words[word + 3] as number);
    if (((first | second) & 0x80808080) !== 0) break;
    word += 4;
  }
  return aligned + word * 4;
}
