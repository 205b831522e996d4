/**
 * The kinds of data that the API of ws takes and gives, ⇄ bytes. What is taken is not copied; Blobs, which can only be
 * read over time, are recognized here and read by blob-queue.ts.
 */
import { Buffer } from 'node:buffer';

/** What `binaryType` may say about the data of a binary message. Text always comes as a Buffer, as in ws. */
export type BinaryType = 'nodebuffer' | 'arraybuffer' | 'fragments' | 'blob';

export const BINARY_TYPES: readonly BinaryType[] = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'];

/** The data of a `message` event; as @types/ws has it, which knows no Blob: with `binaryType` 'blob' it is one. */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** The data of a `message` event in the browser's way to listen: text is a string. */
export type Data = string | RawData;

/** What `send`, `ping` and `pong` take. `undefined` and `null` are no data. */
export type SendData =
  | string
  | number
  | ArrayBufferLike
  | ArrayBufferView
  | Blob
  | readonly number[]
  /** Fragments of one message, as `binaryType` 'fragments' gives them. */
  | readonly Uint8Array[]
  // Whatever else Buffer.from takes.
  | { valueOf(): string | ArrayBufferLike | Uint8Array | readonly number[] }
  | { [Symbol.toPrimitive](hint: string): string }
  | null
  | undefined;

const NO_DATA: Buffer = Buffer.alloc(0);

export function isBlob(data: unknown): data is Blob {
  // Most are bytes, and asking those for their tag is dear.
  if (typeof data !== 'object' || data === null || data instanceof Uint8Array) return false;
  if (data instanceof Blob) return true;
  // From another realm (vm, jsdom), instanceof knows nothing.
  const tag = (data as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return (tag === 'Blob' || tag === 'File') && 'arrayBuffer' in data;
}

/** Whether a message of this data is binary, where nothing else is said. */
export function isBinary(data: SendData): boolean {
  return typeof data !== 'string' && typeof data !== 'number';
}

/** @throws TypeError data of a kind that has no bytes */
export function toPayload(data: Exclude<SendData, Blob>): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  if (typeof data === 'number') return String(data);
  if (data === undefined || data === null) return NO_DATA;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (Array.isArray(data) && data[0] instanceof Uint8Array) return Buffer.concat(data);
  return Buffer.from(data as readonly number[]);
}

/** As {@link toPayload}, with text in UTF-8. */
export function toBytes(data: Exclude<SendData, Blob>): Uint8Array {
  const payload = toPayload(data);
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

/**
 * The data of a binary message as `binaryType` wants it.
 *
 * @param fragmentEnds where in `data` each fragment but the last ends; none: it came as one, as far as is known
 */
export function toBinaryType(
  data: Buffer,
  binaryType: BinaryType,
  fragmentEnds: readonly number[] = [],
): RawData {
  switch (binaryType) {
    case 'nodebuffer':
      return data;
    case 'arraybuffer':
      return toArrayBuffer(data);
    case 'fragments':
      return toFragments(data, fragmentEnds);
    case 'blob':
      return new Blob([data as Buffer<ArrayBuffer>]) as unknown as Buffer;
  }
}

/** Views of `data`: nothing is copied. */
function toFragments(data: Buffer, ends: readonly number[]): Buffer[] {
  const starts = [0, ...ends];
  return starts.map((start, at) => data.subarray(start, ends[at] ?? data.length));
}

/** The memory itself where it holds nothing else, else a copy. */
function toArrayBuffer(data: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = data;
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
