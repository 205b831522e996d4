/**
 * One HTTP response that waits for messages: a held answer takes one batch and ends (long polling), a streamed one takes many.
 * It says `~attached` at once, so that the client learns whether its path holds bodies back. Which form the bytes
 * have, raw or an iframe's document, is the body's business.
 */
import { BatchWriter, control, type Outgoing, type Transport, WireWriter } from '@holdfast/protocol';
import type { ResponseBody } from '../response-body.ts';
import type { AttachedSession } from '../sessions.ts';

/** One held answer is at most this long (and one fragment): enough for throughput, little to repeat after a cut. */
const MAX_HELD_BYTES = 1024 * 1024;

/** A stream ends after this much: an iframe's document and a proxy's log grow with it. */
const MAX_STREAM_BYTES = 4 * 1024 * 1024;

/** What waits in the socket's buffer beyond this is better kept where it can still change transports. */
const HIGH_WATER_BYTES = 256 * 1024;

/**
 * Somebody may be holding a stream back when nothing of a batch is acknowledged for this long: a client does so within
 * 250 ms, and the way there and back is seldom longer than the rest. A false alarm costs one request.
 */
const STALLED_AFTER_MS = 1200;

/** One control, as a chunk of its own. */
export function writeControl(body: ResponseBody, text: string): void {
  const writer = new BatchWriter(Buffer.from);
  writer.write(text);
  body.write(writer.finish());
}

/** Items and controls of one body, or of a part of it, as a chunk. @returns its length in bytes */
export function writeBatch(
  body: ResponseBody,
  outgoing: Outgoing,
  wire: WireWriter = new WireWriter(),
): number {
  const writer = new BatchWriter(Buffer.from);
  wire.write(outgoing, (data, binary) => writer.write(data, binary));
  const bytes = writer.finish();
  body.write(bytes);
  return bytes.length;
}

export class HttpResponseTransport implements Transport {
  readonly name: string;
  /** Requests are answered with the count anyway. */
  readonly acknowledges = 'never';

  private readonly body: ResponseBody;
  private readonly session: AttachedSession;
  private readonly streams: boolean;
  private readonly holdTimer: NodeJS.Timeout;
  private stallTimer: NodeJS.Timeout | undefined = undefined;
  private readonly wire = new WireWriter();
  private writtenBytes = 0;
  private ended = false;

  constructor(body: ResponseBody, session: AttachedSession, streams: boolean, holdMs: number) {
    this.name = body.transport;
    this.body = body;
    this.session = session;
    this.streams = streams;
    this.holdTimer = setTimeout(() => this.end(), holdMs);
    const { response } = body;
    response.on('close', () => this.stop());
    response.on('drain', () => this.driver.flush());
  }

  /** @param answer what the body begins with: `~attached {…}` @throws ProtocolError from the driver */
  attach(answer: string, peerReceived: number, attachNumber: number): void {
    writeControl(this.body, answer);
    this.driver.attach(this, peerReceived, attachNumber);
  }

  get pendingBytes(): number {
    return this.body.response.writableLength;
  }

  capacity(): number {
    if (this.ended) return 0;
    if (!this.streams) return MAX_HELD_BYTES;
    return HIGH_WATER_BYTES - this.body.response.writableLength;
  }

  send(outgoing: Outgoing): void {
    this.writtenBytes += writeBatch(this.body, outgoing, this.wire);
    if (!this.streams || this.writtenBytes >= MAX_STREAM_BYTES) this.end();
    else if (outgoing.items.length > 0) this.stallTimer ??= this.watchForStall();
  }

  release(reason: 'superseded' | 'over' | 'gone', attach: number): void {
    if (this.ended) return;
    if (reason === 'gone') writeControl(this.body, control('gone'));
    else if (reason === 'superseded') writeControl(this.body, control('superseded', attach));
    this.end();
  }

  private get driver(): AttachedSession['channel']['driver'] {
    return this.session.channel.driver;
  }

  private end(): void {
    if (this.ended) return;
    this.stop();
    this.body.end();
  }

  /** The response has ended, by us or not: the session goes on without it. */
  private stop(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.holdTimer);
    clearTimeout(this.stallTimer);
    this.driver.detach(this);
  }

  private watchForStall(): NodeJS.Timeout {
    const { outgoing } = this.driver.session;
    const before = outgoing.acknowledged;
    return setTimeout(() => {
      this.stallTimer = undefined;
      if (outgoing.acknowledged === outgoing.cursor) return;
      if (outgoing.acknowledged !== before) {
        this.stallTimer = this.watchForStall();
        return;
      }
      // The end of the body makes whoever holds it back let go.
      writeControl(this.body, control('stalled'));
      this.end();
    }, STALLED_AFTER_MS);
  }
}
