/**
 * Wire messages ⇄ the bytes of an HTTP body (PROTOCOL.md §5): RFC 6455 frames (§5.2), unmasked, each with FIN and the opcode of text or
 * binary. That is all there can be, and so all that is known here. What the messages mean is not.
 */
import { concatBytes } from '@holdfast/protocol';
import type { WireMessage } from '../session.ts';

/** The first byte of a frame: FIN, and the opcode 1. With the opcode 2 it is one more, and the message is binary. */
const TEXT_FRAME = 0x81;
const BINARY_BIT = 2;

// In place of a length of more bytes than `MAX_SHORT_BYTES`: it follows in 2 bytes, or in 8.
const MAX_SHORT_BYTES = 125;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function writeBody(messages: readonly WireMessage[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const message of messages) {
    const isText = typeof message === 'string';
    const payload = isText ? encoder.encode(message) : message;
    const { length } = payload;
    const header =
      length <= MAX_SHORT_BYTES
        ? [length]
        : length <= 0xffff
          ? [LENGTH_IN_2_BYTES, length >> 8, length]
          : [LENGTH_IN_8_BYTES, 0, 0, 0, 0, length >> 24, length >> 16, length >> 8, length];
    parts.push(Uint8Array.of(isText ? TEXT_FRAME : TEXT_FRAME + 1, ...header), payload);
  }
  return concatBytes(parts) as Uint8Array<ArrayBuffer>;
}

/**
 * Reads the wire messages that the bytes of a body begin with. Bytes that are no such body give some messages, or none.
 *
 * @returns what is left: nothing, between two wire messages
 */
export function readBody(bytes: Uint8Array, onMessage: (message: WireMessage) => void): Uint8Array {
  for (let rest = bytes; ; ) {
    const [first = 0, short = 0] = rest;
    let start = 2;
    let length = short;
    if (short > MAX_SHORT_BYTES) {
      start = short === LENGTH_IN_2_BYTES ? 4 : 10;
      length = 0;
      for (const byte of rest.subarray(2, start)) length = length * 256 + byte;
    }
    const end = start + length;
    if (rest.length < end) return rest;
    const payload = rest.subarray(start, end) as Uint8Array<ArrayBuffer>;
    rest = rest.subarray(end);
    onMessage(first & BINARY_BIT ? payload : decoder.decode(payload));
  }
}
