/**
 * Messages of an exact length, the same in the page and in Node: what one end sends, the other can check without being
 * sent it twice. Text is of characters of one to four bytes each.
 */

/** 1, 2, 3 and 4 bytes of UTF-8; the last is a surrogate pair in JavaScript's strings. */
const CHARACTERS = 'aé€😀';
const CHARACTERS_BYTES = 10;

/**
 * @param {number} bytes its length in UTF-8
 * @returns {string}
 */
export function textPayload(bytes) {
  return CHARACTERS.repeat(Math.floor(bytes / CHARACTERS_BYTES)) + 'x'.repeat(bytes % CHARACTERS_BYTES);
}

/**
 * @param {number} bytes its length
 * @returns {Uint8Array<ArrayBuffer>} no two neighbouring blocks of 256 the same, so that a lost or doubled one shows
 */
export function binaryPayload(bytes) {
  const payload = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) payload[index] = index + (index >> 8) * 7;
  return payload;
}
