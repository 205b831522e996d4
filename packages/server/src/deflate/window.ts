/**
 * What a peer's messages may refer to: the last bytes of what it has sent, uncompressed, as many as its window holds (RFC 7692
 * §7.2.2). It takes no more memory than has come.
 */
import { Buffer } from 'node:buffer';

const NOTHING: Buffer = Buffer.alloc(0);

export class Window {
  private readonly maxBytes: number;
  private memory: Buffer = NOTHING;
  private length = 0;

  /** @param windowBits its size, as a power of two */
  constructor(windowBits: number) {
    this.maxBytes = 2 ** windowBits;
  }

  /** In place: valid until the next `add`. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }

  /** What has come. It is copied. */
  add(bytes: Uint8Array): void {
    const { maxBytes } = this;
    const added = bytes.length > maxBytes ? bytes.subarray(-maxBytes) : bytes;
    const kept = Math.min(this.length, maxBytes - added.length);
    const length = kept + added.length;
    if (length > this.memory.length) this.grow(length);
    this.memory.copyWithin(0, this.length - kept, this.length);
    this.memory.set(added, kept);
    this.length = length;
  }

  private grow(needed: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.min(this.maxBytes, 2 * needed));
    this.memory.copy(memory, 0, 0, this.length);
    this.memory = memory;
  }
}
