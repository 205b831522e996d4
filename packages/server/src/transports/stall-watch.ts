/**
 * Notices that somebody on the path holds a stream back, all of it or only its last chunk: what was written is not acknowledged when it is
 * due, whatever became of what was written before. It is told what goes out, and asks the session's buffer what has arrived.
 */
import type { SendBuffer } from '@holdfast/protocol';

/** A client acknowledges within 250 ms, and the way there and back is seldom longer than the rest. A false alarm costs one request. */
const STALLED_AFTER_MS = 1000;

/** What is on its way may be this slow, in bytes per ms (64 KiB/s). */
const SLOWEST_DOWNLOAD = 64;

/** What is written in so many ms counts as written with the first of it. */
const BATCH_MS = 100;

type Outgoing = Pick<SendBuffer<never>, 'acknowledged' | 'cursor' | 'heldBytes' | 'unsentBytes'>;

export class StallWatch {
  private readonly outgoing: Outgoing;
  private readonly onStalled: () => void;
  /** What has been written, up to this count, and when it is to be acknowledged; in order of both. */
  private readonly batches: { count: number; dueAt: number }[] = [];
  private timer: NodeJS.Timeout | undefined = undefined;

  /** @param onStalled the last call */
  constructor(outgoing: Outgoing, onStalled: () => void) {
    this.outgoing = outgoing;
    this.onStalled = onStalled;
  }

  /** Everything up to the buffer's cursor has been written. */
  wrote(): void {
    const { cursor, heldBytes, unsentBytes } = this.outgoing;
    const dueAt = performance.now() + STALLED_AFTER_MS + (heldBytes - unsentBytes) / SLOWEST_DOWNLOAD;
    const last = this.batches.at(-1);
    if (last !== undefined && dueAt - last.dueAt < BATCH_MS) last.count = cursor;
    else this.batches.push({ count: cursor, dueAt });
    if (this.timer === undefined) this.look();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const { batches, outgoing } = this;
    const arrived = batches.findIndex(({ count }) => count > outgoing.acknowledged);
    batches.splice(0, arrived < 0 ? batches.length : arrived);
    const [oldest] = batches;
    this.timer = undefined;
    if (oldest === undefined) return;
    const leftMs = oldest.dueAt - performance.now();
    if (leftMs <= 0) this.onStalled();
    else this.timer = setTimeout(() => this.look(), leftMs);
  }
}
