/**
 * One message to many: whoever sends the same string or bytes to one socket after the other, as in a loop over `server.clients`, has
 * it framed once. It is noticed by the payload being the very same as the last one; bytes are compared with what was framed, since their owner may
 * have changed them meanwhile.
 */
import { Buffer } from 'node:buffer';
import { encodeFrame } from '@holdfast/protocol';

/** A longer payload costs more to compare than its header to write. */
const MAX_PAYLOAD_BYTES = 1024;

/** Up to here a loop outruns the call of `Buffer.compare` (measured). */
const LOOP_COMPARE_BYTES = 48;

/** The payload framed last, in this turn. */
let last: string | Uint8Array | undefined;
let lastOpcode = 0;
/** Its frame; undefined while it was sent only once. */
let frame: Buffer | undefined;
/** Where in `frame` the payload begins. */
let start = 0;

/**
 * The whole frame of a payload that was also the last one asked for; undefined where it was not, or where sharing does not pay.
 * Frames are never written to.
 */
export function repeatedFrame(opcode: number, payload: string | Uint8Array): Buffer | undefined {
  if (payload.length > MAX_PAYLOAD_BYTES) return undefined;
  if (payload !== last || opcode !== lastOpcode) {
    last = payload;
    lastOpcode = opcode;
    frame = undefined;
    return undefined;
  }
  if (frame === undefined || !(typeof payload === 'string' || isFramed(payload))) {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const encoded = encodeFrame(opcode, bytes);
    frame = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length);
    start = frame.length - bytes.length;
  }
  return frame;
}

/** The turn is over: nothing is kept for the sake of a repetition that may not come. */
export function forgetRepeatedFrame(): void {
  last = undefined;
  frame = undefined;
}

function isFramed(payload: Uint8Array): boolean {
  const framed = frame as Buffer;
  if (payload.length !== framed.length - start) return false;
  if (payload.length > LOOP_COMPARE_BYTES)
    return framed.compare(payload, 0, payload.length, start, framed.length) === 0;
  for (let i = 0; i < payload.length; i++) if (payload[i] !== framed[start + i]) return false;
  return true;
}
