/**
 * The frames of hixie-75 and hixie-76 (§4.2, §5.3): text from 0x00 to 0xFF, which no UTF-8 contains; frames of other types, which
 * "the server must discard"; and in hixie-76 the closing frame, 0xFF 0x00. Bytes in → texts out. Pure: nothing is written here.
 */
import { Buffer } from 'node:buffer';
import { ByteAccumulator, DEFAULT_MAX_MESSAGE_BYTES, isValidUtf8, ProtocolError } from '@holdfast/protocol';
import type { LegacyDraft } from './handshake.ts';

const TEXT = 0x00;
const END_OF_TEXT = 0xff;
const CLOSE = 0xff;
/** Set in the type of frames that have a length, instead of an end; and in all bytes of a length but the last. */
const HIGH_BIT = 0x80;
/** A byte of a length holds seven bits of it. */
const LENGTH_BASE = 0x80;

/** Seven bits each are more than any length that a number can hold; leading zeros would go on for ever. */
const MAX_LENGTH_BYTES = 8;

/** Ours, and the client's answer to it; the same in both directions. */
export const CLOSING_FRAME: Buffer = Buffer.from([CLOSE, 0x00]);

/** A whole text, or the end of texts. */
export type LegacyEvent = { readonly type: 'text'; readonly data: Buffer } | { readonly type: 'close' };

export interface LegacyDecoderOptions {
  /** hixie-75 has no closing frame: there it is one to be discarded. */
  readonly draft: LegacyDraft;
  /** The longest frame, also of those that are discarded, in bytes; a longer one is an error (1009). Default 100 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Whether text that is not UTF-8 is made UTF-8, by U+FFFD, as both drafts want it. Default true. */
  readonly validateUtf8?: boolean | undefined;
}

/** Call order: `push`, then `next` until it returns undefined. After an error nothing more may be asked. */
export class LegacyFrameDecoder {
  private readonly closes: boolean;
  private readonly maxMessageBytes: number;
  private readonly validateUtf8: boolean;

  /** What has not been read yet. */
  private unread: Buffer = NO_BYTES;
  /** What the next byte is part of. */
  private state: 'type' | 'text' | 'discarded text' | 'length' | 'discarded bytes' = 'type';

  // Of the frame that is being read.
  private type = 0;
  /** Of a text: bytes that came in earlier chunks. Undefined where there are none. */
  private text: ByteAccumulator | undefined = undefined;
  /** Of a length: its value so far, and how many bytes it has taken. Afterwards: how many bytes are still to be discarded. */
  private length = 0;
  private lengthBytes = 0;

  constructor({
    draft,
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    validateUtf8 = true,
  }: LegacyDecoderOptions) {
    this.closes = draft === 'hixie-76';
    this.maxMessageBytes = maxMessageBytes;
    this.validateUtf8 = validateUtf8;
  }

  /** Whether no frame has begun that is not complete. */
  get isBetweenFrames(): boolean {
    return this.state === 'type' && this.unread.length === 0;
  }

  /** @param chunk is the decoder's from now on: texts may be views of it */
  push(chunk: Buffer): void {
    this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
  }

  /** @throws ProtocolError a frame that is too long */
  next(): LegacyEvent | undefined {
    while (this.unread.length > 0) {
      const event = this.step();
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** Reads at least one byte. */
  private step(): LegacyEvent | undefined {
    switch (this.state) {
      case 'type':
        this.beginFrame(this.takeByte());
        return undefined;
      case 'text':
        return this.readText();
      case 'discarded text':
        this.discardText();
        return undefined;
      case 'length':
        return this.readLength(this.takeByte());
      case 'discarded bytes':
        this.length -= this.take(this.length).length;
        if (this.length === 0) this.state = 'type';
        return undefined;
    }
  }

  private beginFrame(type: number): void {
    this.type = type;
    this.length = 0;
    this.lengthBytes = 0;
    if (type === TEXT) this.state = 'text';
    else this.state = (type & HIGH_BIT) === 0 ? 'discarded text' : 'length';
  }

  private readText(): LegacyEvent | undefined {
    const end = this.unread.indexOf(END_OF_TEXT);
    const piece = this.take(end < 0 ? this.unread.length : end);
    this.checkLength((this.text?.length ?? 0) + piece.length);
    if (end < 0) {
      this.text ??= new ByteAccumulator(Buffer.allocUnsafeSlow);
      this.text.append(piece, Number.POSITIVE_INFINITY);
      return undefined;
    }
    this.takeByte();
    this.state = 'type';
    const data = this.text === undefined ? piece : joined(this.text, piece);
    this.text = undefined;
    return {
      type: 'text',
      data: !this.validateUtf8 || isValidUtf8(data) ? data : Buffer.from(data.toString()),
    };
  }

  private discardText(): void {
    const end = this.unread.indexOf(END_OF_TEXT);
    this.length += this.take(end < 0 ? this.unread.length : end).length;
    this.checkLength(this.length);
    if (end < 0) return;
    this.takeByte();
    this.state = 'type';
  }

  private readLength(byte: number): LegacyEvent | undefined {
    this.length = this.length * LENGTH_BASE + (byte & ~HIGH_BIT);
    this.checkLength(this.length);
    if ((byte & HIGH_BIT) !== 0) {
      if (++this.lengthBytes < MAX_LENGTH_BYTES) return undefined;
      throw new ProtocolError('HOLDFAST_ERR_INVALID_LENGTH_ENCODING', 'A length of too many bytes');
    }
    if (this.length > 0) {
      this.state = 'discarded bytes';
      return undefined;
    }
    this.state = 'type';
    return this.type === CLOSE && this.closes ? CLOSE_EVENT : undefined;
  }

  private checkLength(length: number): void {
    if (length <= this.maxMessageBytes) return;
    throw new ProtocolError('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'Max payload size exceeded');
  }

  private takeByte(): number {
    return this.take(1)[0] as number;
  }

  /** At most this many bytes. */
  private take(length: number): Buffer {
    const taken = this.unread.subarray(0, length);
    this.unread = this.unread.subarray(length);
    return taken;
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);
const CLOSE_EVENT: LegacyEvent = { type: 'close' };

function joined(before: ByteAccumulator, last: Buffer): Buffer {
  before.append(last, before.length + last.length);
  const bytes = before.take();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A text as it is sent. A string's UTF-8 has no 0xFF: lone surrogates become U+FFFD.
 *
 * @returns undefined for bytes that are not UTF-8: an 0xFF among them would end the frame, and begin another
 */
export function encodeText(text: string | Uint8Array): Buffer | undefined {
  if (typeof text !== 'string' && !isValidUtf8(text)) return undefined;
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const frame = Buffer.allocUnsafe(bytes.length + 2);
  frame[0] = TEXT;
  frame.set(bytes, 1);
  frame[frame.length - 1] = END_OF_TEXT;
  return frame;
}
