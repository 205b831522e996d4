/**
 * Heavy work on files, off the page's thread: hashing one, and making one up.
 *
 *   { hash: Blob } → { hashedBytes } … { sha256 }
 *   { make: bytes } → { madeBytes } … { file: Blob }
 *
 * One request per worker; the page ends it to cancel.
 */
import { Sha256 } from './sha256.js';

/** Bytes read or made at a time. */
const PORTION_BYTES = 1024 * 1024;

self.addEventListener(
  'message',
  async (/** @type {MessageEvent<{ hash?: Blob, make?: number }>} */ { data }) => {
    if (data.hash !== undefined) await hashFile(data.hash);
    if (data.make !== undefined) makeFile(data.make);
  },
);

/** @param {Blob} file */
async function hashFile(file) {
  const hash = new Sha256();
  for (let offset = 0; offset < file.size; offset += PORTION_BYTES) {
    const portion = await file.slice(offset, offset + PORTION_BYTES).arrayBuffer();
    hash.update(new Uint8Array(portion));
    self.postMessage({ hashedBytes: offset + portion.byteLength });
  }
  self.postMessage({ sha256: hash.hex() });
}

/**
 * Random bytes, so that nothing on the way can compress them, and every file is another.
 *
 * @param {number} bytes
 */
function makeFile(bytes) {
  const portions = [];
  for (let made = 0; made < bytes; made += PORTION_BYTES) {
    portions.push(new Blob([randomBytes(Math.min(PORTION_BYTES, bytes - made))]));
    self.postMessage({ madeBytes: Math.min(made + PORTION_BYTES, bytes) });
  }
  self.postMessage({ file: new Blob(portions) });
}

/** @param {number} length @returns {Uint8Array<ArrayBuffer>} */
function randomBytes(length) {
  /** The most that one call of getRandomValues fills (Web Cryptography §10.1.1). */
  const quota = 65_536;
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += quota)
    crypto.getRandomValues(bytes.subarray(offset, offset + quota));
  return bytes;
}
