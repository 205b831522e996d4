/**
 * The envelope around every application message of the lab, the same in both directions.
 *
 *   text    {"n":17,"topic":"chat","type":"say","body":{…}}
 *   binary  n (uint32) · upload (uint32) · a slice of that file
 *
 * `n` counts the messages of one direction from 1; the other end checks it (sequence.js). Integers are big endian.
 * It knows nothing of sockets, nor of what a body means.
 */

/**
 * @typedef {{ n: number, topic: string, type: string, body: Record<string, unknown> }} TextMessage
 * @typedef {{ n: number, upload: number, bytes: Uint8Array }} SliceMessage
 */

const SLICE_HEADER_BYTES = 8;
const MAX_UINT32 = 0xffff_ffff;

/** The peer sent something that is no envelope. */
export class EnvelopeError extends Error {
  /** @param {string} message @param {ErrorOptions} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = 'EnvelopeError';
    this.code = 'LAB_ENVELOPE';
  }
}

/**
 * @param {number} n position of the message in its direction, from 1
 * @param {string} topic
 * @param {string} type
 * @param {Record<string, unknown>} [body]
 * @returns {string}
 */
export function encodeText(n, topic, type, body = {}) {
  return JSON.stringify({ n, topic, type, body });
}

/**
 * @param {string} text
 * @returns {TextMessage}
 * @throws {EnvelopeError}
 */
export function decodeText(text) {
  const message = parse(text);
  if (!isRecord(message)) throw new EnvelopeError('a message is a JSON object');
  const { n, topic, type, body } = message;
  if (!isCount(n)) throw new EnvelopeError('n is a whole number from 1');
  if (typeof topic !== 'string' || typeof type !== 'string')
    throw new EnvelopeError('topic and type are strings');
  if (!isRecord(body)) throw new EnvelopeError('body is an object');
  return { n, topic, type, body };
}

/**
 * @param {number} n position of the message in its direction, from 1
 * @param {number} upload number that the sender gave the file
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeSlice(n, upload, bytes) {
  const message = new Uint8Array(SLICE_HEADER_BYTES + bytes.byteLength);
  const header = new DataView(message.buffer);
  header.setUint32(0, n);
  header.setUint32(4, upload);
  message.set(bytes, SLICE_HEADER_BYTES);
  return message;
}

/**
 * @param {Uint8Array} message
 * @returns {SliceMessage} its `bytes` are a view into the message, not a copy
 * @throws {EnvelopeError}
 */
export function decodeSlice(message) {
  if (message.byteLength < SLICE_HEADER_BYTES) throw new EnvelopeError('a binary message opens with 8 bytes');
  const header = new DataView(message.buffer, message.byteOffset, SLICE_HEADER_BYTES);
  const n = header.getUint32(0);
  if (n === 0) throw new EnvelopeError('n is a whole number from 1');
  return { n, upload: header.getUint32(4), bytes: message.subarray(SLICE_HEADER_BYTES) };
}

/** @param {string} text @returns {unknown} */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EnvelopeError('a text message is JSON', { cause });
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is number} */
function isCount(value) {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_UINT32;
}
