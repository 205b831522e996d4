/** A control as it stands in a body (PROTOCOL.md §5): an unmasked text frame. In Latin-1, since all of it is ASCII but for the header. */

const TEXT_FRAME = 0x81;
const LENGTH_IN_16_BITS = 126;

/** @param text ASCII, at most 65535 characters */
export function controlFrame(text: string): string {
  const { length } = text;
  if (length < LENGTH_IN_16_BITS) return String.fromCharCode(TEXT_FRAME, length) + text;
  return String.fromCharCode(TEXT_FRAME, LENGTH_IN_16_BITS, length >> 8, length & 0xff) + text;
}
