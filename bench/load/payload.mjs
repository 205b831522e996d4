/** What is sent: made once, the same for every server. */
import { constants, deflateRawSync } from 'node:zlib';
import { BINARY, maskedFrame, TEXT } from './frames.mjs';

/** RSV1: the message is compressed (RFC 7692 §7.2.3). */
export const COMPRESSED = 0x40;
/** What a sync flush ends with, and a compressed message leaves out (RFC 7692 §7.2.1). */
const TAIL_BYTES = 4;

/** `text` is ASCII, `json` compressible text that is sent compressed. */
/** @typedef {{ kind: 'text' | 'binary' | 'json', bytes: number }} Payload */

/** @param {Payload} payload @returns {Buffer} as an application would see it */
export function payloadBytes({ kind, bytes }) {
  if (kind === 'text') return Buffer.alloc(bytes, 'the quick brown fox jumps over the lazy dog ');
  if (kind === 'json') return Buffer.from(json(bytes));
  const payload = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) payload[i] = (i * 167 + (i >> 8)) & 0xff;
  return payload;
}

/** @param {Payload} payload @returns {Buffer} the frame that carries it to a server */
export function payloadFrame(payload) {
  const bytes = payloadBytes(payload);
  if (payload.kind !== 'json') return maskedFrame(payload.kind === 'text' ? TEXT : BINARY, bytes);
  // Each message on its own, whatever window was agreed upon: so the same frame may be sent again and again.
  const deflated = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  return maskedFrame(TEXT | COMPRESSED, deflated.subarray(0, -TAIL_BYTES));
}

/** Records as an API gives them out, with a last one cut to length. */
/** @param {number} bytes */
function json(bytes) {
  let text = '[';
  for (let id = 1; text.length < bytes; id++) {
    const price = ((id * 7919) % 10_000) / 100;
    text += `{"id":${id},"name":"item ${(id * 2654435761) % 2 ** 32}","price":${price},"inStock":${id % 3 > 0}},`;
  }
  return `${text.slice(0, bytes - 1)}]`;
}
