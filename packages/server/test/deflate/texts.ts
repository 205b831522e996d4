/** What is compressed in tests, and zlib's public functions to look at it from the other side. */
import { randomBytes } from 'node:crypto';
import { constants, createInflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';

const { Z_SYNC_FLUSH } = constants;

/** What a message leaves out (RFC 7692 §7.2.1). */
const TAIL = Buffer.from('0000ffff', 'hex');

/** Records that compress about as well as an API's do: much is similar, nothing is the same. */
export function json(bytes: number): Buffer {
  let text = '';
  for (let id = 1; text.length < bytes; id++)
    text += `{"id":${id},"name":"item ${(id * 2654435761) % 2 ** 32}"},`;
  return Buffer.from(text.slice(0, bytes));
}

/** What cannot be compressed. */
export function noise(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** A message, compressed by itself. */
export function deflated(data: string | Uint8Array): Buffer {
  const flushed = deflateRawSync(data, { finishFlush: Z_SYNC_FLUSH });
  return flushed.subarray(0, -TAIL.length);
}

/** Messages, inflated one after the other in the same context. */
export function inflateAll(messages: readonly Uint8Array[]): Buffer {
  return inflateRawSync(Buffer.concat(messages.flatMap((message) => [message, TAIL])), {
    finishFlush: Z_SYNC_FLUSH,
  });
}

/** As {@link inflateAll}, with no more memory of what was before than a window of 2^`windowBits` bytes. */
export async function inflateInWindow(messages: readonly Uint8Array[], windowBits: number): Promise<Buffer> {
  // With output in small pieces nothing but the window can be referred to.
  const inflate = createInflateRaw({ windowBits, chunkSize: 64, finishFlush: Z_SYNC_FLUSH });
  inflate.end(Buffer.concat(messages.flatMap((message) => [message, TAIL])));
  const pieces: Buffer[] = [];
  for await (const piece of inflate) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
