/**
 * The ways in which one stream of bytes can reach a decoder: every case runs whole, byte by byte, and cut
 * at every place. Each way gives fresh copies, because decoders unmask in place.
 */

/** A decoder of this package, for what it gives out. */
export interface Decoder<T> {
  push(chunk: Uint8Array): void;
  next(): T | undefined;
}

/** What came out of a decoder, and the error that ended it, if one did. */
export interface Outcome<T> {
  readonly output: readonly T[];
  readonly error: unknown;
}

/** Cuts `stream` before every one of `positions`, which must rise. */
export function cutAt(stream: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const starts = [0, ...positions];
  return starts.map((start, index) => new Uint8Array(stream.subarray(start, starts[index + 1])));
}

/** Every byte a chunk of its own. */
export function byteByByte(stream: Uint8Array): Uint8Array[] {
  return Array.from(stream, (byte) => Uint8Array.of(byte));
}

/** The whole, byte by byte, and (of short streams) every cut in two. */
export function waysToFeed(stream: Uint8Array): Uint8Array[][] {
  const everyCut = stream.length > 200 ? [] : Array.from(stream, (_, position) => cutAt(stream, [position]));
  return [cutAt(stream, []), byteByByte(stream), ...everyCut];
}

/** Feeds chunks one after the other and takes out everything after each, until an error ends it. */
export function feed<T>(decoder: Decoder<T>, chunks: readonly Uint8Array[]): Outcome<T> {
  const output: T[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let item = decoder.next(); item !== undefined; item = decoder.next()) output.push(item);
    }
  } catch (error) {
    return { output, error };
  }
  return { output, error: undefined };
}

/** How many bytes, one at a time, it takes until the decoder throws; undefined if it never does. */
export function bytesUntilError(decoder: Decoder<unknown>, stream: Uint8Array): number | undefined {
  for (const [index, byte] of stream.entries()) {
    if (feed(decoder, [Uint8Array.of(byte)]).error !== undefined) return index + 1;
  }
  return undefined;
}

/** Bytes of a hexadecimal text in which blanks mean nothing. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}
