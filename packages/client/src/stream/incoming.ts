/**
 * What has come and was not read, as a ReadableStream of messages. If that is much, whoever sends is to hold back the rest: it says when, and
 * when to go on. An end, good or bad, comes behind all that was there before it.
 */
export type Incoming = string | Uint8Array<ArrayBuffer>;

/** What may wait to be read, in bytes: enough for a fast network. */
const WAITING_BYTES = 128 * 1024;
/** The peer goes on once no more than this waits, in bytes: not for every message that is read. */
const GO_ON_AT_BYTES: number = WAITING_BYTES / 2;
/** What a message costs that waits, beside its payload, in bytes, about: many empty ones fill the memory too. */
const MESSAGE_BYTES = 24;

export interface IncomingHost {
  /** The peer is to hold back what it has, or to go on. Told when that changes. */
  onHoldUp(isHeldUp: boolean): void;
  /** The reader wants no more. */
  onCancel(reason: unknown): void;
}

export class IncomingMessages {
  readonly readable: ReadableStream<Incoming>;
  private readonly host: IncomingHost;
  private controller: ReadableStreamDefaultController<Incoming> | undefined = undefined;
  private isHeldUp = false;
  /** What ended it, and waits until the rest has been read. */
  private failure: { readonly error: unknown } | undefined = undefined;

  constructor(host: IncomingHost) {
    this.host = host;
    this.readable = new ReadableStream(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.onRead(),
        cancel: (reason) => {
          this.controller = undefined;
          host.onCancel(reason);
        },
      },
      { highWaterMark: WAITING_BYTES, size: ({ length }) => length + MESSAGE_BYTES },
    );
  }

  add(message: Incoming): void {
    this.controller?.enqueue(message);
    if (this.waitingBytes >= WAITING_BYTES) this.holdUp(true);
  }

  close(): void {
    this.controller?.close();
    this.controller = undefined;
  }

  fail(error: unknown): void {
    this.failure = { error };
    this.failIfEmpty();
  }

  private onRead(): void {
    this.failIfEmpty();
    if (this.waitingBytes <= GO_ON_AT_BYTES) this.holdUp(false);
  }

  private failIfEmpty(): void {
    if (this.failure === undefined || this.waitingBytes > 0) return;
    this.controller?.error(this.failure.error);
    this.controller = undefined;
  }

  private get waitingBytes(): number {
    return WAITING_BYTES - (this.controller?.desiredSize ?? WAITING_BYTES);
  }

  private holdUp(isHeldUp: boolean): void {
    if (this.isHeldUp === isHeldUp) return;
    this.isHeldUp = isHeldUp;
    this.host.onHoldUp(isHeldUp);
  }
}
