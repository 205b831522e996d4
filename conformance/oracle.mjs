/**
 * What a server must answer to a stream of bytes behind the opening handshake: every line of the transcript, up to the
 * Close. The plain reading of RFC 6455, over the whole stream at once, with no regard for speed: nothing in common with
 * the decoder it judges but the RFC.
 */
import { binaryLine, closeLine, compressedLine, pongLine, textLine } from './transcript.mjs';

/**
 * `inflater`: where permessage-deflate was agreed upon; what it inflates is compressed in the answer.
 *
 * @typedef {{ maxMessageBytes: number, maxFragments: number, inflater?: import('./deflate.mjs').Inflater }} Limits
 */

/**
 * The answer: `lines`, then `end`. Where the client broke the protocol, a Close with one of `codes` is between them: a
 * frame may be wrong in several ways, and the RFC does not say which comes first. It may be missing where `isCertain` is
 * false: the stream ends before the header that is wrong does.
 *
 * @typedef {{ lines: string[], codes: readonly number[], isCertain: boolean }} Answer
 */

/** @typedef {{ fin: boolean, rsv: number, opcode: number, masked: boolean, lengthForm: number }} FrameStart */

/** A message that has begun. */
/** @typedef {{ opcode: number, isCompressed: boolean, payloads: Buffer[], bytes: number }} Message */

/** Nine bits are the most that DEFLATE needs for a byte (RFC 1951 §3.2.6), and our server grants a little more. */
/** @param {number} bytes */
const deflatedAtMost = (bytes) => Math.ceil((bytes * 9) / 8) + 64;

/**
 * @param {Buffer} stream
 * @param {Limits} limits
 * @returns {Answer}
 */
export function answerTo(stream, limits) {
  /** @type {string[]} */
  const lines = [];
  /** @type {Message | undefined} */
  let message;
  for (let at = 0; at < stream.length; ) {
    const { start, codes, length, payload, isCertain } = readFrame(stream.subarray(at), message, limits);
    if (codes.length > 0) return { lines, codes, isCertain };
    if (payload === undefined) break;
    at += length;
    const { opcode, fin } = start;
    if (opcode === 0x8) return closeAnswer(lines, payload);
    if (opcode === 0x9) lines.push(pongLine(payload));
    if (opcode >= 0x8) continue;
    message ??= { opcode, isCompressed: start.rsv !== 0, payloads: [], bytes: 0 };
    message.payloads.push(payload);
    message.bytes += payload.length;
    if (!fin) continue;
    const whole = Buffer.concat(message.payloads);
    const data = message.isCompressed ? inflate(whole, limits) : whole;
    if (data === undefined) return { lines, codes: [1007, 1009], isCertain: true };
    if (data.length > limits.maxMessageBytes) return { lines, codes: [1009], isCertain: true };
    if (message.opcode === 0x1 && !isUtf8(data)) return { lines, codes: [1007], isCertain: true };
    const line = message.opcode === 0x1 ? textLine(data) : binaryLine(data);
    lines.push(limits.inflater === undefined ? line : compressedLine(line));
    message = undefined;
  }
  return { lines, codes: [], isCertain: true };
}

/**
 * @param {string[]} lines
 * @param {Buffer} payload
 * @returns {Answer}
 */
function closeAnswer(lines, payload) {
  if (payload.length === 0) return { lines: [...lines, closeLine()], codes: [], isCertain: true };
  const code = payload.length === 1 ? 0 : payload.readUInt16BE();
  const registered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  const isValid = registered || (code >= 3000 && code <= 4999);
  const codes = [...(isValid ? [] : [1002]), ...(isUtf8(payload.subarray(2)) ? [] : [1007])];
  if (codes.length > 0) return { lines, codes, isCertain: true };
  return { lines: [...lines, closeLine(code, payload.toString('utf8', 2))], codes, isCertain: true };
}

/**
 * What can be said of a frame. Without a payload it is not complete.
 *
 * @typedef {{ start: FrameStart, codes: readonly number[], isCertain: boolean, length: number, payload?: Buffer }} Reading
 */

/**
 * @param {Buffer} bytes from the beginning of a frame
 * @param {Message | undefined} message that it is within
 * @param {Limits} limits
 * @returns {Reading}
 */
function readFrame(bytes, message, limits) {
  const start = startOf(bytes);
  const codes = codesOfStart(start, message, limits);
  const isData = start.opcode < 0x8;
  const lengthBytes = start.lengthForm < 126 ? 0 : start.lengthForm === 126 ? 2 : 8;
  const keyAt = 2 + lengthBytes;
  const payloadAt = keyAt + (start.masked ? 4 : 0);
  if (bytes.length < keyAt) return { start, codes, isCertain: false, length: 0 };
  const length = lengthOf(bytes, start.lengthForm);
  if (length < (lengthBytes === 0 ? 0n : lengthBytes === 2 ? 126n : 65_536n)) codes.push(1002);
  if (length >= 2n ** 63n) codes.push(1002);
  const isCompressed = message?.isCompressed ?? start.rsv !== 0;
  const mostBytes = isCompressed ? deflatedAtMost(limits.maxMessageBytes) : limits.maxMessageBytes;
  if (isData && length + BigInt(message?.bytes ?? 0) > BigInt(mostBytes)) codes.push(1009);
  const isCertain = bytes.length >= payloadAt;
  if (codes.length > 0 || !isCertain) return { start, codes, isCertain, length: 0 };

  const end = payloadAt + Number(length);
  const received = Buffer.from(bytes.subarray(payloadAt, end));
  for (let at = 0; at < received.length; at++) {
    received[at] = received.readUInt8(at) ^ bytes.readUInt8(keyAt + (at % 4));
  }
  const isWhole = bytes.length >= end;
  if (isData && !isCompressed && (message?.opcode ?? start.opcode) === 0x1) {
    const text = Buffer.concat([...(message?.payloads ?? []), received]);
    if (isWhole && start.fin ? !isUtf8(text) : !maybeUtf8(text)) codes.push(1007);
  }
  return { start, codes, isCertain, length: end, ...(isWhole ? { payload: received } : {}) };
}

/** @param {Buffer} bytes @param {number} lengthForm */
function lengthOf(bytes, lengthForm) {
  if (lengthForm < 126) return BigInt(lengthForm);
  return lengthForm === 126 ? BigInt(bytes.readUInt16BE(2)) : bytes.readBigUInt64BE(2);
}

/** @param {Buffer} bytes at least one */
function startOf(bytes) {
  const first = bytes.readUInt8(0);
  // A second byte that is not there is taken for a good one.
  const second = bytes.length > 1 ? bytes.readUInt8(1) : 0x80;
  return {
    fin: first >= 0x80,
    rsv: (first >> 4) & 7,
    opcode: first & 0xf,
    masked: second >= 0x80,
    lengthForm: second & 0x7f,
  };
}

/**
 * @param {FrameStart} start
 * @param {Message | undefined} message
 * @param {Limits} limits
 * @returns {number[]}
 */
function codesOfStart({ fin, rsv, opcode, masked, lengthForm }, message, limits) {
  const codes = [];
  const mayBeCompressed = limits.inflater !== undefined && (opcode === 0x1 || opcode === 0x2);
  if ((rsv !== 0 && !(rsv === 4 && mayBeCompressed)) || !masked) codes.push(1002);
  if ((opcode > 2 && opcode < 8) || opcode > 10) codes.push(1002);
  if (opcode >= 8 && (!fin || lengthForm > 125)) codes.push(1002);
  if (opcode < 8 && (opcode === 0) !== (message !== undefined)) codes.push(1002);
  if (opcode < 8 && message !== undefined && message.payloads.length >= limits.maxFragments) codes.push(1008);
  return codes;
}

/** Undefined where it cannot be inflated. */
/** @param {Buffer} payload @param {Limits} limits */
function inflate(payload, { inflater }) {
  try {
    return inflater?.message(payload);
  } catch {
    return undefined;
  }
}

/** @param {Buffer} bytes */
function isUtf8(bytes) {
  // Whether nothing is lost there and back; U+FFFD stands for whatever is not valid.
  return Buffer.from(bytes.toString()).equals(bytes);
}

/** Whether a valid text may begin so: at most the last three bytes are a character that has begun. */
/** @param {Buffer} bytes */
function maybeUtf8(bytes) {
  const tails = ['', '80', '8080', '808080', 'a080', '908080'];
  return tails.some((tail) => isUtf8(Buffer.concat([bytes, Buffer.from(tail, 'hex')])));
}
