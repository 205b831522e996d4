/**
 * One HTTP response that waits for messages: a held answer takes one batch and ends (long polling), a streamed one takes many.
 * It says `~attached` at once, so that the client learns whether its path holds bodies back. Which form the bytes
 * have, raw or an iframe's document, is the body's business.
 */
import { control, type HttpAttach, type Outgoing, type Transport, WireWriter } from '@holdfast/protocol';
import { controlFrame } from '../control-frame.ts';
import type { FrameRun } from '../frame-buffer.ts';
import type { ResponseBody } from '../response-body.ts';
import type { AttachedSession } from '../sessions.ts';
import type { TimeoutList, Timeouts, Waiting } from '../timeouts.ts';
import { StallWatch } from './stall-watch.ts';

/** One held answer is at most this long (and one fragment): enough for throughput, little to repeat after a cut. */
const MAX_HELD_BYTES = 1024 * 1024;

/** A stream ends after this much: an iframe's document and a proxy's log grow with it. */
const MAX_STREAM_BYTES = 4 * 1024 * 1024;

/** What waits in the socket's buffer beyond this is better kept where it can still change transports. */
const HIGH_WATER_BYTES = 256 * 1024;

/** What goes out, but for its frames: the controls, and the number of the first item where it has to be said. */
export function controlsOf(
  { controls, run }: Outgoing<FrameRun>,
  wire: WireWriter = new WireWriter(),
): string {
  let text = '';
  for (const each of controls) text += controlFrame(each);
  const from = wire.announce(run.first, run.count);
  return from === undefined ? text : text + controlFrame(from);
}

export class HttpResponseTransport implements Transport<FrameRun>, Waiting {
  readonly name: string;
  readonly acknowledges = 'never';

  private readonly body: ResponseBody;
  private readonly session: AttachedSession;
  private readonly streams: boolean;
  private hold: TimeoutList | undefined = undefined;
  /** Of a stream that has brought something. */
  private stall: StallWatch | undefined = undefined;
  private readonly wire = new WireWriter();
  /** What the body begins with, until it is written. */
  private opening = '';
  private writtenBytes = 0;
  private ended = false;

  constructor(body: ResponseBody, session: AttachedSession, streams: boolean) {
    this.name = body.transport;
    this.body = body;
    this.session = session;
    this.streams = streams;
    const { response } = body;
    response.on('close', () => this.stop());
    if (streams) response.on('drain', () => this.driver.flush());
  }

  /** @param answer what the body begins with: `~attached {…}` @throws ProtocolError from the driver */
  attach(answer: string, statement: HttpAttach): void {
    this.opening = controlFrame(answer);
    this.driver.attach(this, statement.received ?? 0, statement.attach);
    // What is sent in this turn goes with it in one piece, and at the end of it nothing is waited for.
    if (this.opening !== '') setImmediate(open, this);
  }

  /** Says that the attach holds, unless that is said. */
  open(): void {
    if (!this.ended && this.opening !== '') this.write('', []);
  }

  /** Behind `attach`: the client waits no longer than this. */
  holdFor(ms: number, timeouts: Timeouts): void {
    if (!this.ended) this.hold = timeouts.start(this, ms);
  }

  onTimeout(): void {
    this.end();
  }

  get pendingBytes(): number {
    return this.body.response.writableLength;
  }

  capacity(): number {
    if (this.ended) return 0;
    if (!this.streams) return MAX_HELD_BYTES;
    return HIGH_WATER_BYTES - this.body.response.writableLength;
  }

  send(outgoing: Outgoing<FrameRun>): void {
    const controls = controlsOf(outgoing, this.wire);
    if (!this.streams) {
      this.end(controls, outgoing.run.frames);
      return;
    }
    this.write(controls, outgoing.run.frames);
    if (this.writtenBytes >= MAX_STREAM_BYTES) this.end();
    else if (outgoing.run.count > 0) this.watchForStall().wrote();
  }

  /** By the end of the body: the next request is told how it stands. */
  holdUp(): void {
    this.end();
  }

  release(reason: 'superseded' | 'over' | 'gone', attach: number): void {
    if (reason === 'gone') this.end(controlFrame(control('gone', this.session.channel.whyGone)));
    else if (reason === 'superseded') this.end(controlFrame(control('superseded', attach)));
    else this.end();
  }

  private get driver(): AttachedSession['channel']['driver'] {
    return this.session.channel.driver;
  }

  private write(controls: string, frames: readonly Buffer[]): void {
    this.body.write(this.opening + controls, frames);
    this.opening = '';
    for (const each of frames) this.writtenBytes += each.length;
  }

  /** Writes what is left to be said, and ends the body. */
  private end(controls = '', frames: readonly Buffer[] = []): void {
    if (this.ended) return;
    this.stop();
    if (this.opening !== '') {
      this.body.answer(this.opening + controls, frames);
      this.opening = '';
    } else {
      if (controls !== '' || frames.length > 0) this.body.write(controls, frames);
      this.body.end();
    }
  }

  private watchForStall(): StallWatch {
    // The end of the body makes whoever holds it back let go.
    this.stall ??= new StallWatch(this.driver.session.outgoing, () =>
      this.end(controlFrame(control('stalled'))),
    );
    return this.stall;
  }

  /** The response has ended, by us or not: the session goes on without it. */
  private stop(): void {
    if (this.ended) return;
    this.ended = true;
    this.hold?.delete(this);
    this.stall?.stop();
    this.driver.detach(this);
  }
}

function open(transport: HttpResponseTransport): void {
  transport.open();
}
