/**
 * Wire messages ⇄ the bytes of an HTTP body (PROTOCOL.md §5): RFC 6455 frames, unmasked and unfragmented, text or
 * binary. `BatchWriter` gathers one body or one chunk of it, `BatchReader` takes a body's bytes as they come. What the
 * wire messages mean is not known here.
 */
import { concatBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { encodeFrameHeader, OPCODE_BINARY, OPCODE_TEXT } from './frames.ts';
import type { Payload } from './item.ts';

/** One wire message as it stands in a body. */
export interface WireMessage {
  /** The payload: a view of the bytes it came in where it lies in one piece. Text is not validated here. */
  readonly data: Uint8Array;
  readonly binary: boolean;
}

/** Gathers wire messages. `encodeText` is given by each place (TextEncoder, Buffer), since theirs is native. */
export class BatchWriter {
  private readonly parts: Uint8Array[] = [];
  private readonly encodeText: (text: string) => Uint8Array;

  constructor(encodeText: (text: string) => Uint8Array) {
    this.encodeText = encodeText;
  }

  write(data: Payload, binary = false): void {
    const payload = typeof data === 'string' ? this.encodeText(data) : data;
    this.parts.push(encodeFrameHeader(binary ? OPCODE_BINARY : OPCODE_TEXT, payload.length), payload);
  }

  /** Everything written, in one array. */
  finish(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.parts) as Uint8Array<ArrayBuffer>;
  }
}

/** Reads the wire messages of one body. */
export class BatchReader {
  private readonly frames: FrameDecoder;

  /** @param maxPayloadBytes the longest wire message; a longer one is refused before it is buffered */
  constructor(maxPayloadBytes: number) {
    this.frames = new FrameDecoder({ expectMasked: false, maxPayloadBytes });
  }

  /** Takes the next bytes of the body. They belong to the reader until `next` has returned undefined. */
  push(chunk: Uint8Array): void {
    this.frames.push(chunk);
  }

  /** The next wire message, or undefined when more bytes are needed. @throws ProtocolError */
  next(): WireMessage | undefined {
    const frame = this.frames.next();
    if (frame === undefined) return undefined;
    const binary = frame.opcode === OPCODE_BINARY;
    if (!frame.fin || !(binary || frame.opcode === OPCODE_TEXT)) {
      this.frames.fail(new ProtocolError('HOLDFAST_ERR_WIRE', 'A frame that has no place in a body'));
    }
    return { data: frame.payload, binary };
  }

  /** Whether the bytes so far end between two wire messages; else the body was cut. */
  get complete(): boolean {
    return this.frames.isBetweenFrames;
  }
}
