/**
 * The chunks of one long payload, kept as they came until it is complete, and then put together in one go: copied once, into
 * memory of the right size, which whoever sends it on finds in the processor's cache. Short chunks are copied, since what
 * holds one in memory may be many times as large. What the bytes mean is not known here.
 */
import { ByteAccumulator } from './bytes.ts';

/** Memory for a chunk is at most one read of a socket, 64 KiB: a quarter of what is held is of use at least. */
const MIN_KEPT_BYTES = 16 * 1024;

export class ChunkList {
  /** Bytes in all. */
  length = 0;

  private readonly chunks: Uint8Array[] = [];
  /** Short chunks, behind the others. */
  private short: ByteAccumulator | undefined;

  /** `chunk` belongs to the list from now on. */
  push(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (chunk.length < MIN_KEPT_BYTES) {
      this.short ??= new ByteAccumulator();
      this.short.append(chunk, Number.POSITIVE_INFINITY);
    } else {
      this.endShort();
      this.chunks.push(chunk);
    }
  }

  /** All of them, in order. The list must not be used afterwards. */
  take(): readonly Uint8Array[] {
    this.endShort();
    return this.chunks;
  }

  private endShort(): void {
    if (this.short !== undefined) this.chunks.push(this.short.take());
    this.short = undefined;
  }
}
