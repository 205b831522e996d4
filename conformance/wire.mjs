/**
 * What a case says, byte for byte: handshakes and frames, well-formed or not. It is a client, or a server where a client is
 * examined (role.mjs). Written from RFC 6455 alone and apart from the codec of this project, so that no mistake of one hides in
 * the other.
 */
import { EXAMINED } from './role.mjs';

/** The nonce of the RFC's example (§1.3), and the answer it calls for. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** The key of the RFC's examples (§5.7). */
export const MASKING_KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** "A server MUST NOT mask any frames that it sends to the client" (§5.1). */
const OWN_KEY = EXAMINED === 'server' ? MASKING_KEY : null;

export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa };

/**
 * How a frame departs from the usual one: final, no reserved bits, masked as this end has to, the shortest form of the length.
 *
 * @typedef {object} FrameOptions
 * @property {boolean} [fin]
 * @property {number} [rsv] the three reserved bits as a number, RSV1 = 4, RSV2 = 2, RSV3 = 1
 * @property {Uint8Array | null} [maskingKey] null: not masked
 * @property {7 | 16 | 64} [lengthBits] the form of the length
 * @property {bigint | number} [claimedLength] a length that lies
 */

/**
 * @param {number} opcode
 * @param {string | Uint8Array} [payload]
 * @param {FrameOptions} [options]
 * @returns {Buffer}
 */
export function frame(opcode, payload = '', options = {}) {
  const { fin = true, rsv = 0, maskingKey = OWN_KEY } = options;
  const body = Buffer.from(payload); // a copy in any case: it is masked in place
  const length = BigInt(options.claimedLength ?? body.length);
  const lengthBits = options.lengthBits ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const head = Buffer.alloc(2 + (lengthBits === 7 ? 0 : lengthBits / 8));
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] =
    (maskingKey === null ? 0 : 0x80) | (lengthBits === 7 ? Number(length) : lengthBits === 16 ? 126 : 127);
  if (lengthBits === 16) head.writeUInt16BE(Number(length), 2);
  if (lengthBits === 64) head.writeBigUInt64BE(length, 2);
  if (maskingKey === null) return Buffer.concat([head, body]);
  for (let at = 0; at < body.length; at++) body[at] = Number(body[at]) ^ Number(maskingKey[at & 3]);
  return Buffer.concat([head, maskingKey, body]);
}

/** @param {string | Uint8Array} payload @param {FrameOptions} [options] */
export function text(payload, options) {
  return frame(OPCODE.text, payload, options);
}

/** @param {string | Uint8Array} payload @param {FrameOptions} [options] */
export function binary(payload, options) {
  return frame(OPCODE.binary, payload, options);
}

/** A frame that continues a message: the last one, unless `fin` is false. */
/** @param {string | Uint8Array} payload @param {FrameOptions} [options] */
export function continuation(payload, options) {
  return frame(OPCODE.continuation, payload, options);
}

/** @param {string | Uint8Array} [payload] @param {FrameOptions} [options] */
export function ping(payload, options) {
  return frame(OPCODE.ping, payload, options);
}

/** @param {string | Uint8Array} [payload] @param {FrameOptions} [options] */
export function pong(payload, options) {
  return frame(OPCODE.pong, payload, options);
}

/**
 * @param {number} [code] none: an empty Close
 * @param {string | Uint8Array} [reason]
 */
export function close(code, reason = '') {
  return frame(OPCODE.close, closePayload(code, reason));
}

/** @param {number | undefined} code @param {string | Uint8Array} reason */
function closePayload(code, reason) {
  if (code === undefined) return '';
  return Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]);
}

/**
 * A message in several frames.
 *
 * @param {number} opcode of the first
 * @param {readonly (string | Uint8Array)[]} payloads of all
 */
export function fragments(opcode, payloads) {
  return payloads.map((payload, at) =>
    frame(at === 0 ? opcode : OPCODE.continuation, payload, { fin: at === payloads.length - 1 }),
  );
}

/** The same bytes in pieces of `size`, each to be written on its own. */
/** @param {Uint8Array | readonly Uint8Array[]} bytes @param {number} [size] */
export function inPieces(bytes, size = 1) {
  const whole = bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes);
  const pieces = [];
  for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
  return pieces;
}

/** Bytes from their hexadecimal form; whatever is no digit is for the reader. */
/** @param {string} digits */
export function hex(digits) {
  return Buffer.from(digits.replace(/[^0-9a-f]/gi, ''), 'hex');
}

/**
 * The head of an opening handshake.
 *
 * @typedef {object} RequestOptions
 * @property {Readonly<Record<string, string | undefined>>} [headers] replace those of a valid handshake; undefined
 *   leaves one out
 * @property {readonly string[]} [lines] further lines behind them
 * @property {string} [requestLine]
 */

/** @param {RequestOptions} [options] */
export function handshake({ headers = {}, lines = [], requestLine = 'GET / HTTP/1.1' } = {}) {
  const fields = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const present = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return Buffer.from(`${[requestLine, ...present, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
}
