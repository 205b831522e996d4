/**
 * The driver of a server's session: beside what both ends do, its application waits for acknowledgements, pings, pauses, and bounds its
 * messages; and what waits may go to the client on the answer to any request.
 */
import { CLOSE_MESSAGE_TOO_BIG } from './close-codes.ts';
import { Driver, type DriverHost, NEVER } from './driver.ts';
import { isProtocolError, type ProtocolError } from './errors.ts';
import type { Item, Payload } from './item.ts';
import type { ItemRun } from './item-buffer.ts';
import { ITEM_OVERHEAD_BYTES, type Run } from './send-buffer.ts';
import type { ServerSession } from './server-session.ts';
import type { Outgoing, Transport } from './transport.ts';
import { control } from './wire.ts';

/** What a server's driver asks and tells. */
export interface ServerDriverHost extends DriverHost {
  onPing(data: string): void;
  onPong(data: string): void;
  /** The peer has everything before this count of items. */
  onAcknowledged(count: number): void;
  /** The peer sent a message longer than allowed; the session closes with 1009. */
  onError(error: ProtocolError): void;
}

/** What may come while the application has paused before the peer is held up, in bytes: those that pause for a moment cost nothing. */
const HOLD_UP_AT_BYTES = 128 * 1024;

/**
 * How long what went beside a transport may take to be acknowledged, in ms, once the peer has attached without it: the answer is on its way, or it
 * was one to a request that the peer has given up, or that somebody on the path has sent twice.
 */
const BESIDE_PATIENCE_MS = 1000;

export class ServerDriver<Handed extends Run = ItemRun> extends Driver<Handed> {
  declare readonly session: ServerSession<Handed>;
  declare protected readonly host: ServerDriverHost;

  // Being acknowledged.
  /** The count that the application waits for. */
  private awaited = 0;
  /** Whether the peer is still to be asked for it, on this transport. */
  private owesQuestion = false;
  /** What the host was last told. */
  private toldAcknowledged = 0;

  // Holding up.
  /** How much has come since our own application paused, in bytes; undefined while it takes what comes. */
  private untakenBytes: number | undefined = undefined;
  /** Whether the peer is to hold back what it has. Whoever attaches is told so. */
  holdsPeerUp = false;

  /** Under which attach what is not acknowledged has gone beside the transport ({@link takeBeside}), all of it. 0: it has not. */
  private wentBeside = 0;

  /** @param host of a server */
  constructor(session: ServerSession<Handed>, host: ServerDriverHost, expiryMs: number) {
    super(session, host, expiryMs);
  }

  // From above.

  /** Somebody waits until the peer has everything sent so far: it is asked to say so at once. */
  awaitAcknowledgement(): void {
    this.awaited = this.session.outgoing.next;
    this.owesQuestion = true;
  }

  ping(data: string): void {
    this.sendControl(control('ping', data));
  }

  /** The application takes nothing from now on. What comes goes to the host all the same; if that is much, the peer is held up. */
  pause(): void {
    this.untakenBytes ??= 0;
  }

  /** The application has taken what came, and takes what comes. */
  resume(): void {
    this.untakenBytes = undefined;
    if (!this.holdsPeerUp) return;
    this.holdsPeerUp = false;
    this.transport?.holdUp?.(false);
  }

  // From below.

  /** What `receive` does, for a message that is one item: nearly all are, and no object is made for it. @throws ProtocolError as that */
  receiveMessage(number: number, data: Payload, binary: boolean): void {
    const isUsual = this.state === 'open' && this.untakenBytes === undefined;
    if (!isUsual || !this.session.receiveWhole(number, data.length)) {
      this.receive(number, { kind: 'data', data, binary, final: true });
      return;
    }
    this.considerAcknowledging(data.length, false);
    this.host.onMessage(data, binary);
  }

  /**
   * What waits for the peer, for something that is no transport but goes to it just now: the answer to a request. The transport sends it
   * again with what comes next, unless it is acknowledged by then. A peer to whom it is lost attaches anew, or asks again (such
   * requests come one after the other), or shows by a later attach that it does not have it.
   *
   * @param attachNumber that of the request
   * @returns undefined where there is nothing, or more than fits, or where something is on its way that might arrive later
   */
  takeBeside(capacityBytes: number, attachNumber: number): Outgoing<Handed> | undefined {
    const { outgoing, received } = this.session;
    if (this.state === 'finished') return undefined;
    if (this.wentBeside > 0) {
      // What the answer to the last request brought is lost where it is not acknowledged by now.
      this.sendAgain();
      this.host.onFlushDue();
    }
    if (outgoing.cursor !== outgoing.acknowledged) return undefined;
    const hasItems = outgoing.hasUnsent && !this.isHeldUp;
    if (!hasItems && this.controls.length === 0) return undefined;
    const wireBytes = outgoing.unsentBytes + (outgoing.next - outgoing.cursor) * ITEM_OVERHEAD_BYTES;
    if (hasItems && wireBytes > capacityBytes) return undefined;
    if (hasItems) this.wentBeside = attachNumber;
    return { run: outgoing.take(hasItems ? capacityBytes : 0), received, controls: this.takeControls() };
  }

  override tick(): void {
    if (this.host.now() >= this.sendAgainAt) this.sendAgain();
    super.tick();
  }

  // Within.

  protected override peerHas(count: number, transport: Transport<Handed>, attachNumber: number): void {
    const { outgoing } = this.session;
    if (this.wentBeside === attachNumber) {
      // The peer will have it soon, or will attach anew: mostly.
      outgoing.acknowledge(count);
      if (outgoing.cursor > outgoing.acknowledged) this.sendAgainAt = this.host.now() + BESIDE_PATIENCE_MS;
    } else {
      super.peerHas(count, transport, attachNumber);
      this.wentBeside = 0;
    }
    this.owesQuestion = this.awaited > outgoing.acknowledged;
  }

  protected override settle(): void {
    const { acknowledged, cursor } = this.session.outgoing;
    if (acknowledged === cursor) this.sendAgainAt = NEVER;
    if (acknowledged > this.toldAcknowledged) {
      this.toldAcknowledged = acknowledged;
      this.host.onAcknowledged(acknowledged);
    }
    super.settle();
  }

  /** A message that is too long closes the session. */
  protected override put(number: number, item: Item): Item | undefined {
    if (this.untakenBytes !== undefined) this.countUntaken(this.untakenBytes, item);
    try {
      return super.put(number, item);
    } catch (error) {
      if (!isProtocolError(error) || error.closeCode !== CLOSE_MESSAGE_TOO_BIG) throw error;
      this.host.onError(error);
      this.close(error.closeCode, '');
      return undefined;
    }
  }

  protected override heard(verb: string, data: string): void {
    if (verb === 'ping') this.host.onPing(data);
    else if (verb === 'pong') this.host.onPong(data);
  }

  protected override sendSome(transport: Transport<Handed>, capacity: number, acknowledges: boolean): void {
    // The transport may be faster than what went beside it: without that there would be a gap.
    if (this.wentBeside > 0 && capacity > 0 && this.session.outgoing.hasUnsent) this.sendAgain();
    super.sendSome(transport, capacity, acknowledges);
  }

  protected override takeControls(): readonly string[] {
    const controls = super.takeControls();
    if (!this.owesQuestion) return controls;
    this.owesQuestion = false;
    return [...controls, control('ask', this.awaited)];
  }

  private sendAgain(): void {
    this.wentBeside = 0;
    this.sendAgainAt = NEVER;
    const { outgoing } = this.session;
    outgoing.rewind(outgoing.acknowledged);
  }

  private countUntaken(bytesBefore: number, item: Item): void {
    this.untakenBytes = bytesBefore + ITEM_OVERHEAD_BYTES + (item.kind === 'data' ? item.data.length : 0);
    if (this.holdsPeerUp || this.untakenBytes < HOLD_UP_AT_BYTES) return;
    this.holdsPeerUp = true;
    this.transport?.holdUp?.(true);
  }
}
