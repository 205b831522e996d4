/**
 * Masking in WebAssembly, sixteen bytes an instruction: two to four times as fast as the word loop of masking.ts, the copies into
 * its memory and back included. Where there is no WebAssembly (`node --jitless`), or none with SIMD, that loop is used.
 */
import { Buffer } from 'node:buffer';
import { type MaskInto, maskInto, rotateMaskingKey } from '@holdfast/protocol';

/** What is used of the global `WebAssembly`, for which Node's types have no word. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  mask(end: number, key: number): void;
}

interface Simd {
  readonly exports: Exports;
  /** Its memory, of which {@link BLOCK_BYTES} at a time are used. */
  readonly block: Buffer;
}

/** What simd-masking.wat says, compiled. A test compares the two. */
export const SIMD_MASKING_WASM: string =
  'AGFzbQEAAAABBgFgAn9/AAMCAQAFAwEAAgcRAgZtZW1vcnkCAARtYXNrAAAKYAFeAgF/AXsgAf0RIQMDQCACIAL9AAQAIAP9Uf0LBAAgAiAC/QAEECAD' +
  '/VH9CwQQIAIgAv0ABCAgA/1R/QsEICACIAL9AAQwIAP9Uf0LBDAgAkHAAGohAiACIABJDQALCw==';

/** What one read of a socket brings. A whole number of masking keys. */
const BLOCK_BYTES = 64 * 1024;

/** Compiled when the first long payload comes. Null where that is not possible. */
let simd: Simd | null | undefined;

/** As `maskInto`; `source` may be the very bytes that are written. */
export const simdMaskInto: MaskInto = (target, at, source, key, payloadOffset): void => {
  simd ??= compile();
  if (simd === null) {
    maskInto(target, at, source, key, payloadOffset);
    return;
  }
  const { block, exports } = simd;
  const rotated = rotateMaskingKey(key, payloadOffset);
  for (let from = 0; from < source.length; from += BLOCK_BYTES) {
    const part = source.subarray(from, from + BLOCK_BYTES);
    block.set(part);
    exports.mask(part.length, rotated);
    target.set(block.subarray(0, part.length), at + from);
  }
};

function compile(): Simd | null {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined) return null;
  try {
    const module = new WebAssembly.Module(Buffer.from(SIMD_MASKING_WASM, 'base64'));
    const exports = new WebAssembly.Instance(module).exports as Exports;
    return { exports, block: Buffer.from(exports.memory.buffer) };
  } catch {
    return null;
  }
}
