/**
 * A session on an RFC 6455 connection: wire messages are WebSocket messages, numbered by their order since the attach
 * (PROTOCOL.md §2). The first statement came with the handshake; the client may state a new one at any time. While another
 * transport is attached, the connection stays open for that and everything else on it is ignored.
 */
import {
  BatchReader,
  CLOSE_NORMAL,
  CLOSE_PROTOCOL_ERROR,
  control,
  decodeUtf8,
  isControl,
  isProtocolError,
  type Outgoing,
  parseReattach,
  type Transport,
  WireReader,
  WireWriter,
} from '@holdfast/protocol';
import type { ChannelHandler, FrameChannel, SendOptions } from '../channel.ts';
import type { FrameRun } from '../frame-buffer.ts';
import type { AttachedSession } from '../sessions.ts';

/** What waits in the socket's buffer beyond this is better kept where it can still change transports. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** How long a connection may stay open without being attached, in ms: the client decides within a few round trips. */
const UNATTACHED_TIMEOUT_MS = 15_000;

const NO_OPTIONS: SendOptions = {};
/** Of controls: they are a few bytes. */
const NOT_COMPRESSED: SendOptions = { compress: false };
const NO_REASON = new Uint8Array(0);

export class WebSocketTransport implements Transport<FrameRun>, ChannelHandler {
  readonly name = 'websocket';
  readonly acknowledges = 'often';

  private readonly connection: FrameChannel;
  private readonly session: AttachedSession;
  // Numbers what comes and goes, since the last attach. (What comes before the first is ignored, whatever its number.)
  private reader: WireReader = new WireReader(0, decodeUtf8);
  private writer: WireWriter = new WireWriter();

  // Keeping alive.
  private readonly keepaliveTimer: NodeJS.Timeout;
  /** Whether anything came since the timer's last turn, and for how many turns nothing did. */
  private heard = true;
  private silentTurns = 0;
  private unattachedTimer: NodeJS.Timeout | undefined = undefined;

  constructor(connection: FrameChannel, session: AttachedSession, keepaliveMs: number) {
    this.connection = connection;
    this.session = session;
    this.keepaliveTimer = setInterval(() => this.keepAlive(), keepaliveMs / 2).unref();
  }

  /** Attaches, or says that a newer attach holds. @throws ProtocolError the client counts what was never sent */
  attach(statement: { readonly attach: number; readonly received: number | null }): void {
    clearTimeout(this.unattachedTimer);
    this.driver.detach(this); // what was attached by an older statement is not any more; and is not told so
    if (this.session.admit(statement)) {
      this.reader = new WireReader(this.driver.session.received, decodeUtf8);
      this.writer = new WireWriter(statement.received ?? 0);
      this.say(control('attached', this.session.attached(statement)));
      this.driver.attach(this, statement.received ?? 0, statement.attach);
    } else {
      this.say(control('superseded', this.session.newestAttach));
      this.waitForAttach();
    }
  }

  // Transport: from the driver.

  get pendingBytes(): number {
    return this.connection.bufferedAmount;
  }

  capacity(): number {
    return HIGH_WATER_BYTES - this.connection.bufferedAmount;
  }

  send({ controls, run: { first, count, frames } }: Outgoing<FrameRun>): void {
    for (const text of controls) this.connection.send(text, false, NOT_COMPRESSED);
    const from = this.writer.announce(first, count);
    if (from !== undefined) this.connection.send(from, false, NOT_COMPRESSED);
    if (this.connection.extensions === '') this.connection.sendFrames(frames);
    else this.sendMessages(frames);
  }

  holdUp(isHeldUp: boolean): void {
    this.say(control(isHeldUp ? 'pause' : 'resume'));
  }

  release(reason: 'superseded' | 'over' | 'gone', attach: number): void {
    if (reason === 'superseded') {
      this.say(control('superseded', attach));
      this.waitForAttach();
    } else {
      if (reason === 'gone') this.say(control('gone', this.session.channel.whyGone));
      this.connection.close(CLOSE_NORMAL, NO_REASON);
    }
  }

  // ChannelHandler: from the connection.

  onMessage(data: Buffer, isBinary: boolean): void {
    this.heard = true;
    this.session.channel.hold();
    try {
      this.read(data, isBinary);
    } catch (error) {
      if (!isProtocolError(error)) throw error;
      this.driver.detach(this);
      this.connection.close(CLOSE_PROTOCOL_ERROR, Buffer.from(error.message));
    }
  }

  onPing(): void {
    this.heard = true;
  }

  onPong(): void {
    this.heard = true;
  }

  /** The end of a connection is no close of the session (§6). */
  onClosing(): void {
    this.driver.detach(this);
  }

  onClosed(): void {
    clearInterval(this.keepaliveTimer);
    clearTimeout(this.unattachedTimer);
    this.driver.detach(this);
  }

  onError(): void {
    this.driver.detach(this);
  }

  /** What is sent while a read is delivered leaves in one write with the rest of it. */
  onDelivered(): void {
    this.session.channel.release();
  }

  onDrain(): void {
    if (this.isAttached) this.driver.flush();
  }

  private get driver(): AttachedSession['channel']['driver'] {
    return this.session.channel.driver;
  }

  private get isAttached(): boolean {
    return this.driver.transport === this;
  }

  private read(data: Buffer, isBinary: boolean): void {
    const { driver, reader } = this;
    if (driver.transport === this && reader.isMessage(data, isBinary)) {
      driver.receiveMessage(reader.takeNumber(), data, isBinary);
      return;
    }
    const event = reader.read(data, isBinary);
    if (event === undefined) return;
    if (event.kind !== 'control') {
      if (driver.transport === this) driver.receive(event.number, event);
    } else if (event.verb === 'attach') {
      this.attach(parseReattach(event.argument));
    } else if (driver.transport === this) {
      this.session.channel.confirm();
      driver.control(event.verb, event.argument);
    }
  }

  /** One by one, so that they may be compressed. */
  private sendMessages(frames: readonly Buffer[]): void {
    const batch = new BatchReader(Number.POSITIVE_INFINITY);
    for (const each of frames) {
      batch.push(each);
      for (let message = batch.next(); message !== undefined; message = batch.next()) {
        const { data, binary } = message;
        this.connection.send(data, binary, isControl(data, binary) ? NOT_COMPRESSED : NO_OPTIONS);
      }
    }
  }

  /** A client that does not read what it asks for is not answered without end. */
  private say(text: string): void {
    if (this.connection.bufferedAmount > 2 * HIGH_WATER_BYTES) {
      this.connection.terminate();
      return;
    }
    this.connection.send(text, false, NOT_COMPRESSED);
  }

  private waitForAttach(): void {
    clearTimeout(this.unattachedTimer);
    this.unattachedTimer = setTimeout(
      () => this.connection.close(CLOSE_NORMAL, NO_REASON),
      UNATTACHED_TIMEOUT_MS,
    ).unref();
  }

  /** Twice per interval: a Ping after one interval of silence, the end after one and a half. */
  private keepAlive(): void {
    this.silentTurns = this.heard ? 0 : this.silentTurns + 1;
    this.heard = false;
    if (this.silentTurns === 2) this.connection.ping(NO_REASON);
    else if (this.silentTurns > 2) this.connection.terminate();
  }
}
