/**
 * The memory of compressing: zlib wants a quarter of a megabyte for each stream whose messages refer to those before. A
 * context may be taken from its holder at any time, since a new one refers to nothing and so can be inflated behind any other; so
 * they are bounded, those who have not used theirs for the longest time lose them first, and idle ones are freed.
 */
import { createDeflateRaw } from 'node:zlib';
import type { DeflateParameters } from './options.ts';
import { NEVER_STREAMED, RawZlib } from './raw-zlib.ts';

/** A context that nobody has used between two looks is freed. */
const SWEEP_INTERVAL_MS = 60_000;

/** zlib makes a window of 512 bytes where 256 are asked for (see {@link deflateWindowBits}). */
const MIN_ZLIB_WINDOW_BITS = 9;

export interface DeflateContext {
  readonly zlib: RawZlib;
  readonly windowBits: number;
  /** Who goes on with it; undefined while nobody does. Any other than the one who asks: it has been taken away. */
  holder: object | undefined;
  /** Whether it has been used since the last look. */
  isInUse: boolean;
}

/**
 * What to tell zlib for a window of 2^`bits` bytes. It takes 8, and then uses 9 and says so in a header that raw DEFLATE does not
 * have. Its output suits a window of 256 bytes all the same: zlib never refers further back than its window less 262
 * bytes (MIN_LOOKAHEAD, the room for a longest match), which with 512 is 250.
 */
export function deflateWindowBits(bits: number): number {
  return Math.max(bits, MIN_ZLIB_WINDOW_BITS);
}

export class DeflateContexts {
  readonly parameters: DeflateParameters;
  private readonly maxBytes: number;
  // Both in the order of their last use, the longest ago first.
  private readonly held = new Set<DeflateContext>();
  private readonly free = new Set<DeflateContext>();
  private bytesInUse = 0;
  /** Runs while there are contexts. */
  private sweepTimer: NodeJS.Timeout | undefined;

  /** @param maxBytes how much memory all of them may take; at least one there is in any case */
  constructor(parameters: DeflateParameters, maxBytes: number) {
    this.parameters = parameters;
    this.maxBytes = maxBytes;
  }

  /** As zlib's manual counts it. */
  get bytes(): number {
    return this.bytesInUse;
  }

  /**
   * The context to compress the next message with. It remembers the messages before where it is `previous`.
   *
   * @param previous what the same holder got the last time
   */
  take(holder: object, windowBits: number, previous: DeflateContext | undefined): DeflateContext {
    const isStillHeld = previous?.holder === holder;
    const context = isStillHeld ? previous : this.fresh(windowBits);
    context.holder = holder;
    context.isInUse = true;
    this.held.delete(context);
    this.held.add(context);
    return context;
  }

  /** Its holder will not go on with it. Nothing happens where it has been taken away already. */
  release(context: DeflateContext, holder: object): void {
    if (context.holder !== holder) return;
    context.holder = undefined;
    this.held.delete(context);
    this.free.add(context);
  }

  private fresh(windowBits: number): DeflateContext {
    for (const context of this.free) {
      if (context.windowBits === windowBits) return this.reuse(context);
    }
    const bytes = this.bytesOf(windowBits);
    while (this.bytesInUse > 0 && this.bytesInUse + bytes > this.maxBytes) {
      const [oldest] = this.free.size > 0 ? this.free : this.held;
      if (oldest === undefined) break;
      if (oldest.windowBits === windowBits) return this.reuse(oldest);
      this.close(oldest);
    }
    const zlib = new RawZlib(createDeflateRaw({ ...this.parameters, windowBits, chunkSize: NEVER_STREAMED }));
    this.bytesInUse += bytes;
    this.sweepTimer ??= setInterval(() => this.sweep(), SWEEP_INTERVAL_MS).unref();
    return { zlib, windowBits, holder: undefined, isInUse: true };
  }

  private reuse(context: DeflateContext): DeflateContext {
    this.free.delete(context);
    context.zlib.reset();
    return context;
  }

  private close(context: DeflateContext): void {
    context.holder = undefined;
    this.held.delete(context);
    this.free.delete(context);
    this.bytesInUse -= this.bytesOf(context.windowBits);
    context.zlib.close();
  }

  private sweep(): void {
    for (const context of [...this.free, ...this.held]) {
      if (!context.isInUse) this.close(context);
      context.isInUse = false;
    }
    if (this.bytesInUse > 0) return;
    clearInterval(this.sweepTimer);
    this.sweepTimer = undefined;
  }

  /** "(1 << (windowBits+2)) + (1 << (memLevel+9))" (zconf.h). */
  private bytesOf(windowBits: number): number {
    return (1 << (windowBits + 2)) + (1 << (this.parameters.memLevel + 9));
  }
}
