/**
 * Copies of bytes that are kept for a while, as small messages are until they are acknowledged. Many small copies lie in one
 * chunk of memory, which the garbage collector takes when the last of them is let go. `Buffer.from` does the same at
 * three times the cost, most of it before it copies.
 */
import { Buffer } from 'node:buffer';
import { viewBuffer } from './buffer-view.ts';

/** As much as one copy that is kept for long may hold of what nobody needs any more. */
const CHUNK_BYTES = 8 * 1024;

/** A longer copy has memory of its own: little is saved there, and much of a chunk would be left over. */
const MAX_SHARING_BYTES = 1024;

/** Up to here a loop outruns the call of `TypedArray.prototype.set` (measured). */
const LOOP_COPY_BYTES = 48;

let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
let memory = chunk.buffer;
/** `chunk[usedBytes..)` is free. */
let usedBytes = 0;

/** A copy of `bytes`, which nobody fills again. */
export function keep(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > MAX_SHARING_BYTES) return Buffer.copyBytesFrom(bytes);
  if (usedBytes + length > CHUNK_BYTES) {
    chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    memory = chunk.buffer;
    usedBytes = 0;
  }
  const start = usedBytes;
  usedBytes += length;
  if (length > LOOP_COPY_BYTES) chunk.set(bytes, start);
  else for (let i = 0; i < length; i++) chunk[start + i] = bytes[i] as number;
  return viewBuffer(memory, start, length);
}
