/**
 * SHA-256 of a stream of bytes (FIPS 180-4, §6.2). `crypto.subtle` digests only what is wholly in memory, and only in a
 * secure context; the lab shows a file of hundreds of megabytes on plain http.
 *
 * `update` as often as needed, then `hex` once. Whole blocks are digested where they lie; only the tail is copied.
 */

const BLOCK_BYTES = 64;
/** Where the length of the message begins in its last block. */
const LENGTH_OFFSET = 56;

const [INITIAL_HASH, ROUND_CONSTANTS] = constants();

export class Sha256 {
  #hash = Int32Array.from(INITIAL_HASH);
  #schedule = new Int32Array(BLOCK_BYTES);
  /** Bytes that do not fill a block yet; always fewer than a block between two calls. */
  #tail = new Uint8Array(BLOCK_BYTES);
  #tailBytes = 0;
  #totalBytes = 0;

  /** @param {Uint8Array} bytes @returns {this} */
  update(bytes) {
    this.#totalBytes += bytes.byteLength;
    let offset = 0;
    if (this.#tailBytes > 0) {
      offset = Math.min(BLOCK_BYTES - this.#tailBytes, bytes.byteLength);
      this.#tail.set(bytes.subarray(0, offset), this.#tailBytes);
      this.#tailBytes += offset;
      if (this.#tailBytes < BLOCK_BYTES) return this;
      this.#digest(this.#tail, 0, 1);
      this.#tailBytes = 0;
    }
    const blocks = Math.floor((bytes.byteLength - offset) / BLOCK_BYTES);
    this.#digest(bytes, offset, blocks);
    const rest = bytes.subarray(offset + blocks * BLOCK_BYTES);
    this.#tail.set(rest);
    this.#tailBytes = rest.byteLength;
    return this;
  }

  /** Ends the message and returns its digest; the object is used up. @returns {string} 64 hexadecimal digits */
  hex() {
    const padded = new Uint8Array(this.#tailBytes < LENGTH_OFFSET ? BLOCK_BYTES : 2 * BLOCK_BYTES);
    padded.set(this.#tail.subarray(0, this.#tailBytes));
    padded[this.#tailBytes] = 0x80;
    const length = new DataView(padded.buffer, padded.byteLength - 8);
    length.setUint32(0, Math.floor((this.#totalBytes * 8) / 2 ** 32));
    length.setUint32(4, (this.#totalBytes * 8) % 2 ** 32);
    this.#digest(padded, 0, padded.byteLength / BLOCK_BYTES);
    return Array.from(this.#hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** @param {Uint8Array} bytes @param {number} offset @param {number} blocks */
  #digest(bytes, offset, blocks) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let block = 0; block < blocks; block += 1)
      compress(this.#hash, this.#schedule, view, offset + block * BLOCK_BYTES);
  }
}

/**
 * One block (§6.2.2). Words are signed 32-bit integers, which is what JavaScript's bit operators make of them.
 *
 * @param {Int32Array} hash
 * @param {Int32Array} w the message schedule, 64 words of scratch space
 * @param {DataView} view
 * @param {number} offset
 */
function compress(hash, w, view, offset) {
  for (let t = 0; t < 16; t += 1) w[t] = view.getInt32(offset + t * 4);
  for (let t = 16; t < 64; t += 1) {
    const w2 = word(w, t - 2);
    const w15 = word(w, t - 15);
    const sigma0 = rotateRight(w15, 7) ^ rotateRight(w15, 18) ^ (w15 >>> 3);
    const sigma1 = rotateRight(w2, 17) ^ rotateRight(w2, 19) ^ (w2 >>> 10);
    w[t] = word(w, t - 16) + sigma0 + word(w, t - 7) + sigma1;
  }

  let a = word(hash, 0);
  let b = word(hash, 1);
  let c = word(hash, 2);
  let d = word(hash, 3);
  let e = word(hash, 4);
  let f = word(hash, 5);
  let g = word(hash, 6);
  let h = word(hash, 7);
  for (let t = 0; t < 64; t += 1) {
    const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + sum1 + choice + word(ROUND_CONSTANTS, t) + word(w, t)) | 0;
    const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + sum0 + majority) | 0;
  }
  const state = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i += 1) hash[i] = word(hash, i) + (state[i] ?? 0);
}

/** A word that is known to be there. @param {Int32Array} words @param {number} index @returns {number} */
function word(words, index) {
  return /** @type {number} */ (words[index]);
}

/** @param {number} x @param {number} bits */
function rotateRight(x, bits) {
  return (x >>> bits) | (x << (32 - bits));
}

/**
 * The first 32 bits of the fractional parts of the square roots of the first 8 primes (§5.3.3) and of the cube roots
 * of the first 64 (§4.2.2). Doubles hold both to the last bit needed.
 *
 * @returns {[Int32Array, Int32Array]}
 */
function constants() {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (/** @type {number} */ x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
  return [
    Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
  ];
}
