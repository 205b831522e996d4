/**
 * A connection of hixie-75 or hixie-76 over a byte stream, after its opening handshake, as the channel of a socket. What these drafts
 * have no words for is answered here: binary messages and Pings are errors, fragments are joined, close codes stay at home. Built
 * to be plain rather than fast, one text a turn: all there is of such clients is old.
 */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { CLOSE_ABNORMAL, CLOSE_NO_STATUS_RECEIVED } from '@holdfast/protocol';
import { BufferOverflowError } from '../buffer-overflow.ts';
import type { Channel, ChannelHandler, SendCallback, SendOptions } from '../channel.ts';
import {
  type ConnectionOptions,
  DEFAULT_CLOSE_TIMEOUT_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
} from '../connection-options.ts';
import type { PreparedMessage } from '../prepared-message.ts';
import { CLOSING_FRAME, encodeText, type LegacyEvent, LegacyFrameDecoder } from './frames.ts';
import type { LegacyDraft } from './handshake.ts';

/** Something was to be sent that the drafts of 2010 have no frame for. Nothing was sent. */
export class UnsupportedByDraftError extends Error {
  override readonly name = 'UnsupportedByDraftError';
  readonly code = 'HOLDFAST_ERR_UNSUPPORTED_BY_DRAFT';

  constructor(draft: LegacyDraft, what: string) {
    super(`The client speaks ${draft}, which has no ${what}`);
  }
}

/**
 * - `open`: messages flow both ways.
 * - `close-sent`: we have ended our side, messages still come in until the client ends its own.
 * - `ending`: TCP is being closed. What still comes is read and dropped.
 * - `closed`: the socket is closed.
 */
type State = 'open' | 'close-sent' | 'ending' | 'closed';

/** A message that is sent in parts (`fin: false`). */
interface Parts {
  readonly binary: boolean;
  readonly data: Buffer[];
}

/** Call order: `writeHead`, `start`, then everything else. */
export class LegacyConnection implements Channel {
  // For the life of the connection.
  readonly extensions = '';
  private readonly socket: Duplex;
  private readonly draft: LegacyDraft;
  private readonly options: ConnectionOptions;
  private readonly decoder: LegacyFrameDecoder;
  private handler: ChannelHandler | undefined = undefined;

  private state: State = 'open';
  /** Whether both sides have ended as the draft has it: with closing frames in hixie-76, in hixie-75 by TCP alone. */
  private isClean = false;
  private closeTimer: NodeJS.Timeout | undefined = undefined;

  // Incoming.
  private isPaused = false;
  /** Whether a turn is coming that delivers. */
  private isScheduled = false;
  /** The client's half of TCP has ended, or all of it: to be told when everything before it is delivered. */
  private input: 'open' | 'ended' | 'destroyed' = 'open';
  /** Whether the client has ended its half, before whatever became of TCP. */
  private hasEnded = false;

  // Outgoing.
  private parts: Parts | undefined = undefined;
  /** Whether what is written waits for the end of the turn, to leave in one write. */
  private isCorked = false;

  constructor(socket: Duplex, draft: LegacyDraft, options: ConnectionOptions) {
    this.socket = socket;
    this.draft = draft;
    this.options = options;
    const { maxPayloadBytes, validateUtf8 } = options;
    this.decoder = new LegacyFrameDecoder({ draft, maxMessageBytes: maxPayloadBytes, validateUtf8 });
  }

  get transport(): 'websocket' {
    return 'websocket';
  }

  /** Framing included, and what waits for the last part of its message. */
  get bufferedAmount(): number {
    const waiting = this.parts?.data.reduce((sum, { length }) => sum + length, 0) ?? 0;
    return this.socket.writableLength + waiting;
  }

  /** Sends what ends the opening handshake. */
  writeHead(bytes: Uint8Array): void {
    this.write(bytes);
  }

  /**
   * Begins to read. Nothing is delivered before this turn is over.
   *
   * @param head bytes that were read behind the opening handshake
   */
  start(handler: ChannelHandler, head: Buffer): void {
    const { socket } = this;
    this.handler = handler;
    if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
    if ('setNoDelay' in socket && typeof socket.setNoDelay === 'function') socket.setNoDelay();
    socket.on('close', () => this.receiveEnd('destroyed'));
    socket.on('end', () => this.receiveEnd('ended'));
    // A network that fails is told by `close` alone.
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.handler?.onDrain?.());
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    this.receive(head);
  }

  send(data: string | Uint8Array, binary: boolean, { fin }: SendOptions, callback?: SendCallback): void {
    if (!this.maySend(callback)) return;
    if (fin !== false && this.parts === undefined) {
      this.sendWhole(data, binary, callback);
      return;
    }
    // There are no fragments: the message waits for its last part.
    this.parts ??= { binary, data: [] };
    this.parts.data.push(typeof data === 'string' ? Buffer.from(data) : Buffer.copyBytesFrom(data));
    if (fin === false) {
      callback?.();
      return;
    }
    const whole = this.parts;
    this.parts = undefined;
    this.sendWhole(Buffer.concat(whole.data), whole.binary, callback);
  }

  publish({ payload, binary }: PreparedMessage): void {
    if (this.state === 'open') this.sendWhole(payload, binary);
  }

  hasRoomFor(bytes: number): boolean {
    const { bufferedAmount } = this;
    return bufferedAmount === 0 || bufferedAmount + bytes <= this.maxBufferedBytes;
  }

  overflow(): void {
    this.handler?.onError(new BufferOverflowError(this.maxBufferedBytes));
    this.terminate();
  }

  /** An error for whoever asks for the outcome; nothing is lost otherwise. */
  ping(_data: Uint8Array, callback?: SendCallback): void {
    if (this.maySend(callback)) callLater(callback, new UnsupportedByDraftError(this.draft, 'Ping'));
  }

  pong(_data: Uint8Array, callback?: SendCallback): void {
    if (this.maySend(callback)) callLater(callback, new UnsupportedByDraftError(this.draft, 'Pong'));
  }

  /** No code is told to the client, and no reason. */
  close(): void {
    if (this.state !== 'open') return;
    this.state = 'close-sent';
    this.startCloseTimer();
    if (this.draft === 'hixie-76') this.write(CLOSING_FRAME);
    else this.socket.end();
  }

  terminate(): void {
    if (this.state === 'closed') return;
    this.state = 'ending';
    this.socket.destroy();
  }

  pause(): void {
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.deliverLater();
  }

  // From the socket.

  private receive(chunk: Buffer): void {
    if (!this.isReading) return;
    this.decoder.push(chunk);
    // Until all of it is delivered: TCP is to slow a client down that is faster.
    this.socket.pause();
    this.deliverLater();
  }

  private receiveEnd(input: 'ended' | 'destroyed'): void {
    this.input = input;
    if (input === 'ended') {
      this.hasEnded = true;
    } else {
      // What had arrived before TCP broke is delivered, paused or not.
      const rest: Buffer | null = this.socket.read();
      if (rest !== null && this.isReading) this.decoder.push(rest);
      this.isPaused = false;
    }
    this.deliverLater();
  }

  private deliverLater(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (!this.isPaused) this.deliverNext();
    });
  }

  private deliverNext(): void {
    const event = this.nextEvent();
    if (event !== undefined) {
      // First: a listener may throw.
      this.deliverLater();
      if (event.type === 'text') this.handler?.onMessage(event.data, false);
      else this.receiveClose();
    } else if (this.input === 'open') {
      this.socket.resume();
    } else {
      this.finish();
    }
  }

  private nextEvent(): LegacyEvent | undefined {
    if (!this.isReading) return undefined;
    try {
      return this.decoder.next();
    } catch (error) {
      this.fail();
      this.handler?.onError(error as Error);
      return undefined;
    }
  }

  // The end.

  /** The client's closing frame (hixie-76 §5.3). */
  private receiveClose(): void {
    if (this.state === 'open') this.write(CLOSING_FRAME);
    this.isClean = true;
    this.state = 'ending';
    this.endSocket();
    this.handler?.onClosing(CLOSE_NO_STATUS_RECEIVED, NO_REASON);
  }

  /** Everything was delivered, and the client's half of TCP, or all of it, is at its end. */
  private finish(): void {
    if (this.isReading) {
      if (this.draft === 'hixie-75') this.isClean = this.hasEnded && this.decoder.isBetweenFrames;
      this.state = 'ending';
      this.handler?.onClosing(this.closeCode, NO_REASON);
    }
    if (this.input === 'ended') {
      this.endSocket();
    } else if (this.state !== 'closed') {
      this.state = 'closed';
      clearTimeout(this.closeTimer);
      this.handler?.onClosed(this.closeCode, NO_REASON);
    }
  }

  /** Ends our side, and takes no notice of what still comes. Who tells the handler is the caller. */
  private fail(): void {
    if (this.state === 'open' && this.draft === 'hixie-76') this.write(CLOSING_FRAME);
    this.state = 'ending';
    this.endSocket();
  }

  private endSocket(): void {
    this.startCloseTimer();
    this.socket.end();
  }

  private startCloseTimer(): void {
    const timeoutMs = this.options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
    this.closeTimer ??= setTimeout(() => this.socket.destroy(), timeoutMs);
  }

  /** "There was a Close, and it had no code" is the nearest that RFC 6455 §7.4.1 has. */
  private get closeCode(): number {
    return this.isClean ? CLOSE_NO_STATUS_RECEIVED : CLOSE_ABNORMAL;
  }

  // Outgoing.

  private sendWhole(data: string | Uint8Array, binary: boolean, callback?: SendCallback): void {
    const frame = binary ? undefined : encodeText(data);
    if (frame !== undefined) {
      this.write(frame, callback);
      return;
    }
    const error = new UnsupportedByDraftError(this.draft, binary ? 'binary messages' : 'text but UTF-8');
    if (callback !== undefined) {
      callLater(callback, error);
      return;
    }
    // Nobody asks for the outcome. A message is missing from now on: nothing behind it would make sense to the client.
    this.fail();
    process.nextTick(() => this.handler?.onError(error));
  }

  private write(bytes: Uint8Array, callback?: SendCallback): void {
    const { socket } = this;
    if (!this.isCorked) {
      this.isCorked = true;
      socket.cork();
      process.nextTick(() => {
        this.isCorked = false;
        socket.uncork();
      });
    }
    if (callback === undefined) socket.write(bytes);
    else socket.write(bytes, (error) => callback(error ?? undefined));
  }

  private get maxBufferedBytes(): number {
    return this.options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES;
  }

  private get isReading(): boolean {
    return this.state === 'open' || this.state === 'close-sent';
  }

  private maySend(callback: SendCallback | undefined): boolean {
    if (this.state === 'open') return true;
    callLater(callback, new Error('The connection is closing or closed'));
    return false;
  }
}

const NO_REASON: Buffer = Buffer.alloc(0);

function callLater(callback: SendCallback | undefined, error: Error): void {
  if (callback !== undefined) process.nextTick(callback, error);
}
