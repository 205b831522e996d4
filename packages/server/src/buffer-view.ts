/**
 * A Buffer over a part of memory. `Buffer.subarray` and `Buffer.from` make the same at twice the cost: the one asks for the
 * memory each time, the other looks at its arguments. What is viewed is not known here.
 */
import { Buffer } from 'node:buffer';

type BufferConstructor = new (memory: ArrayBufferLike, offset: number, length: number) => Buffer;

/** The class whose instances Buffers are: it has no name of its own, but methods of typed arrays find it there. */
const BufferSpecies = (Buffer as unknown as { readonly [Symbol.species]: BufferConstructor })[Symbol.species];

export function viewBuffer(memory: ArrayBufferLike, offset: number, length: number): Buffer {
  return new BufferSpecies(memory, offset, length);
}
