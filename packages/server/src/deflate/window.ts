/**
 * What a peer's messages may refer to: the last bytes of what it has sent, uncompressed, as many as its window holds (RFC 7692
 * §7.2.2). It takes no more memory than has come, and an eighth more than the window at most.
 */
import { Buffer } from 'node:buffer';

const NOTHING: Buffer = Buffer.alloc(0);

/** Room behind a full window, in parts of its size: only when that is full, too, everything is moved to the front. */
const ROOM = 1 / 8;

export class Window {
  private readonly maxBytes: number;
  // `memory[start..end)` are the bytes.
  private memory: Buffer = NOTHING;
  private start = 0;
  private end = 0;

  /** @param windowBits its size, as a power of two */
  constructor(windowBits: number) {
    this.maxBytes = 2 ** windowBits;
  }

  /** In place: valid until the next `add`. */
  get bytes(): Buffer {
    return this.memory.subarray(this.start, this.end);
  }

  /** What has come. It is copied. */
  add(bytes: Uint8Array): void {
    const { maxBytes } = this;
    const added = bytes.length > maxBytes ? bytes.subarray(-maxBytes) : bytes;
    const kept = Math.min(this.end - this.start, maxBytes - added.length);
    this.start = this.end - kept;
    if (this.end + added.length > this.memory.length) this.makeRoom(kept + added.length);
    this.memory.set(added, this.end);
    this.end += added.length;
  }

  /** Moves what is kept to the front, of larger memory where that is needed for `length` bytes. */
  private makeRoom(length: number): void {
    const { memory, start, end } = this;
    const most = this.maxBytes * (1 + ROOM);
    if (memory.length < most) this.memory = Buffer.allocUnsafeSlow(Math.min(most, 2 * length));
    memory.copy(this.memory, 0, start, end);
    this.start = 0;
    this.end = end - start;
  }
}
