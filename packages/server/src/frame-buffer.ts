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
import { FrameSegment, SEGMENT_CONTROL_BYTES, SEGMENT_HEADER_BYTES } from './frame-segment.ts';

/** Consecutive items, as frames. */
export interface FrameRun extends Run {
  /** How many items. */
  readonly count: number;
  /** Their bytes, whole frames in each. */
  readonly frames: readonly Buffer[];
}

/** Segments grow with what waits: a few short messages take little, many of them few segments. */
const SEGMENT_BYTES = [512, 8 * 1024, 64 * 1024];

/** What a buffer begins with that needed more than one segment the last time: within Node's pool, where memory is had for little. */
const BUSY_SEGMENT_BYTES = 2048;

/** From here a payload is kept as it is: it costs less than copying it. */
export const KEPT_PAYLOAD_BYTES = 4096;

/** Has no room for anything. */
const FULL = new FrameSegment(0, 0);

export class FrameBuffer implements SendBuffer<FrameRun> {
  acknowledged = 0;
  cursor = 0;
  next = 0;
  heldBytes = 0;
  unsentBytes = 0;
  resent = 0;

  /** What is held, and what was acknowledged of the first of them. */
  private segments: FrameSegment[] = [];
  /** The last of them, or one that is full. */
  private last: FrameSegment = FULL;
  /** Where the cursor stands: in this segment, at this byte. */
  private cursorIndex = 0;
  private cursorOffset = 0;
  /** The cursor's highest position: what the peer can have seen. */
  private handedOut = 0;
  /** Whether more waits at a time than the first segment holds. */
  private isBusy = false;

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
      this.segmentFor(SEGMENT_CONTROL_BYTES).addControl(control('close', closeArgument(code, reason))),
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
      const textBytes = FrameSegment.textBytes(data);
      const segment = this.segmentFor(SEGMENT_HEADER_BYTES + textBytes);
      this.appended(segment.addText(data, textBytes, final));
    } else if (data.length < KEPT_PAYLOAD_BYTES) {
      const segment = this.segmentFor(SEGMENT_HEADER_BYTES + data.length);
      this.appended(segment.addBytes(data, binary, final));
    } else {
      const segment = this.newSegment(SEGMENT_HEADER_BYTES);
      this.appended(segment.keep(data, binary, final));
    }
  }

  /** The last one, if it has room for so many bytes; else a new one. */
  private segmentFor(bytes: number): FrameSegment {
    const { last } = this;
    return last.hasRoomFor(bytes) ? last : this.newSegment(Math.max(bytes, this.usualBytes()));
  }

  /** How large the next segment is, unless more is needed. */
  private usualBytes(): number {
    const { length } = this.segments;
    if (length > 0) this.isBusy = true;
    else if (this.isBusy) return BUSY_SEGMENT_BYTES;
    return SEGMENT_BYTES[Math.min(length, SEGMENT_BYTES.length - 1)] as number;
  }

  private newSegment(capacityBytes: number): FrameSegment {
    this.last = new FrameSegment(this.next, capacityBytes);
    this.segments.push(this.last);
    return this.last;
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
    if (done === segments.length && (segments[0] as FrameSegment).length < (SEGMENT_BYTES[0] as number))
      this.isBusy = false;
    if (done === segments.length) this.last = FULL;
    segments.splice(0, done);
    this.cursorIndex -= done;
    if (this.cursorIndex >= 0) return;
    // It stood at the end of the last one that is gone.
    this.cursorIndex = 0;
    this.cursorOffset = 0;
  }
}
