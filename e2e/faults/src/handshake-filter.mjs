/**
 * Watches the server's side of a tunnel: first the response's head, then frames; can fall silent after so many.
 *
 * Bytes go through unchanged, at once, and in the pieces they came in; only the place of each frame's end is
 * computed (RFC 6455 §5.2). What is no WebSocket (a refusal's body, a handshake of 2010) is passed on all the same.
 *
 * @import { Filter } from './filters.mjs'
 */

/** A head longer than this is no answer to a handshake; watching ends. */
const MAX_HEAD_BYTES = 64 * 1024;
const END_OF_HEAD = '\r\n\r\n';
/** The longest frame header of a server, which masks nothing: 2 bytes and a 64-bit length. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** @implements {Filter} */
export class HandshakeFilter {
  /** Falls silent when so many frames have passed; may be set while it runs. */
  /** @type {number} */
  silentAfterFrames = Infinity;

  #onHead;
  #onSilent;
  /** The function that handles the next bytes. It gives out those that pass. */
  /** @type {(bytes: Buffer) => Buffer} */
  #state = (bytes) => this.#inHead(bytes);
  /** What is there of the head, or of a frame's header. */
  #partial = Buffer.alloc(0);
  /** How many more bytes belong to the frame under way. */
  #frameBytesLeft = 0;
  #frames = 0;
  #silent = false;

  /**
   * @param {(status: number, headBytes: number) => void} onHead called before the head's last bytes pass
   * @param {() => void} onSilent called when the silence begins
   */
  constructor(onHead, onSilent) {
    this.#onHead = onHead;
    this.#onSilent = onSilent;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    const passing = this.#state(chunk);
    return passing.length > 0 ? [passing] : [];
  }

  end() {
    return [];
  }

  /** Falls silent now, if enough frames have passed and none is under way. */
  check() {
    const between = this.#frameBytesLeft === 0 && this.#partial.length === 0;
    if (this.#state === this.#inFrames && between && this.#frames >= this.silentAfterFrames)
      this.#fallSilent();
  }

  /** @param {Buffer} bytes */
  #inHead(bytes) {
    const before = this.#partial.length;
    const all = Buffer.concat([this.#partial, bytes]);
    this.#partial = all;
    const at = all.indexOf(END_OF_HEAD);
    if (at === -1) {
      if (all.length > MAX_HEAD_BYTES) this.#state = (rest) => rest;
      return bytes;
    }
    const headBytes = at + END_OF_HEAD.length;
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(all.toString('latin1', 0, headBytes))?.[1] ?? 0);
    this.#partial = Buffer.alloc(0);
    this.#onHead(status, headBytes);
    if (status !== 101) {
      this.#state = (rest) => rest;
      return bytes;
    }
    this.#state = this.#inFrames;
    this.check();
    const head = bytes.subarray(0, headBytes - before);
    return Buffer.concat([head, this.#state(bytes.subarray(headBytes - before))]);
  }

  /** @type {(bytes: Buffer) => Buffer} */
  #inFrames = (bytes) => {
    let at = 0;
    while (at < bytes.length && !this.#silent) {
      if (this.#frameBytesLeft > 0) {
        const taken = Math.min(this.#frameBytesLeft, bytes.length - at);
        this.#frameBytesLeft -= taken;
        at += taken;
      } else {
        at += this.#readHeader(bytes.subarray(at));
      }
      if (this.#frameBytesLeft === 0 && this.#partial.length === 0) this.#frames += 1;
      this.check();
    }
    return bytes.subarray(0, at);
  };

  /**
   * Reads as much of a frame's header as is there.
   *
   * @param {Buffer} bytes
   * @returns {number} how many of them belong to it
   */
  #readHeader(bytes) {
    const known = this.#partial.length;
    const header = Buffer.concat([this.#partial, bytes.subarray(0, 10)]);
    const length7 = (header[1] ?? 0) & 0x7f;
    const headerBytes = length7 === LENGTH_64 ? 10 : length7 === LENGTH_16 ? 4 : 2;
    if (header.length < headerBytes) {
      this.#partial = header;
      return bytes.length;
    }
    this.#partial = Buffer.alloc(0);
    if (length7 === LENGTH_64) this.#frameBytesLeft = Number(header.readBigUInt64BE(2));
    else this.#frameBytesLeft = length7 === LENGTH_16 ? header.readUInt16BE(2) : length7;
    return headerBytes - known;
  }

  #fallSilent() {
    this.#silent = true;
    this.#state = () => Buffer.alloc(0);
    this.#onSilent();
  }
}
