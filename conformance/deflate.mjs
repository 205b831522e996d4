/**
 * permessage-deflate as both ends of a case speak it (RFC 7692 §7.2): messages → what stands in their frames, and back. On
 * zlib's plain functions, one call a message, with what was before as a dictionary: slow, and nothing in common with the
 * codec that is examined.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { EXAMINED } from './role.mjs';

/** "an empty DEFLATE block", which ends what is flushed and is left out of a message (§7.2.1). */
const TAIL = Buffer.from('0000ffff', 'hex');

/** What one end has agreed to. */
/** @typedef {{ windowBits: number, hasTakeover: boolean }} Direction */

/** @type {Direction} */
export const DEFAULT_DIRECTION = { windowBits: 15, hasTakeover: true };

/** How far back a message may refer, as far as there was something. */
class Past {
  /** @param {Direction} direction */
  constructor({ windowBits, hasTakeover }) {
    this.bytes = hasTakeover ? 2 ** windowBits : 0;
    this.window = Buffer.alloc(0);
  }

  get dictionary() {
    return this.window.length === 0 ? undefined : this.window;
  }

  /** @param {Uint8Array} data */
  add(data) {
    this.window = Buffer.concat([this.window, data]);
    this.window = this.window.subarray(Math.max(0, this.window.length - this.bytes));
  }
}

export class Deflater {
  /** @param {Direction} [direction] */
  constructor(direction = DEFAULT_DIRECTION) {
    this.windowBits = Math.max(9, direction.windowBits); // zlib's least, which refers back at most 250 bytes
    this.past = new Past(direction);
  }

  /** @param {string | Uint8Array} data @returns {Buffer} */
  message(data) {
    const bytes = Buffer.from(data);
    const { dictionary } = this.past;
    const options = {
      windowBits: this.windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(dictionary && { dictionary }),
    };
    const flushed = deflateRawSync(bytes, options);
    this.past.add(bytes);
    return flushed.subarray(0, -TAIL.length);
  }
}

export class Inflater {
  /** @param {Direction} [direction] */
  constructor(direction = DEFAULT_DIRECTION) {
    this.past = new Past(direction);
  }

  /**
   * @param {Uint8Array} payload
   * @returns {Buffer}
   * @throws Error it is no message, as a whole
   */
  message(payload) {
    // With a last block behind it, zlib says whether the message was at the end of a block.
    const behind = Buffer.concat([TAIL, LAST_BLOCK]);
    let rest = Buffer.concat(payload.length === 0 ? [] : [payload, behind]);
    const parts = [];
    while (rest.length > 0) {
      const { data, bytesRead } = inflateStream(rest, this.past.dictionary);
      parts.push(data);
      this.past.add(data);
      rest = rest.subarray(bytesRead);
      // A block of the sender's own was the last; one that ended within what we have added was not whole.
      if (rest.equals(behind)) break;
      if (rest.length > 0 && rest.length < behind.length) throw new Error('A message that is not whole');
    }
    return Buffer.concat(parts);
  }
}

/** "01" for the codes of DEFLATE itself, and the end of the block. */
const LAST_BLOCK = deflateRawSync('');

/** Up to its last block. */
/** @param {Buffer} bytes @param {Buffer | undefined} dictionary */
function inflateStream(bytes, dictionary) {
  const options = { info: true, ...(dictionary && { dictionary }) };
  // With `info` it is another result than the types know.
  const result = /** @type {unknown} */ (inflateRawSync(bytes, options));
  const { buffer, engine } = /** @type {{ buffer: Buffer, engine: import('node:zlib').InflateRaw }} */ (
    result
  );
  return { data: buffer, bytesRead: engine.bytesWritten };
}

/** A message compressed by itself. */
/** @param {string | Uint8Array} data */
export function deflated(data) {
  return new Deflater().message(data);
}

/**
 * What a server has agreed to about its own messages.
 *
 * @param {string | undefined} extensions its header
 * @returns {Direction | undefined} undefined where nothing is compressed
 */
export function serversDirection(extensions) {
  if (extensions?.startsWith('permessage-deflate') !== true) return undefined;
  const [, bits = '15'] = /server_max_window_bits=(\d+)/.exec(extensions) ?? [];
  return { windowBits: Number(bits), hasTakeover: !extensions.includes('server_no_context_takeover') };
}

/** The same about the client's messages. */
/** @param {string} extensions @returns {Direction} */
export function clientsDirection(extensions) {
  const [, bits = '15'] = /client_max_window_bits=(\d+)/.exec(extensions) ?? [];
  return { windowBits: Number(bits), hasTakeover: !extensions.includes('client_no_context_takeover') };
}

/** What the end that a case is has agreed to. */
/** @param {string} extensions @returns {Direction} */
export function ownDirection(extensions) {
  const direction = EXAMINED === 'server' ? clientsDirection(extensions) : serversDirection(extensions);
  return direction ?? DEFAULT_DIRECTION;
}
