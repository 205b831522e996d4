/** Where a client's masking keys come from (RFC 6455 §5.3): the system's random numbers, or a function of the application. */
import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import { MASKING_KEY_BYTES, readMaskingKey } from '@holdfast/protocol';

/** Draws the key of one frame. */
export type MaskingKeySource = () => number;

/** "The masking key needs to be unpredictable": drawn by the system, many at once. */
const keys = new Int32Array(1024);
let keysUsed = keys.length;

export function randomMaskingKey(): number {
  if (keysUsed === keys.length) {
    randomFillSync(keys);
    keysUsed = 0;
  }
  return keys[keysUsed++] as number;
}

/** @param generateMask fills the bytes of a key */
export function maskingKeysFrom(generateMask: (key: Buffer) => void): MaskingKeySource {
  const bytes = Buffer.alloc(MASKING_KEY_BYTES);
  return () => {
    generateMask(bytes);
    return readMaskingKey(bytes, 0);
  };
}
