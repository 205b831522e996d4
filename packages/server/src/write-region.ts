/**
 * Memory for what is gathered for one socket: a region that grows, within a slab that all connections share. A
 * connection that has nothing to write holds no memory, and one that writes between two reads uses the same hot
 * bytes again and again. Regions of many connections may grow in turns: one that cannot grow in place
 * moves behind the last and takes room to spare, so that each byte is moved a bounded number of times.
 */
import { Buffer } from 'node:buffer';
import { viewBuffer } from './buffer-view.ts';

/** A few times what one connection gathers at most (FLUSH_BYTES in frame-writer.ts). */
const SLAB_BYTES = 128 * 1024;

interface Slab {
  readonly bytes: Buffer;
  /** `bytes.buffer`, which costs a call to ask for. */
  readonly memory: ArrayBufferLike;
  /** `bytes[used..)` is free. */
  used: number;
  /** `bytes[0..pinned)` may still be read by a socket that could not write all of it at once. */
  pinned: number;
  /** How many regions are held. */
  regions: number;
}

const NO_SLAB: Slab = newSlab(0);

/** The slab that new regions are taken from. Full ones are left to the garbage collector. */
let currentSlab = NO_SLAB;

/** Call order: `reserve`, fill, `commit`, as often as wanted; then `take`, and `giveBack` once it is written. */
export class WriteRegion {
  // `slab.bytes[start..end)` is filled, `[end..limit)` is reserved. All empty while nothing is gathered.
  private slab: Slab = NO_SLAB;
  private start = 0;
  private end = 0;
  private limit = 0;

  /** Bytes committed. */
  get length(): number {
    return this.end - this.start;
  }

  /** Where to fill. Changes with `reserve`. */
  get bytes(): Buffer {
    return this.slab.bytes;
  }

  /** Makes room for `length` bytes and returns where in `bytes` it begins. */
  reserve(length: number): number {
    if (this.end + length > this.limit && !this.extend(length)) this.move(length);
    return this.end;
  }

  /** Everything before `end` in `bytes` has been filled. */
  commit(end: number): void {
    this.end = end;
  }

  /** What is committed, in place, for {@link giveBack}. The region is empty again. */
  take(): Buffer {
    const taken = viewBuffer(this.slab.memory, this.start, this.end - this.start);
    this.slab = NO_SLAB;
    this.start = 0;
    this.end = 0;
    this.limit = 0;
    return taken;
  }

  /** The last region of its slab grows in place, while the slab has room. */
  private extend(length: number): boolean {
    const { slab } = this;
    const limit = this.end + length;
    if (this.limit !== slab.used || limit > slab.bytes.length) return false;
    this.limit = limit;
    slab.used = limit;
    return true;
  }

  private move(length: number): void {
    const filled = this.length;
    // A region that has to move will have to again: others grow too. Doubling bounds how often.
    const room = filled === 0 ? length : 2 * (filled + length);
    const slab = slabWithRoom(room);
    const start = slab.used;
    slab.used += room;
    if (filled > 0) this.slab.bytes.copy(slab.bytes, start, this.start, this.end);
    // A region that moves within its slab is held once, as before.
    if (this.slab !== slab) slab.regions++;
    this.slab = slab;
    this.start = start;
    this.end = start + filled;
    this.limit = slab.used;
  }
}

/**
 * Ends the use of what `take` returned.
 *
 * @param isReusable false when a socket may still read it
 */
export function giveBack(taken: Buffer, isReusable: boolean): void {
  const slab = currentSlab;
  if (taken.buffer !== slab.memory) return; // of an older slab, which nobody fills any more
  if (!isReusable) slab.pinned = Math.max(slab.pinned, taken.byteOffset + taken.length);
  if (--slab.regions === 0) slab.used = slab.pinned;
}

function slabWithRoom(room: number): Slab {
  if (currentSlab.used + room > currentSlab.bytes.length) {
    currentSlab = newSlab(Math.max(SLAB_BYTES, room));
  }
  return currentSlab;
}

function newSlab(length: number): Slab {
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, memory: bytes.buffer, used: 0, pinned: 0, regions: 0 };
}
