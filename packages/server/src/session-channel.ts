/**
 * A Holdfast session as the channel of a server-side socket: the driver's host in Node. It gives the driver the time, a
 * timer and the end of a turn, and translates between the API of ws (Buffers, callbacks, pause) and items. It does not know
 * transports; sessions.ts finds it by its id.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import {
  CLOSE_ABNORMAL,
  CLOSE_POLICY_VIOLATION,
  type Payload,
  type ProtocolError,
  ServerDriver,
  type ServerDriverHost,
  ServerSession,
} from '@holdfast/protocol';
import { BufferOverflowError } from './buffer-overflow.ts';
import type { Channel, ChannelHandler, SendCallback, SendOptions } from './channel.ts';
import { FrameBuffer, type FrameRun, KEPT_PAYLOAD_BYTES } from './frame-buffer.ts';
import type { PreparedMessage } from './prepared-message.ts';
import type { TimeoutList, Timeouts, Waiting } from './timeouts.ts';

/** What bounds one session. */
export interface SessionLimits {
  /** The longest message from the client, in bytes. */
  readonly maxMessageBytes: number;
  /** The most that may wait for the client's acknowledgement, in bytes; beyond it the session is ended. */
  readonly maxBufferedBytes: number;
  /** How long a session lives without a transport, in ms. */
  readonly expiryMs: number;
  /** How long the client has to answer a close, in ms. */
  readonly closeTimeoutMs: number;
  /** Whether pings are answered without the application. */
  readonly autoPong: boolean;
}

/** A `send` callback waits for the client's count to reach this number. */
interface Unacknowledged {
  readonly count: number;
  readonly callback: SendCallback;
}

export class SessionChannel implements Channel, ServerDriverHost, Waiting {
  readonly driver: ServerDriver<FrameRun>;
  /** Sessions negotiate no extensions; HTTP bodies and connections have their own. */
  readonly extensions = '';
  /** Called when the session is to be forgotten. */
  onForgotten: (() => void) | undefined = undefined;

  /** Once it is gone: what the client is told of it, behind `~gone`. */
  whyGone = '';

  private readonly limits: SessionLimits;
  private isConfirmed = false;
  private isTerminated = false;
  private handler: ChannelHandler | undefined = undefined;

  // Outgoing.
  private readonly unacknowledged: Unacknowledged[] = [];
  /** Fragments the application sent with `fin: false`, until the last one comes. */
  private parts: Uint8Array[] = [];
  /** Who will flush: nobody yet, the caller of `hold`, or the next tick. */
  private flushedBy: 'nobody' | 'holder' | 'tick' = 'nobody';

  // Incoming.
  /** What came while paused; undefined while not. */
  private held: (() => void)[] | undefined = undefined;
  private heldBytes = 0;

  // Time.
  private readonly timeouts: Timeouts;
  /** Until the driver's deadline; undefined where it has none. */
  private deadline: TimeoutList | undefined = undefined;
  /** When it comes. */
  private deadlineAt = 0;
  private closeTimer: NodeJS.Timeout | undefined = undefined;

  constructor(limits: SessionLimits, timeouts: Timeouts) {
    this.limits = limits;
    this.timeouts = timeouts;
    this.driver = new ServerDriver(new ServerSession(limits, new FrameBuffer()), this, limits.expiryMs);
    this.driver.touch();
  }

  /** Who is told what happens: the socket. Set once, before the first item comes. */
  setHandler(handler: ChannelHandler): void {
    this.handler = handler;
  }

  // From the transport.

  /** The client has shown that it knows of the session. */
  confirm(): void {
    this.isConfirmed = true;
  }

  /** Whether it has ended by itself, and there was never more of it than one request that may have come late, or twice. */
  get wasNeverUsed(): boolean {
    const { received, closeSent } = this.driver.session;
    return !this.isConfirmed && !this.isTerminated && !closeSent && received === 0;
  }

  /** Until `release`, what is sent waits for that instead of the next tick. */
  hold(): void {
    this.flushedBy = 'holder';
  }

  /** Flushes. */
  release(): void {
    this.flushedBy = 'nobody';
    this.driver.flush();
  }

  // Channel: from the socket.

  get bufferedAmount(): number {
    return this.driver.bufferedAmount;
  }

  get transport(): string | null {
    return this.driver.transport?.name ?? null;
  }

  send(data: string | Uint8Array, binary: boolean, options: SendOptions, callback?: SendCallback): void {
    if (options.fin === false || this.parts.length > 0) {
      this.parts.push(copy(data));
      if (options.fin === false) {
        callback?.();
        return;
      }
      this.number(Buffer.concat(this.parts), binary, callback);
      this.parts = [];
    } else {
      // The caller may use its buffer again at once; what is short is copied as it is encoded.
      const isKept = typeof data !== 'string' && data.length >= KEPT_PAYLOAD_BYTES;
      this.number(isKept ? copy(data) : data, binary, callback);
    }
  }

  /** The session keeps the payload until it is acknowledged: it is nobody's to fill again. */
  publish({ payload, binary }: PreparedMessage): void {
    this.driver.send(payload, binary);
  }

  hasRoomFor(bytes: number): boolean {
    return this.driver.session.outgoing.heldBytes + bytes <= this.limits.maxBufferedBytes;
  }

  overflow(): BufferOverflowError {
    const overflow = new BufferOverflowError(this.limits.maxBufferedBytes);
    this.handler?.onError(overflow);
    this.endAtOnce(CLOSE_POLICY_VIOLATION, overflow.message);
    return overflow;
  }

  ping(data: Uint8Array, callback?: SendCallback): void {
    this.driver.ping(Buffer.from(data).toString('base64'));
    callback?.();
  }

  pong(data: Uint8Array, callback?: SendCallback): void {
    this.driver.pong(Buffer.from(data).toString('base64'));
    callback?.();
  }

  close(code: number, reason: Uint8Array): void {
    this.driver.close(code, Buffer.from(reason).toString());
    this.closeTimer ??= setTimeout(() => this.driver.end(), this.limits.closeTimeoutMs).unref();
  }

  terminate(): void {
    this.endAtOnce(CLOSE_ABNORMAL, '');
  }

  /** What comes is held; if that is much, the client is told to hold back the rest. */
  pause(): void {
    this.held ??= [];
    this.driver.pause();
  }

  /** Delivers what was held, until it is paused again. */
  resume(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    try {
      while (held.length > 0 && this.held === undefined) held.shift()?.();
    } finally {
      // Paused again, or a listener has thrown: the rest is still owed.
      if (held.length > 0) this.held = held;
      else this.heldBytes = 0;
      if (this.held === undefined) this.driver.resume();
    }
  }

  // DriverHost: from the driver.

  now(): number {
    return performance.now();
  }

  onFlushDue(): void {
    if (this.flushedBy !== 'nobody') return;
    this.flushedBy = 'tick';
    process.nextTick(release, this);
  }

  onDeadline(at: number | undefined): void {
    // One that comes too early is told the next; so most deadlines need no timeout of their own.
    if (at === undefined || (this.deadline !== undefined && this.deadlineAt <= at)) return;
    this.deadline?.delete(this);
    this.deadlineAt = at;
    this.deadline = this.timeouts.start(this, at - this.now());
  }

  /** The deadline has come. */
  onTimeout(): void {
    this.deadline = undefined;
    this.driver.tick();
  }

  onMessage(data: Payload, binary: boolean): void {
    const buffer = asBuffer(data);
    if (this.held === undefined) {
      this.handler?.onMessage(buffer, binary);
      return;
    }
    this.heldBytes += buffer.length + ITEM_MEMORY_BYTES;
    this.held.push(() => this.handler?.onMessage(buffer, binary));
    if (this.heldBytes > this.limits.maxBufferedBytes) this.overflow();
  }

  onPing(data: string): void {
    if (this.limits.autoPong) this.driver.pong(data);
    this.handler?.onPing(Buffer.from(data, 'base64'));
  }

  onPong(data: string): void {
    this.handler?.onPong(Buffer.from(data, 'base64'));
  }

  onError(error: ProtocolError): void {
    this.deliver(() => this.handler?.onError(error));
  }

  onAcknowledged(count: number): void {
    if (this.unacknowledged.length === 0) return;
    let done = 0;
    for (; done < this.unacknowledged.length; done++) {
      if ((this.unacknowledged[done] as Unacknowledged).count > count) break;
    }
    for (const { callback } of this.unacknowledged.splice(0, done)) callback();
  }

  onClose(code: number, reason: string): void {
    clearTimeout(this.closeTimer);
    const reasonBytes = Buffer.from(reason);
    this.deliver(() => {
      if (code !== CLOSE_ABNORMAL) this.handler?.onClosing(code, reasonBytes);
      this.handler?.onClosed(code, reasonBytes);
    });
    // An end without a close of the client is told at once, behind what came before it: as where TCP breaks.
    if (code === CLOSE_ABNORMAL) while (this.held !== undefined) this.resume();
  }

  onFinished(): void {
    this.deadline?.delete(this);
    this.deadline = undefined;
    const lost = new Error('The session ended before the client acknowledged the message');
    for (const { callback } of this.unacknowledged.splice(0)) callback(lost);
    this.onForgotten?.();
  }

  private number(data: string | Uint8Array, binary: boolean, callback: SendCallback | undefined): void {
    // Of a text the length in bytes is only looked for where it decides.
    if (!this.hasRoomFor(data.length * MAX_BYTES_PER_UNIT) && !this.hasRoomFor(Buffer.byteLength(data))) {
      const overflow = this.overflow();
      callback?.(overflow);
      return;
    }
    this.driver.send(data, binary);
    if (callback === undefined) return;
    this.unacknowledged.push({ count: this.driver.session.outgoing.next, callback });
    this.driver.awaitAcknowledgement();
  }

  /** What is held is not delivered any more. A client that asks is told why. */
  private endAtOnce(code: number, reason: string): void {
    this.held = undefined;
    this.heldBytes = 0;
    this.isTerminated = true;
    if (code !== CLOSE_ABNORMAL) this.whyGone = `${code} ${reason}`;
    this.driver.end(code, reason);
  }

  private deliver(event: () => void): void {
    if (this.held === undefined) event();
    else this.held.push(event);
  }
}

function release(channel: SessionChannel): void {
  channel.release();
}

/** In UTF-8, for a UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

/** What a held item costs beside its payload, about: many empty messages fill the memory too. */
const ITEM_MEMORY_BYTES = 128;

function copy(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.copyBytesFrom(data);
}

function asBuffer(data: Payload): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
