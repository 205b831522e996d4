/**
 * Joins one session to at most one transport at a time, at both ends. Applications call in from above (`send`, `close`),
 * transports from below (`attach`, `receive`, `control`, `detach`, `flush`); what happens goes to the host. No I/O, no
 * timers: the host says the time and calls `tick` at the deadline it is given, and `flush` soon after `onFlushDue`.
 * What a server alone has to do is in server-driver.ts.
 */
import { CLOSE_ABNORMAL, CLOSE_GOING_AWAY } from './close-codes.ts';
import type { Item, Payload } from './item.ts';
import type { ItemRun } from './item-buffer.ts';
import type { Run } from './send-buffer.ts';
import type { Session } from './session.ts';
import type { Transport } from './transport.ts';
import { control, parseCount } from './wire.ts';

/** What a driver asks and tells. */
export interface DriverHost {
  /** The time in ms, from a clock that never goes back. */
  now(): number;
  /** There is something to send: call `flush` at the end of this turn. May come more than once. */
  onFlushDue(): void;
  /**
   * Call `tick` at this time (ms on the same clock) instead of any told before; undefined: not at all. Earlier does no
   * harm: it tells the time again.
   */
  onDeadline(at: number | undefined): void;
  onMessage(data: Payload, binary: boolean): void;
  /** The session is closed for the application; the last of its events. 1006 where no close was exchanged. */
  onClose(code: number, reason: string): void;
  /** Nothing is owed to the peer any more: forget the session. Always after `onClose`. */
  onFinished(): void;
}

/** A transport acknowledges at the latest after this time... */
export const ACKNOWLEDGE_AFTER_MS = 250;
/**
 * ...or this many items, or this much payload: often enough to bound the peer's buffer, not often enough to show in a profile. Where it
 * costs a request, a held answer is not acknowledged before its end, when the next request says it.
 */
const OFTEN_ITEMS = 256;
const OFTEN_LENGTH: number = 256 * 1024;
const LATE_LENGTH: number = 2 * 1024 * 1024;

/** The time of what is due whatever the clock says. */
const AT_ONCE = 0;
/** The time of what is not due. */
export const NEVER: number = Number.POSITIVE_INFINITY;

const NO_CONTROLS: readonly string[] = [];

/** More pings and pongs than this wait for a transport only if somebody floods; the oldest are dropped. */
const MAX_WAITING_CONTROLS = 16;

/** The data of a ping: 125 bytes in base64, as PROTOCOL.md §2 has it. */
const PING_DATA = /^[!-~]{0,172}$/;

export class Driver<Handed extends Run = ItemRun> {
  readonly session: Session<Handed>;
  /** The transport in use; undefined while detached. */
  transport: Transport<Handed> | undefined = undefined;
  /** Of that transport's attach, or of the last one's. */
  private attachNumber = 0;
  /** `closed`: the application has had its close, the peer may still be owed ours. */
  state: 'open' | 'closed' | 'finished' = 'open';

  protected readonly host: DriverHost;
  /** How long a detached session lives, in ms. */
  readonly expiryMs: number;
  private expiresAt: number = NEVER;
  /** When a server looks whether something has to go out once more. */
  protected sendAgainAt: number = NEVER;
  /** What the host was last told. */
  private deadline: number = NEVER;

  // Acknowledging.
  /** The count the peer was last told. */
  private acknowledged = 0;
  private unacknowledgedLength = 0;
  /** When the peer is to be told; `AT_ONCE` as soon as the transport takes something. */
  private acknowledgeAt: number = NEVER;
  /** The count that the peer wants to hear of as soon as it is reached. */
  private awaitedByPeer = 0;

  /** Whether the peer's application takes nothing for now: only controls are sent to it. A client's stands until it says otherwise, whatever attaches. */
  protected isHeldUp = false;

  /** Pings and pongs that wait to be sent. */
  protected controls: string[] = [];

  constructor(session: Session<Handed>, host: DriverHost, expiryMs: number) {
    this.session = session;
    this.host = host;
    this.expiryMs = expiryMs;
  }

  /** Bytes taken from the application and not yet handed to the network. */
  get bufferedAmount(): number {
    return this.session.outgoing.unsentBytes + (this.transport?.pendingBytes ?? 0);
  }

  // From above.

  /** Ignored once the session is closing or closed. */
  send(data: Payload, binary: boolean): void {
    if (this.state !== 'open') return;
    this.session.send(data, binary);
    this.host.onFlushDue();
  }

  /** Starts the closing handshake, behind everything sent. */
  close(code: number, reason: string): void {
    if (this.state !== 'open') return;
    this.session.close(code, reason);
    this.host.onFlushDue();
  }

  /**
   * The application lets go of a session it has not seen open: for it, that is closed at once; the peer is told when there is
   * a transport to tell it by.
   */
  abandon(): void {
    if (this.state !== 'open') return;
    this.session.close(CLOSE_GOING_AWAY, '');
    this.host.onFlushDue();
    this.closeForApplication(CLOSE_ABNORMAL, '');
  }

  pong(data: string): void {
    this.sendControl(control('pong', data));
  }

  /** Sends a whole control. It may be lost with its transport. */
  sendControl(text: string): void {
    if (this.state === 'finished') return;
    if (this.controls.length >= MAX_WAITING_CONTROLS) this.controls.shift();
    this.controls.push(text);
    this.host.onFlushDue();
  }

  // From below.

  /**
   * This transport is attached: it takes over.
   *
   * @param saidReceived the count that our statement of the attach, or our answer to it, told the peer
   * @throws ProtocolError `peerReceived` is more than was sent
   */
  attach(
    transport: Transport<Handed>,
    peerReceived: number,
    attachNumber: number,
    saidReceived: number = this.session.received,
  ): void {
    if (this.state === 'finished') {
      transport.release('gone', attachNumber);
      return;
    }
    this.peerHas(peerReceived, transport, attachNumber);
    this.attachNumber = attachNumber;
    const older = this.transport;
    this.transport = transport;
    this.expiresAt = NEVER;
    // What the older transport was given to acknowledge may be lost: it counts as never said.
    this.acknowledges(saidReceived);
    if (this.session.received > saidReceived) this.acknowledgeLater();
    if (older !== undefined && older !== transport) older.release('superseded', attachNumber);
    this.settle();
    this.flush();
  }

  /** The transport has ended, or is to be let go; the session waits for another. */
  detach(transport: Transport<Handed>): void {
    if (this.transport !== transport) return;
    this.transport = undefined;
    this.touch();
  }

  /** A sign of life: a session that is detached, or was never attached, expires `expiryMs` from now. */
  touch(): void {
    if (this.state === 'finished') return;
    if (this.transport === undefined) this.expiresAt = this.host.now() + this.expiryMs;
    this.settle();
  }

  /** The item with this number has come. @throws ProtocolError the transport is to be given up */
  receive(number: number, item: Item): void {
    if (this.state === 'finished') return;
    const whole = this.put(number, item);
    this.considerAcknowledging(item.kind === 'data' ? item.data.length : 0, item.kind === 'close');
    if (whole?.kind === 'data') {
      if (this.state === 'open') this.host.onMessage(whole.data, whole.binary);
    } else if (whole !== undefined) {
      this.host.onFlushDue(); // our answer
      this.closeForApplication(whole.code, whole.reason);
      this.settle();
    }
  }

  /** The peer has received this many items. @throws ProtocolError more than was sent */
  acknowledge(count: number): void {
    if (this.state === 'finished') return;
    this.session.outgoing.acknowledge(count);
    this.settle();
  }

  /** A control that is not about attaching; unknown ones are ignored. @throws ProtocolError */
  control(verb: string, argument: string): void {
    if (verb === 'ack') this.acknowledge(parseCount(argument));
    else if (verb === 'ask') this.hurry(parseCount(argument));
    else if (verb === 'pause' || verb === 'resume') this.heldUp(verb === 'pause');
    else if (PING_DATA.test(argument)) this.heard(verb, argument);
  }

  /** The peer's application takes nothing for now, or goes on. Of a transport that attaches it is said before `attach`. */
  heldUp(isHeldUp: boolean): void {
    this.isHeldUp = isHeldUp;
    if (!isHeldUp && this.session.outgoing.hasUnsent && this.state !== 'finished') this.host.onFlushDue();
  }

  /** The transport has told the peer by itself how much was received. */
  saidReceived(): void {
    this.acknowledges(this.session.received);
    this.settle();
  }

  /** Hands the transport what it takes. */
  flush(): void {
    const { outgoing } = this.session;
    if (this.transport === undefined) return;
    // Not with everything that is sent: two ends that answer each other would say twice as much.
    let acknowledges = this.acknowledgeAt === AT_ONCE;
    while (this.transport !== undefined) {
      // A peer that closes takes what it is still owed.
      const hasItems = outgoing.hasUnsent && (!this.isHeldUp || this.session.closeReceived);
      if (!hasItems && this.controls.length === 0 && !acknowledges) return;
      const capacity = this.transport.capacity();
      if (capacity <= 0) return;
      this.sendSome(this.transport, hasItems ? capacity : 0, acknowledges);
      acknowledges = false;
    }
  }

  /** The time told by `onDeadline` has come. */
  tick(): void {
    const now = this.host.now();
    this.deadline = NEVER;
    if (now >= this.expiresAt) {
      this.end();
      return;
    }
    if (now >= this.acknowledgeAt) this.acknowledgeAt = AT_ONCE;
    this.flush();
    this.settle();
  }

  /** Ends the session at once: it has expired, is gone at the peer, or is terminated. The peer says why, or nobody knows. */
  end(code: number = CLOSE_ABNORMAL, reason = ''): void {
    if (this.state === 'finished') return;
    this.closeForApplication(code, reason);
    this.finish('gone');
  }

  // Within.

  /** A transport attaches to a peer that has so much. @throws ProtocolError more than was sent */
  protected peerHas(count: number, transport: Transport<Handed>, attachNumber: number): void {
    const { outgoing } = this.session;
    outgoing.rewind(count);
    // What another transport has sent with the same attach may arrive still, under the number that it has.
    const isNew = attachNumber > this.attachNumber;
    if (isNew && outgoing.acknowledged === count) outgoing.cut?.(transport.maxFragmentBytes);
  }

  /** Gives the item to the session. @throws ProtocolError */
  protected put(number: number, item: Item): Item | undefined {
    return this.session.receive(number, item);
  }

  /** A ping is answered, a pong has been heard. */
  protected heard(verb: string, data: string): void {
    if (verb === 'ping') this.pong(data);
  }

  protected sendSome(transport: Transport<Handed>, capacity: number, acknowledges: boolean): void {
    const { outgoing, received } = this.session;
    let controls = this.takeControls();
    if (transport.acknowledges !== 'often') {
      this.acknowledges(received);
    } else if (acknowledges) {
      controls = [...controls, control('ack', received)];
      this.acknowledges(received);
    }
    transport.send({ run: outgoing.take(capacity), received, controls });
  }

  protected takeControls(): readonly string[] {
    const { controls } = this;
    if (controls.length === 0) return NO_CONTROLS;
    this.controls = [];
    return controls;
  }

  /** The peer is told this count now. */
  private acknowledges(count: number): void {
    this.acknowledged = count;
    this.unacknowledgedLength = 0;
    this.acknowledgeAt = NEVER;
  }

  private get isAwaitedByPeer(): boolean {
    return this.acknowledged < this.awaitedByPeer && this.awaitedByPeer <= this.session.received;
  }

  /** The peer wants to hear of this count: it mostly comes before the items that it counts. */
  private hurry(count: number): void {
    this.awaitedByPeer = count;
    if (this.transport?.acknowledges !== 'never' && this.isAwaitedByPeer) this.acknowledgeAtOnce();
  }

  private acknowledgeAtOnce(): void {
    this.acknowledgeAt = AT_ONCE;
    this.host.onFlushDue();
  }

  protected considerAcknowledging(length: number, isClose: boolean): void {
    const acknowledges = this.transport?.acknowledges;
    if (acknowledges === undefined || acknowledges === 'never') return;
    const isOften = acknowledges === 'often';
    this.unacknowledgedLength += length;
    if (
      isClose ||
      this.isAwaitedByPeer ||
      (isOften && this.session.received - this.acknowledged >= OFTEN_ITEMS) ||
      this.unacknowledgedLength >= (isOften ? OFTEN_LENGTH : LATE_LENGTH)
    ) {
      this.acknowledgeAtOnce();
    } else if (this.acknowledgeAt === NEVER) {
      this.acknowledgeLater();
      this.settle();
    }
  }

  /** Unless it is to be done already: the clock is read once for many messages. */
  private acknowledgeLater(): void {
    if (this.acknowledgeAt === NEVER && this.transport?.acknowledges !== 'never')
      this.acknowledgeAt = this.host.now() + ACKNOWLEDGE_AFTER_MS;
  }

  private closeForApplication(code: number, reason: string): void {
    if (this.state !== 'open') return;
    this.state = 'closed';
    this.host.onClose(code, reason);
  }

  /** After every change: lets go of a session that owes nothing, and tells the host when to call again. */
  protected settle(): void {
    if (this.state === 'finished') return;
    if (this.state === 'closed' && this.session.finished) {
      this.finish('over');
      return;
    }
    // What is due already waits for room in the transport, which calls `flush`, not for a time.
    const waits = this.transport !== undefined && this.acknowledgeAt !== AT_ONCE;
    this.tellDeadline(Math.min(waits ? this.acknowledgeAt : NEVER, this.expiresAt, this.sendAgainAt));
  }

  private tellDeadline(deadline: number): void {
    if (deadline === this.deadline) return;
    this.deadline = deadline;
    this.host.onDeadline(deadline < NEVER ? deadline : undefined);
  }

  private finish(reason: 'over' | 'gone'): void {
    // Once: the application may have ended the session from within its close event.
    if (this.state === 'finished') return;
    const { transport } = this;
    this.state = 'finished';
    this.transport = undefined;
    this.expiresAt = NEVER;
    this.tellDeadline(NEVER);
    // The peer waits for the acknowledgement of its close: it goes out before the transport does.
    if (reason === 'over' && transport !== undefined && this.session.received > this.acknowledged) {
      this.sendSome(transport, 0, true);
    }
    transport?.release(reason, 0);
    this.host.onFinished();
  }
}
