/**
 * What is written, as a WritableStream of messages: a write is through once the network has taken all but a little of what was written so far.
 */
import { Deferred } from './deferred.ts';

export type Outgoing = string | ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** What the network may still have to take when the next message is written, in bytes: enough for a request that carries many. */
const WAITING_BYTES = 128 * 1024;

/** No platform tells when what was sent has left. Only looked at while much has not. */
const LOOK_AGAIN_AFTER_MS = 4;

export interface OutgoingHost {
  /** Bytes that were sent and not taken by the network. */
  readonly bufferedAmount: number;
  /** Returns whether it will be sent: nothing is once the connection closes, and nobody is told. */
  send(message: Outgoing): boolean;
  /** The writer has closed: the connection is to be. `end` follows. */
  onClose(): void;
  onAbort(reason: unknown): void;
}

export class OutgoingMessages {
  readonly writable: WritableStream<Outgoing>;
  private readonly host: OutgoingHost;
  private controller: WritableStreamDefaultController | undefined = undefined;
  /** The write that waits. */
  private writing: Deferred<void> | undefined = undefined;
  /** The writer's close. */
  private closing: Deferred<void> | undefined = undefined;

  constructor(host: OutgoingHost) {
    this.host = host;
    this.writable = new WritableStream({
      start: (controller) => {
        this.controller = controller;
      },
      write: (chunk) => this.write(chunk),
      close: () => {
        this.closing = new Deferred();
        host.onClose();
        return this.closing.promise;
      },
      abort: (reason) => host.onAbort(reason),
    });
  }

  /** Whether a write still waits. */
  get isWriting(): boolean {
    return this.writing !== undefined;
  }

  /** The connection was closed, and has all that was written. @param error of whoever writes now */
  close(error: unknown): void {
    this.writing?.resolve();
    this.closing?.resolve();
    this.end(error);
  }

  /** The connection has ended. */
  fail(error: unknown): void {
    this.writing?.reject(error);
    this.closing?.reject(error);
    this.end(error);
  }

  private end(error: unknown): void {
    this.writing = undefined;
    this.controller?.error(error);
  }

  /** @throws TypeError a chunk that is no message */
  private write(chunk: unknown): Promise<void> | undefined {
    if (!this.host.send(toMessage(chunk)) || this.hasRoom) return undefined;
    const writing = new Deferred<void>();
    this.writing = writing;
    this.awaitRoom(writing);
    return writing.promise;
  }

  private get hasRoom(): boolean {
    return this.host.bufferedAmount <= WAITING_BYTES;
  }

  private awaitRoom(writing: Deferred<void>): void {
    setTimeout(() => {
      if (this.writing !== writing) return;
      if (this.hasRoom) {
        this.writing = undefined;
        writing.resolve();
      } else this.awaitRoom(writing);
    }, LOOK_AGAIN_AFTER_MS);
  }
}

/** WebIDL: a BufferSource, which is never shared, or a USVString. @throws TypeError */
function toMessage(chunk: unknown): Outgoing {
  const buffer: unknown = ArrayBuffer.isView(chunk) ? chunk.buffer : chunk;
  const tag = typeof buffer === 'object' ? Object.prototype.toString.call(buffer) : '';
  if (!/ArrayBuffer]$/.test(tag)) return `${chunk}`;
  const { resizable } = buffer as ArrayBuffer & { readonly resizable?: boolean };
  if (tag !== '[object ArrayBuffer]' || resizable === true)
    throw new TypeError('A buffer that is shared, or may be resized.');
  return chunk as ArrayBuffer | ArrayBufferView<ArrayBuffer>;
}
