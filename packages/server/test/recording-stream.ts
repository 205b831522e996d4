/** A stream that records what is written to it, one entry for each call of the system it would have been. */
import { Duplex } from 'node:stream';

export class RecordingStream extends Duplex {
  readonly writes: Buffer[] = [];
  /** While true, writes are taken but not finished: a peer that does not read. */
  stalled = false;
  private resumeWriting: (() => void) | undefined;

  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  letGo(): void {
    this.stalled = false;
    this.resumeWriting?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.record([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.record(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  private record(chunks: Buffer[], callback: () => void): void {
    this.writes.push(Buffer.concat(chunks));
    if (this.stalled) this.resumeWriting = callback;
    else callback();
  }
}

/** Resolves when what this turn has scheduled for its end is done. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
