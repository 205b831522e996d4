/**
 * Keeps the order of what is sent while a Blob is read: its bytes come later, and nothing sent after it may overtake it.
 * Exists only while there is such a Blob. What is done with the bytes, the caller says.
 */
import { Buffer } from 'node:buffer';
import type { SendCallback } from './channel.ts';

interface Waiting {
  /** Undefined where there is nothing to read first. */
  readonly blob: Blob | undefined;
  readonly bytes: number;
  /** Sends it. `data` are the bytes of the Blob. */
  readonly send: (data: Buffer) => void;
  readonly callback: SendCallback | undefined;
}

const NO_BYTES: Buffer = Buffer.alloc(0);

export class BlobQueue {
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  private readonly onEmpty: () => void;
  private readonly onError: (error: Error) => void;

  /**
   * @param onEmpty everything has been sent: the queue is not needed any more
   * @param onError a Blob could not be read; everything in the queue has been called back
   */
  constructor(onEmpty: () => void, onError: (error: Error) => void) {
    this.onEmpty = onEmpty;
    this.onError = onError;
  }

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.waitingBytes;
  }

  addBlob(blob: Blob, send: (data: Buffer) => void, callback: SendCallback | undefined): void {
    this.push({ blob, bytes: blob.size, send, callback });
    if (this.waiting.length === 1) void this.run();
  }

  /** Adds what has its bytes but must wait for its turn. */
  add(bytes: number, send: () => void, callback: SendCallback | undefined): void {
    this.push({ blob: undefined, bytes, send, callback });
  }

  /** Nothing of it will be sent. */
  abandon(error: Error): void {
    this.waitingBytes = 0;
    for (const { callback } of this.waiting.splice(0)) callback?.(error);
  }

  private push(waiting: Waiting): void {
    this.waitingBytes += waiting.bytes;
    this.waiting.push(waiting);
  }

  private async run(): Promise<void> {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      let data = NO_BYTES;
      if (first.blob !== undefined) {
        try {
          data = Buffer.from(await first.blob.arrayBuffer());
        } catch (cause) {
          const error = new Error('The Blob could not be read', { cause });
          this.abandon(error);
          this.onError(error);
          return;
        }
        if (this.waiting[0] !== first) return; // abandoned meanwhile
      }
      this.waiting.shift();
      this.waitingBytes -= first.bytes;
      first.send(data);
    }
    this.onEmpty();
  }
}
