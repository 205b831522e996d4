/**
 * The send buffer of a server's session (protocol/send-buffer.ts), which holds what is sent as the frames that say it: unmasked, as
 * they leave in an HTTP body and on a WebSocket alike (PROTOCOL.md §2). A message is encoded once, when it is sent, and is a few
 * bytes until it is acknowledged, not objects. Handed out is the memory itself, which nobody writes to any more; the frames behind
 * it are filled in while it may still be on its way to the network.
 */
import { Buffer } from 'node:buffer';
import {
  closeArgument,
  control,
  fragment,
  MAX_FRAGMENT_LENGTH,
  type Payload,
  ProtocolError,
  type Run,
  type SendBuffer,
} from '@holdfast/protocol';
import { FrameSegment } from './frame-segment.ts';

/** Consecutive items, as frames. */
export interface FrameRun extends Run {
  /** How many items. */
  readonly count: number;
  /** Their bytes, whole frames in each. */
  readonly frames: readonly Buffer[];
}

/** Segments grow with what waits: a few short messages take little, many of them few segments. */
const SEGMENT_BYTES = [512, 8 * 1024, 64 * 1024];

/** From here a payload is kept as it is: it costs less than copying it. */
export const KEPT_PAYLOAD_BYTES = 4096;

export class FrameBuffer implements SendBuffer<FrameRun> {
  acknowledged = 0;
  cursor = 0;
  next = 0;
  heldBytes = 0;
  unsentBytes = 0;
  resent = 0;

  /** What is held, and what was acknowledged of the first of them. */
  private segments: FrameSegment[] = [];
  /** Where the cursor stands: in this segment, at this byte. */
  private cursorIndex = 0;
  private cursorOffset = 0;
  /** The cursor's highest position: what the peer can have seen. */
  private handedOut = 0;

  get hasUnsent(): boolean {
    return this.cursor < this.next;
  }

  /** @param data bytes of {@link KEPT_PAYLOAD_BYTES} or more must never change from now on */
  append(data: Payload, binary: boolean): void {
    if (typeof data === 'string' && binary) {
      this.append(Buffer.from(data), binary);
    } else if (data.length <= MAX_FRAGMENT_LENGTH) {
      this.appendFragment(data, binary, true);
    } else {
      for (const { data: part, final } of fragment(data, binary)) this.appendFragment(part, binary, final);
    }
  }

  appendClose(code: number, reason: string): void {
    this.appended(
      this.segmentFor(FrameSegment.CONTROL_BYTES).addControl(control('close', closeArgument(code, reason))),
    );
  }

  take(capacityBytes: number): FrameRun {
    const first = this.cursor;
    const frames: Buffer[] = [];
    if (capacityBytes <= 0) return { first, count: 0, frames };
    let room = capacityBytes;
    while (this.cursor < this.next) {
      const segment = this.segments[this.cursorIndex] as FrameSegment;
      const bytes = segment.length - this.cursorOffset;
      if (bytes > 0) {
        if (frames.length > 0 && bytes > room) break;
        segment.pushBytes(frames, this.cursorOffset);
        room -= bytes;
        this.unsentBytes -= bytes;
        this.cursor = segment.next;
        this.cursorOffset = segment.length;
      }
      if (this.cursor < this.next) {
        this.cursorIndex++;
        this.cursorOffset = 0;
      }
    }
    if (first < this.handedOut) this.resent += Math.min(this.cursor, this.handedOut) - first;
    if (this.cursor > this.handedOut) this.handedOut = this.cursor;
    return { first, count: this.cursor - first, frames };
  }

  acknowledge(count: number): void {
    this.checkAcknowledgement(count);
    if (count <= this.acknowledged) return;
    this.acknowledged = count;
    // Sent on a transport that ended, rewound, and then acknowledged after all.
    if (this.cursor < count) this.moveCursor(count);
    this.letGo();
  }

  checkAcknowledgement(count: number): void {
    if (count > this.handedOut)
      throw new ProtocolError('HOLDFAST_ERR_WIRE', 'Acknowledged what was never sent');
  }

  rewind(peerReceived: number): void {
    this.acknowledge(peerReceived);
    if (this.cursor > this.acknowledged) this.moveCursor(this.acknowledged);
  }

  private appendFragment(data: Payload, binary: boolean, final: boolean): void {
    if (typeof data === 'string') {
      const segment = this.segmentFor(FrameSegment.textBytes(data));
      this.appended(segment.addText(data, final));
    } else if (data.length < KEPT_PAYLOAD_BYTES) {
      const segment = this.segmentFor(FrameSegment.HEADER_BYTES + data.length);
      this.appended(segment.addBytes(data, binary, final));
    } else {
      const segment = new FrameSegment(this.next, FrameSegment.HEADER_BYTES);
      this.segments.push(segment);
      this.appended(segment.keep(data, binary, final));
    }
  }

  /** The last one, if it has room for so many bytes; else a new one. */
  private segmentFor(bytes: number): FrameSegment {
    const { segments } = this;
    const last = segments.at(-1);
    if (last?.hasRoomFor(bytes) === true) return last;
    const usual = SEGMENT_BYTES[Math.min(segments.length, SEGMENT_BYTES.length - 1)] as number;
    const segment = new FrameSegment(this.next, Math.max(bytes, usual));
    segments.push(segment);
    return segment;
  }

  private appended(bytes: number): void {
    this.next++;
    this.heldBytes += bytes;
    this.unsentBytes += bytes;
  }

  /** To an item that is held, or behind the last one. */
  private moveCursor(number: number): void {
    this.cursor = number;
    this.cursorIndex = 0;
    while ((this.segments[this.cursorIndex + 1]?.first ?? Number.POSITIVE_INFINITY) <= number)
      this.cursorIndex++;
    this.cursorOffset = this.segments[this.cursorIndex]?.offsetOf(number) ?? 0;
    this.unsentBytes = 0;
    for (let i = this.cursorIndex; i < this.segments.length; i++) {
      this.unsentBytes += (this.segments[i] as FrameSegment).length;
    }
    this.unsentBytes -= this.cursorOffset;
  }

  /** Of the segments that were acknowledged to their ends. Bytes of one that was not count as held, all of them. */
  private letGo(): void {
    const { segments } = this;
    let done = 0;
    for (; done < segments.length; done++) {
      const segment = segments[done] as FrameSegment;
      if (segment.next > this.acknowledged) break;
      this.heldBytes -= segment.length;
    }
    if (done === 0) return;
    segments.splice(0, done);
    this.cursorIndex -= done;
    if (this.cursorIndex >= 0) return;
    // It stood at the end of the last one that is gone.
    this.cursorIndex = 0;
    this.cursorOffset = 0;
  }
}
