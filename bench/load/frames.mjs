/** RFC 6455 frames (§5.2), as a client sends them and as it counts them. The load is not to depend on what it measures. */

export const TEXT = 0x1;
export const BINARY = 0x2;

export const FIN = 0x80;
const MASK = 0x80;
/** Bits of the first byte that say the frame's type, and the one that marks a control frame among them. */
const OPCODE = 0x0f;
const CONTROL = 0x08;
const LENGTH = 0x7f;
/** Lengths that stand for a longer length behind them. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASKING_KEY_BYTES = 4;
const LONGEST_HEADER_BYTES = 14;

/** Not zero: a server must have unmasking to do. The one of the RFC's examples (§5.7). */
const MASKING_KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** A text that begins so belongs to a session, not to its application (PROTOCOL.md §2). */
const SESSION_CONTROL = 0x7e;

/**
 * A whole message in one masked frame.
 *
 * @param {number} opcode with RSV bits, if any
 * @param {Uint8Array} payload
 * @returns {Buffer}
 */
export function maskedFrame(opcode, payload) {
  const { length } = payload;
  const headerBytes = 2 + (length < LENGTH_16 ? 0 : length <= 0xffff ? 2 : 8) + MASKING_KEY_BYTES;
  const frame = Buffer.alloc(headerBytes + length);
  frame[0] = FIN | opcode;
  if (length < LENGTH_16) {
    frame[1] = MASK | length;
  } else if (length <= 0xffff) {
    frame[1] = MASK | LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = MASK | LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(MASKING_KEY, headerBytes - MASKING_KEY_BYTES);
  for (let i = 0; i < length; i++) {
    frame[headerBytes + i] = /** @type {number} */ (payload[i]) ^ /** @type {number} */ (MASKING_KEY[i & 3]);
  }
  return frame;
}

/**
 * Counts the messages in a stream of bytes, masked or not, and reads nothing of their content. Control frames do not count;
 * with `inSession`, nor do a session's control messages.
 */
export class MessageCounter {
  /** Messages that are complete. */
  messages = 0;

  /** @type {boolean} */
  #inSession;
  /** What has come of the header of the current frame, and how much of it is needed to know more. */
  #header = Buffer.alloc(LONGEST_HEADER_BYTES + 1);
  #headerBytes = 0;
  #neededBytes = 2;
  /** Of the current frame's payload. */
  #payloadBytes = 0;
  #remainingBytes = 0;
  /** Whether the current frame is the last of a message. */
  #completes = false;

  constructor(inSession = false) {
    this.#inSession = inSession;
  }

  /** Messages, and the part that has come of the one that is on its way: for large ones. */
  get progress() {
    if (!this.#completes || this.#remainingBytes === 0) return this.messages;
    return this.messages + 1 - this.#remainingBytes / this.#payloadBytes;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} end how many of them
   * @returns {number} how many messages they have completed
   */
  push(bytes, end) {
    const before = this.messages;
    let at = 0;
    while (at < end) {
      if (this.#remainingBytes > 0) {
        const taken = Math.min(this.#remainingBytes, end - at);
        at += taken;
        this.#remainingBytes -= taken;
        if (this.#remainingBytes === 0) this.#endFrame();
      } else {
        this.#header[this.#headerBytes++] = /** @type {number} */ (bytes[at++]);
        if (this.#headerBytes === this.#neededBytes) this.#readHeader();
      }
    }
    return this.messages - before;
  }

  #readHeader() {
    const first = /** @type {number} */ (this.#header[0]);
    const second = /** @type {number} */ (this.#header[1]);
    const short = second & LENGTH;
    const lengthBytes = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
    const wholeBytes = 2 + lengthBytes + (second & MASK ? MASKING_KEY_BYTES : 0);
    if (this.#headerBytes < wholeBytes) {
      this.#neededBytes = wholeBytes;
      return;
    }
    const length =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? this.#header.readUInt16BE(2)
          : Number(this.#header.readBigUInt64BE(2));
    const isText = (first & OPCODE) === TEXT;
    // A byte of the payload is looked at, too.
    const peekedBytes = this.#inSession && isText && length > 0 ? 1 : 0;
    if (this.#headerBytes < wholeBytes + peekedBytes) {
      this.#neededBytes = wholeBytes + 1;
      return;
    }
    const isSessionControl = peekedBytes > 0 && this.#header[wholeBytes] === SESSION_CONTROL;
    this.#completes = (first & FIN) !== 0 && (first & CONTROL) === 0 && !isSessionControl;
    this.#payloadBytes = length;
    this.#remainingBytes = length - peekedBytes;
    if (this.#remainingBytes === 0) this.#endFrame();
  }

  #endFrame() {
    if (this.#completes) this.messages++;
    this.#headerBytes = 0;
    this.#neededBytes = 2;
    this.#completes = false;
  }
}
