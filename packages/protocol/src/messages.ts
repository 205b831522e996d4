/**
 * Bytes → messages (RFC 6455 §5.4, §5.6, §8.1). Puts the fragments of a message together, lets control
 * frames through between them, holds to the limits before anything is buffered, and validates text while it
 * comes, also within a frame that is not complete. Receiving returns, it never acts: a Ping is handed out,
 * not answered.
 *
 * The seam for permessage-deflate: with `allowRsv1`, a message whose first frame had RSV1 set comes out
 * with `compressed: true`, its data as they came. Inflating is left to the caller, and so are, after that,
 * the limit of the inflated length and `isValidUtf8`.
 */
import { type Allocate, ByteAccumulator, type View } from './bytes.ts';
import { parseClosePayload } from './close.ts';
import { isProtocolError, ProtocolError, type ProtocolErrorCode } from './errors.ts';
import { FrameDecoder, maxDeflatedBytes } from './frame-decoder.ts';
import {
  type Frame,
  isControlOpcode,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_TEXT,
} from './frames.ts';
import { UTF8_BORDER, UTF8_INVALID, validateUtf8 } from './utf8.ts';

/** A message, all fragments of it. */
export interface DataEvent {
  readonly type: 'text' | 'binary';
  /** The payload. Of a text: valid UTF-8, unless compressed or `validateUtf8` is off. */
  readonly data: Uint8Array;
  /** Whether RSV1 was set on the first frame: `data` are then compressed and not validated. */
  readonly compressed: boolean;
  /** Of a binary message in several frames, not compressed: where in `data` each but the last of them ends. */
  readonly fragmentEnds?: readonly number[] | undefined;
}

/** A Ping, which is to be answered by a Pong with the same data (RFC 6455 §5.5.2), or a Pong. */
export interface PingPongEvent {
  readonly type: 'ping' | 'pong';
  readonly data: Uint8Array;
}

/** A Close: the last event there is. */
export interface CloseFrameEvent {
  readonly type: 'close';
  /** 1005 when the frame held none. */
  readonly code: number;
  readonly reason: string;
}

/** What a {@link MessageDecoder} finds in the bytes it is given. */
export type DecodedEvent = DataEvent | PingPongEvent | CloseFrameEvent;

/** As in `ws`. A text of this length becomes a string of up to 100 Mi code units, well below V8's limit. */
export const DEFAULT_MAX_MESSAGE_BYTES: number = 100 * 1024 * 1024;

/** As in `ws`. Fragments are joined as they come, so this bounds the work for one message, not memory. */
export const DEFAULT_MAX_FRAGMENTS: number = 128 * 1024;

/** Options of a {@link MessageDecoder}. */
export interface MessageDecoderOptions {
  /** See `FrameDecoderOptions`: true for a server over TCP, false otherwise. */
  readonly expectMasked: boolean;
  /** Whether permessage-deflate was negotiated. Default false. */
  readonly allowRsv1?: boolean | undefined;
  /**
   * The longest message, in bytes, all fragments together. A longer one is refused (close code 1009) from the header of the
   * frame that exceeds it; a compressed one where it is longer than the compressed form of so many bytes can be.
   * Default 100 MiB; `Infinity` for no limit, which lets any peer fill the memory.
   */
  readonly maxMessageBytes?: number | undefined;
  /** The most frames a message may consist of; beyond it is 1008. Default 131072. */
  readonly maxFragments?: number | undefined;
  /**
   * Whether text is validated. Default true. `false` only for callers that decode it strictly themselves: RFC 6455
   * §8.1 requires that one of the two does.
   */
  readonly validateUtf8?: boolean | undefined;
  /** Memory for what does not lie in one chunk. Default: a new Uint8Array. */
  readonly allocate?: Allocate | undefined;
  /** See `FrameDecoderOptions`. */
  readonly view?: View | undefined;
}

/** `opcode` between two messages. No frame that begins a message has it. */
const BETWEEN_MESSAGES = OPCODE_CONTINUATION;

/** `examinedBytes` before the frame has been looked at. */
const NOT_EXAMINED = -1;

/**
 * Bytes → messages and control frames. Call order: `push` a chunk, then `next` until it returns undefined.
 *
 * Memory: a chunk belongs to the decoder from `push` until `next` has returned undefined; it is unmasked in
 * place. The data of an event may be a view of that chunk: whoever keeps it longer and fills the chunk
 * again must copy it. The decoder itself keeps no reference to any chunk.
 *
 * After a violation every later call throws the same error again. After a Close everything is ignored.
 */
export class MessageDecoder {
  // For the life of the connection.
  private readonly frames: FrameDecoder;
  private readonly maxMessageBytes: number;
  private readonly maxFragments: number;
  private readonly validatesUtf8: boolean;
  private readonly allocate: Allocate | undefined;

  // For one message.
  /** Opcode of its first frame, or `BETWEEN_MESSAGES`. */
  private opcode: number = BETWEEN_MESSAGES;
  private compressed = false;
  /** How many of its frames have begun. */
  private fragments = 0;
  /** What the text so far leaves open; `UTF8_BORDER` for all other messages. */
  private utf8State: number = UTF8_BORDER;
  /** The payloads of its complete frames, while the last one is not among them; undefined if there is none. */
  private assembled: ByteAccumulator | undefined;
  /** As in {@link DataEvent}, so far. */
  private fragmentEnds: number[] | undefined;

  // For one data frame.
  /** How much of its payload has been validated, in bytes; `NOT_EXAMINED` before its header was checked. */
  private examinedBytes: number = NOT_EXAMINED;

  constructor(options: MessageDecoderOptions) {
    this.maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.maxFragments = options.maxFragments ?? DEFAULT_MAX_FRAGMENTS;
    this.validatesUtf8 = options.validateUtf8 ?? true;
    this.allocate = options.allocate;
    this.frames = new FrameDecoder(options);
    this.frames.maxPayloadBytes = this.maxMessageBytes;
  }

  /** Takes the next bytes of the stream. Does not copy them; see the class on who owns them. */
  push(chunk: Uint8Array): void {
    this.frames.push(chunk);
  }

  /**
   * The next message or control frame, or undefined when more bytes are needed.
   *
   * @throws ProtocolError the first violation. What came before it has been returned by then.
   */
  next(): DecodedEvent | undefined {
    for (;;) {
      const frame = this.frames.next();
      if (frame === undefined) {
        const { unfinished } = this.frames;
        if (unfinished !== undefined && !isControlOpcode(unfinished.opcode)) this.examine(unfinished);
        return undefined;
      }
      const event = isControlOpcode(frame.opcode) ? this.controlEvent(frame) : this.dataEvent(frame);
      if (event !== undefined) return event;
    }
  }

  /** Whether everything pushed has been read and ended with the end of a frame. */
  get isBetweenFrames(): boolean {
    return this.frames.isBetweenFrames;
  }

  /** Whether everything pushed has been read and ended with the end of a message, or a frame between two. */
  get isBetweenMessages(): boolean {
    return this.opcode === BETWEEN_MESSAGES && this.frames.isBetweenFrames;
  }

  private dataEvent(frame: Frame): DataEvent | undefined {
    const { payload } = frame;
    this.examine(frame);
    this.examinedBytes = NOT_EXAMINED;
    if (!frame.fin) {
      this.assembled ??= new ByteAccumulator(this.allocate);
      const maxBytes = this.compressed ? maxDeflatedBytes(this.maxMessageBytes) : this.maxMessageBytes;
      this.assembled.append(payload, maxBytes);
      this.frames.maxPayloadBytes = maxBytes - this.assembled.length;
      if (this.opcode === OPCODE_BINARY && !this.compressed) {
        this.fragmentEnds ??= [];
        this.fragmentEnds.push(this.assembled.length);
      }
      return undefined;
    }
    if (this.utf8State !== UTF8_BORDER) this.violate('WS_ERR_INVALID_UTF8', 'text ends within a character');
    const type = this.opcode === OPCODE_TEXT ? 'text' : 'binary';
    this.opcode = BETWEEN_MESSAGES;
    const { fragmentEnds } = this;
    this.fragmentEnds = undefined;
    return {
      type,
      data: this.assembled === undefined ? payload : this.join(payload),
      compressed: this.compressed,
      fragmentEnds,
    };
  }

  private join(lastPayload: Uint8Array): Uint8Array {
    const assembled = this.assembled as ByteAccumulator;
    assembled.append(lastPayload, assembled.length + lastPayload.length);
    this.assembled = undefined;
    this.frames.maxPayloadBytes = this.maxMessageBytes;
    return assembled.take();
  }

  /** Checks what has not been checked yet of a data frame, complete or not. */
  private examine(frame: Frame): void {
    if (this.examinedBytes === NOT_EXAMINED) {
      this.checkSequence(frame);
      this.examinedBytes = 0;
    }
    if (this.opcode !== OPCODE_TEXT || this.compressed || !this.validatesUtf8) return;
    this.utf8State = validateUtf8(frame.payload, this.utf8State, this.examinedBytes);
    if (this.utf8State === UTF8_INVALID) this.violate('WS_ERR_INVALID_UTF8', 'invalid UTF-8 sequence');
    this.examinedBytes = frame.payload.length;
  }

  /** The rules of fragmentation (RFC 6455 §5.4), from a data frame's header. */
  private checkSequence(frame: Frame): void {
    if ((frame.opcode === OPCODE_CONTINUATION) === (this.opcode === BETWEEN_MESSAGES)) {
      this.violate(
        'WS_ERR_INVALID_OPCODE',
        `invalid opcode ${frame.opcode} ${this.opcode === BETWEEN_MESSAGES ? 'between messages' : 'within a message'}`,
      );
    }
    if (this.opcode === BETWEEN_MESSAGES) {
      this.opcode = frame.opcode;
      this.compressed = frame.rsv1;
      this.fragments = 0;
    }
    if (++this.fragments > this.maxFragments) {
      this.violate('WS_ERR_TOO_MANY_BUFFERED_PARTS', 'Too many message fragments');
    }
  }

  private controlEvent(frame: Frame): PingPongEvent | CloseFrameEvent {
    if (frame.opcode === OPCODE_CLOSE) return this.closeEvent(frame.payload);
    return { type: frame.opcode === OPCODE_PING ? 'ping' : 'pong', data: frame.payload };
  }

  private closeEvent(payload: Uint8Array): CloseFrameEvent {
    try {
      const { code, reason } = parseClosePayload(payload);
      this.frames.discard();
      return { type: 'close', code, reason };
    } catch (error) {
      if (isProtocolError(error)) this.frames.fail(error);
      throw error;
    }
  }

  private violate(code: ProtocolErrorCode, message: string): never {
    this.frames.fail(new ProtocolError(code, message));
  }
}
