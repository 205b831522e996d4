/**
 * A session on a native WebSocket: wire messages are its messages, numbered by their order since the attach (PROTOCOL.md §2). The
 * first statement rides in the handshake as a subprotocol, the last one offered, so that a server which takes the first it is offered takes the
 * application's. `open` means nothing yet: a middlebox may answer 101 and then swallow everything; `~attached` counts.
 */
import { type Attached, formatToken } from '@holdfast/protocol';
import type { Incoming, Session, WireMessage } from '../session.ts';
import { Timer, UNLIMITED } from '../timer.ts';
import { type ClientTransport, STANDING, type Statement } from './client-transport.ts';
import { leaveAlone, listen, type NativeListener, NativeWebSocket } from './native-websocket.ts';
import { WatchedConnection } from './silence.ts';

/** What waits in the browser beyond this is better kept where it can still change transports. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;

/** A browser does not tell when its buffer empties. Only looked at while it is full. */
const LOOK_AGAIN_AFTER_MS = 10;

/** So much may come, weighed, before it is acknowledged: often enough to bound the server's buffer, and not to be seen in a profile. */
const TELL_AFTER_BYTES: number = 256 * 1024;

export class WebSocketTransport extends WatchedConnection implements ClientTransport, NativeListener {
  readonly name = 'websocket';
  readonly tellAfterBytes: number = TELL_AFTER_BYTES;

  /** Whether to ask for a session; without, it is handed over once open. */
  readonly plain: boolean;
  private socket: globalThis.WebSocket | undefined;
  private token = '';
  /** Since when it is open and the server has not shown that it is Holdfast, in ms on the page's clock; else never. */
  unknownSince: number = UNLIMITED;
  // The numbers of what comes and goes next, since the last attach.
  private readonly incoming: Incoming = {};
  private outgoing = 0;
  private statedReceived = 0;
  private readonly drainTimer: Timer = new Timer();

  /** @param plain offer no token: for a server that refuses handshakes with a subprotocol it does not know */
  constructor(session: Session, plain = false) {
    super(session);
    this.plain = plain;
  }

  // From the connector.

  attach(statement: Statement): void {
    this.statedReceived = statement.received || 0;
    if (this.socket) this.say([`~attach ${JSON.stringify(statement)}`]);
    else this.open(statement);
  }

  leave(): void {
    this.send(UNLIMITED);
  }

  /** Also while it connects: browsers open one WebSocket to a host at a time, and the next would wait for it. */
  giveUp(): void {
    this.stop();
    if (this.socket) this.socket.close(1000);
  }

  // From the session.

  get pendingBytes(): number {
    return this.socket ? this.socket.bufferedAmount : 0;
  }

  capacity(): number {
    const capacity = HIGH_WATER_BYTES - this.pendingBytes;
    if (capacity <= 0) this.drainTimer.schedule(LOOK_AGAIN_AFTER_MS, () => this.session.flush());
    return capacity;
  }

  send(capacityBytes: number): void {
    const { session } = this;
    this.readClock();
    this.say(session.take(capacityBytes, this.outgoing));
    if (session.cursor > this.outgoing) this.expectAcknowledgement();
    this.outgoing = session.cursor;
  }

  onAttached(attached: Attached): void {
    this.incoming.next = this.statedReceived;
    this.incoming.more = false;
    this.outgoing = attached.received;
    this.begin();
    this.session.events.onAttached(this, attached);
    // An answer to more than the handshake: a middlebox may let one frame pass, and no other.
    if (this.isCurrent) this.check();
  }

  onControl(verb: string): void {
    if (verb === 'pong') this.session.roundTripMs = this.pong();
  }

  private open(statement: Statement): void {
    const { url, id, secret, protocols } = this.session;
    this.token = formatToken(Object.assign({ session: id, secret }, statement));
    this.socket = new NativeWebSocket(url, protocols.concat(this.plain ? [] : this.token));
    listen(this.socket, this);
  }

  // NativeListener

  onOpen(): void {
    this.unknownSince = performance.now();
    if ((this.socket as globalThis.WebSocket).protocol !== this.token) this.handOver();
  }

  onMessage(message: WireMessage): void {
    this.hear(this.session.tellsSoon && message[0] !== '~');
    if (this.unknownSince < UNLIMITED) {
      if (!STANDING.test(message as string)) {
        this.handOver(message);
        return;
      }
      this.unknownSince = UNLIMITED;
    }
    try {
      this.session.read(this, this.incoming, message);
    } catch (error) {
      this.fail(String(error));
    }
    if (this.isCurrent) this.waitOn();
  }

  onClose(code: number, reason: string): void {
    this.fail(`WebSocket closed with ${code} ${reason}`.trim());
  }

  // Of a watched connection.

  ping(): void {
    this.say(['~ping']);
  }

  onSilent(ms: number): void {
    this.fail(`silent for ${Math.round(ms)} ms`);
  }

  /** Not Holdfast: the socket is a good one all the same. */
  handOver(said?: WireMessage): void {
    this.stop();
    this.session.events.onForeign(this, this.socket as globalThis.WebSocket, said);
  }

  private say(messages: readonly WireMessage[]): void {
    // Where it is not open any more, its `close` event is on the way.
    for (const message of messages) (this.socket as globalThis.WebSocket).send(message);
  }

  private get isCurrent(): boolean {
    return this.session.current === this;
  }

  private fail(reason: string): void {
    this.giveUp();
    this.session.events.onFailed(this, { reason });
  }

  /** Lets go of the socket, which stays as it is. */
  override stop(): void {
    super.stop();
    this.drainTimer.stop();
    if (this.socket) leaveAlone(this.socket);
  }
}
