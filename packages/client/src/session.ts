/**
 * A client's end of a session (PROTOCOL.md): numbers what is sent and keeps it until it is acknowledged, drops what comes twice, puts
 * fragments together, says in time what has come, and carries the numbered close. It has at most one transport at a time, which moves
 * wire messages and knows no more of them than what becomes of attaches. Whatever makes no sense throws: its transport is to be given up.
 */
import { type Attached, concatBytes, SESSION_PARAMETER, utf8ByteLength } from '@holdfast/protocol';
import type { LinkEvents } from './link.ts';
import { Timer, UNLIMITED } from './timer.ts';
import type { ClientTransport, TransportEvents } from './transports/client-transport.ts';
import type { Path } from './transports/path.ts';

/** A message of a WebSocket, or a frame of a body (PROTOCOL.md §2). */
export type WireMessage = string | Uint8Array<ArrayBuffer>;

/** Where a sequence of wire messages stands: those that a WebSocket brings from its attach on, or those of one body. */
export interface Incoming {
  /** The number of the next fragment; undefined where it has to be said first. */
  next?: number;
  /** Whether that is not the last one of its message. */
  more?: boolean;
  /** Whether this is what a held request is answered. */
  readonly isHeld?: boolean;
}

/** A fragment, or the close. */
interface Item {
  readonly data: WireMessage;
  /** Whether more fragments of its message follow. */
  readonly more: boolean;
  readonly bytes: number;
  /** The close is the wire message itself. */
  readonly isClose?: boolean;
}

/** Until the server says how long it keeps a session, in ms. */
const DEFAULT_EXPIRY_MS = 30_000;
const DEFAULT_KEEPALIVE_MS = 25_000;
/** Until the server says what it reads, in bytes: every server's default does. */
const DEFAULT_MAX_BODY_BYTES = 256 * 1024;

/** The longest fragment (PROTOCOL.md §2), in bytes or UTF-16 code units. */
const MAX_FRAGMENT_LENGTH = 32 * 1024;
/** One code unit takes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** What an item costs on the wire beside its payload, at most, in bytes: headers, and `~more` or a close's digits. */
const ITEM_OVERHEAD_BYTES = 24;

/** What has come is acknowledged at the latest after this time... */
const ACKNOWLEDGE_AFTER_MS = 250;
/** ...or as much as its transport says, where each item counts as so many bytes: the server keeps it until then. */
const ITEM_WEIGHT_BYTES = 1024;

/** How long a transport is looked for to tell a server that its session was abandoned, in ms. A program in Node runs for as long. */
const LAST_WORDS_MS = 3000;

const OPEN = 0;
/** The application has had its close, the server may still be owed ours. */
const CLOSED = 1;
const FINISHED = 2;

export class Session {
  // What every transport of it has to know.
  readonly url: string;
  /** Of the URL. */
  readonly serverOrigin: string;
  /** The URL with http(s), and the session's id in the query. */
  readonly httpUrl: string;
  readonly id: string = randomToken();
  readonly secret: string = randomToken();
  /** The application's subprotocols. */
  readonly protocols: readonly string[];
  /** Who hears what becomes of attaches: the connector. */
  declare events: TransportEvents;
  /** After how much silence to ping, in ms. */
  keepaliveMs: number = DEFAULT_KEEPALIVE_MS;
  /** The largest request body the server reads, in bytes. */
  maxBodyBytes: number = DEFAULT_MAX_BODY_BYTES;
  /** How long a session without a transport lives, in ms. */
  expiryMs: number = DEFAULT_EXPIRY_MS;
  /** What requests have shown of their path; undefined until there are some. */
  path: Path | undefined;
  /** To the server and back, in ms, as it was measured last; undefined until somebody asks. */
  roundTripMs: number | undefined;

  /** Whether one has attached: the server has the session. */
  opened = false;
  /** The transport in use; undefined while there is none. */
  current: ClientTransport | undefined;
  /** Of its attach, or of the last one's. */
  attachNumber = 0;
  private state: typeof OPEN | typeof CLOSED | typeof FINISHED = OPEN;
  protected readonly link: Pick<LinkEvents, 'onMessage' | 'onClose'>;
  /** Runs while there is no transport. */
  private readonly expiryTimer: Timer = new Timer();

  // Outgoing: acknowledged ≤ cursor ≤ acknowledged + held.length. What stands before the cursor is on its way.
  /** Items before this number have arrived. */
  acknowledged = 0;
  /** The number of the next item to go out. */
  cursor = 0;
  held: Item[] = [];
  /** Bytes held, before the cursor and behind it. */
  sentBytes = 0;
  unsentBytes = 0;
  /** Items that went out more than once; the cursor's highest position. */
  resent = 0;
  private highest = 0;
  private closeSent = false;
  /** Whether the server takes nothing for now: only controls are sent. */
  private isHeldUp = false;
  /** Controls that wait to be sent: pongs, and what was said. */
  private controls: string[] = [];
  private flushIsDue = false;

  // Incoming.
  /** Items received: the number of the one that is due. */
  received = 0;
  private closeReceived = false;
  /** What has come of a message that is not complete. */
  private parts: WireMessage[] = [];
  /** What has come since the server was told last, weighed in bytes; and whether it is to be told now. */
  private untold = 0;
  private tellsNow = false;
  private readonly tellTimer: Timer = new Timer();
  /** The count that the server wants to hear of as soon as it is reached. */
  private awaited: number = UNLIMITED;

  constructor(url: string, protocols: readonly string[], link: Pick<LinkEvents, 'onMessage' | 'onClose'>) {
    this.url = url;
    this.protocols = protocols;
    this.link = link;
    this.serverOrigin = new URL(url).origin;
    const http = new URL(url.replace('ws', 'http'));
    // The query is kept as it is written: `searchParams` would write it anew.
    http.search += `${http.search && '&'}${SESSION_PARAMETER}=${this.id}`;
    this.httpUrl = http.href;
  }

  // From the application.

  /** Bytes taken from the application and not yet handed to the network. */
  get bufferedAmount(): number {
    const { current, sentBytes, unsentBytes } = this;
    // What the platform has in hand may hold controls, which nobody has sent.
    return unsentBytes + (current ? Math.min(current.pendingBytes, sentBytes) : 0);
  }

  send(data: WireMessage): void {
    this.appendFragments(data, false);
    this.flushSoon();
  }

  /** Sends the close behind everything else. @param argument as it stands in `~close` */
  sendClose(argument: string): void {
    if (this.closeSent) return;
    this.closeSent = true;
    this.hold({
      data: argument === '' ? '~close' : `~close ${argument}`,
      more: false,
      bytes: 0, // nothing that the application has sent
      isClose: true,
    });
    this.flushSoon();
  }

  /** Sends a control, which may be lost with its transport. */
  say(text: string): void {
    this.controls.push(text);
    this.flushSoon();
  }

  /** For the application the session is closed at once; the server is told if there is a transport to tell it by soon. */
  abandon(): void {
    this.sendClose('1001');
    this.flush();
    if (this.isOpen && !this.current) this.expireAfter(LAST_WORDS_MS);
    this.closeForApplication(CLOSE_ABNORMAL, '');
  }

  /** Ends it at once: it has expired, or is gone at the server. */
  end(code: number = CLOSE_ABNORMAL, reason = ''): void {
    this.closeForApplication(code, reason);
    this.finish(false);
  }

  get isOpen(): boolean {
    return this.state === OPEN;
  }

  // From the connector.

  /** This transport is attached: it takes over. */
  attach(transport: ClientTransport, { attach, received, paused }: Attached): void {
    this.rewind(received);
    this.attachNumber = attach;
    this.isHeldUp = !!paused;
    const older = this.current;
    this.current = transport;
    this.expiryTimer.stop();
    // What has come since the statement; or, once more, what that has told.
    this.tellsNow = false;
    if (this.untold > 0) this.tellLater(0);
    if (older && older !== transport) older.giveUp();
    this.settle();
    this.flush();
  }

  /** There is no transport: the session expires, unless one attaches. */
  detach(): void {
    this.current = undefined;
    this.expireAfter(this.expiryMs);
  }

  /** There is somebody to ask still: where it expires, all of its time begins anew. */
  keep(): void {
    if (this.expiryTimer.isRunning) this.detach();
  }

  /** The server takes nothing for now, or goes on. */
  holdUp(isHeldUp: boolean): void {
    this.isHeldUp = isHeldUp;
    this.flushSoon();
  }

  /** Whether the transport sends something soon, of what has come, or has sent it. */
  get tellsSoon(): boolean {
    return this.tellTimer.isRunning;
  }

  /** Items that have arrived, either way. */
  get progress(): number {
    return this.received + this.acknowledged;
  }

  // From the transports.

  /** Hands the transport in use what it takes. */
  flush(): void {
    for (;;) {
      const { current } = this;
      // A server that closes takes what it is still owed.
      const hasItems = this.unsentItems > 0 && (!this.isHeldUp || this.closeReceived);
      if (!current || !(hasItems || this.controls.length > 0 || this.tellsNow)) return;
      const capacity = current.capacity();
      if (capacity <= 0) return;
      current.send(hasItems ? capacity : 0);
    }
  }

  /**
   * The wire messages that go out next, with as many items as fit, one at least.
   *
   * @param capacityBytes 0: none
   * @param implied the number that the server gives the next item by itself, and so does not state what was received; undefined in a body
   */
  take(capacityBytes: number, implied?: number): WireMessage[] {
    const messages: WireMessage[] = this.controls.splice(0);
    if (this.tellsNow && implied !== undefined) messages.push(`~ack ${this.told()}`);
    let room = capacityBytes;
    for (let isFirst = true; this.unsentItems > 0 && room > 0; isFirst = false) {
      const { data, more, bytes, isClose } = this.held[this.cursor - this.acknowledged] as Item;
      room -= bytes + ITEM_OVERHEAD_BYTES;
      if (!isFirst && room < 0) break;
      if (isFirst && this.cursor !== implied) messages.push(`~from ${this.cursor}`);
      if (more) messages.push('~more');
      messages.push(data[0] === '~' && !isClose ? `~${data}` : data);
      this.unsentBytes -= bytes;
      this.sentBytes += bytes;
      if (this.cursor++ < this.highest) this.resent++;
      else this.highest = this.cursor;
    }
    return messages;
  }

  /** The server is told by the transport how much was received. @returns it */
  told(): number {
    this.untold = 0;
    this.tellsNow = false;
    return this.received;
  }

  /** The server has received this many items. @throws Error that is none, or more than there are */
  acknowledge(count: number): void {
    if (!(count <= this.acknowledged + this.held.length)) throw new Error('never sent');
    for (const { bytes } of this.held.splice(0, count - this.acknowledged)) {
      if (this.acknowledged++ < this.cursor) this.sentBytes -= bytes;
      else this.unsentBytes -= bytes; // sent on a transport that ended, and acknowledged after all
    }
    this.cursor = Math.max(this.cursor, this.acknowledged);
  }

  /** Sends again whatever the server does not have. @param count of items that it has */
  rewind(count: number): void {
    this.acknowledge(count);
    this.cursor = this.acknowledged;
    this.unsentBytes += this.sentBytes;
    this.sentBytes = 0;
  }

  /** Lets go of a session that owes nothing to the server any more. */
  settle(): void {
    if (this.closeReceived && this.held.length === 0) this.finish(true);
  }

  /** Takes a wire message. @throws Error it makes no sense here */
  read(transport: ClientTransport, incoming: Incoming, data: WireMessage): void {
    if (data[0] === '~' && data[1] !== '~') this.readControl(transport, incoming, data as string);
    else if (transport === this.current) {
      const isLast = !incoming.more;
      incoming.more = false;
      if (!this.isNew(incoming, data.length)) return;
      let message = data[0] === '~' ? (data as string).slice(1) : data;
      // Most messages are one fragment.
      if (!isLast || this.parts.length > 0) {
        this.parts.push(message);
        if (!isLast) return;
        message = joined(this.parts);
        this.parts = [];
      }
      if (this.state === OPEN) this.link.onMessage(message);
    }
  }

  // Within.

  private expireAfter(ms: number): void {
    this.expiryTimer.schedule(ms, () => this.end());
  }

  private readControl(transport: ClientTransport, incoming: Incoming, text: string): void {
    const [, verb, argument] = CONTROL.exec(text) as unknown as [string, string, string];
    const count = Number(argument);
    if (verb === 'attached') transport.onAttached(JSON.parse(argument), incoming);
    else if (verb === 'superseded') this.events.onSuperseded(transport, count);
    else if (verb === 'gone') this.onGone(transport, ...parseClose(argument, CLOSE_ABNORMAL));
    else if (transport !== this.current) return;
    else if (verb === 'from') incoming.next = count;
    else if (verb === 'more') incoming.more = true;
    else if (verb === 'close') this.onClose(incoming, argument);
    else if (verb === 'ack') {
      this.acknowledge(count);
      this.settle();
    } else if (verb === 'ask') {
      this.awaited = count;
      this.tellLater(0);
    } else if (verb === 'pause' || verb === 'resume') this.holdUp(verb === 'pause');
    else if (verb === 'ping') this.say(`~pong ${argument}`);
    else transport.onControl(verb);
  }

  private onGone(transport: ClientTransport, code: number, reason: string): void {
    this.events.onGone(transport, reason);
    this.end(code, reason);
  }

  private onClose(incoming: Incoming, argument: string): void {
    if (!this.isNew(incoming, 0)) return;
    this.closeReceived = true;
    this.sendClose(argument); // our answer
    this.closeForApplication(...parseClose(argument, CLOSE_NO_STATUS));
    this.settle();
    this.tellLater(UNLIMITED);
  }

  /** Whether the next fragment has not come before. @throws Error one before it is missing */
  private isNew(incoming: Incoming, length: number): boolean {
    const number = incoming.next;
    incoming.next = Number(number) + 1;
    if (Number(number) < this.received) return false;
    if (number !== this.received) throw new Error('a gap in the numbers');
    this.received++;
    this.tellLater(length + ITEM_WEIGHT_BYTES);
    return true;
  }

  /** So much more is to be acknowledged, weighed in bytes. */
  private tellLater(weight: number): void {
    const { tellAfterBytes = UNLIMITED } = this.current || {};
    this.untold += weight;
    if (tellAfterBytes === UNLIMITED) return; // by the next request
    if (this.untold >= tellAfterBytes || this.received >= this.awaited) {
      this.awaited = UNLIMITED;
      this.tellsNow = true;
      this.flushSoon();
    } else if (!this.tellTimer.isRunning)
      this.tellTimer.schedule(ACKNOWLEDGE_AFTER_MS, () => {
        this.tellsNow = this.untold > 0;
        this.flush();
      });
  }

  private get unsentItems(): number {
    return this.acknowledged + this.held.length - this.cursor;
  }

  /** Appends a message, or the rest of one, in fragments. @param more whether something follows of it */
  appendFragments(data: WireMessage, more: boolean): void {
    const isText = typeof data === 'string';
    const { maxFragmentBytes = UNLIMITED } = this.current || {};
    const length = Math.min(
      MAX_FRAGMENT_LENGTH,
      Math.floor(maxFragmentBytes / (isText ? MAX_BYTES_PER_UNIT : 1)),
    );
    let at = 0;
    do {
      let end = at + length;
      // Each fragment is valid by itself: characters are not cut.
      if (isText && end < data.length && /[\ud800-\udbff]/.test(data[end - 1] as string)) end--;
      const part = data.length > length ? data.slice(at, end) : data;
      at = end;
      this.hold({
        data: part,
        more: more || at < data.length,
        bytes: isText ? utf8ByteLength(part as string) : part.length,
      });
    } while (at < data.length);
  }

  /** Appends an item. */
  hold(item: Item): void {
    this.held.push(item);
    this.unsentBytes += item.bytes;
  }

  /** At the end of this turn: what is sent in one turn leaves in one piece. */
  private flushSoon(): void {
    if (this.flushIsDue) return;
    this.flushIsDue = true;
    void Promise.resolve().then(() => {
      this.flushIsDue = false;
      this.flush();
    });
  }

  private closeForApplication(code: number, reason: string): void {
    if (this.state !== OPEN) return;
    this.state = CLOSED;
    this.link.onClose(code, reason, code !== CLOSE_ABNORMAL);
  }

  private finish(isOver: boolean): void {
    // Once: the application may have ended the session from within its close event.
    if (this.state === FINISHED) return;
    this.state = FINISHED;
    const { current } = this;
    this.current = undefined;
    this.expiryTimer.stop();
    this.tellTimer.stop();
    if (current) {
      // The server waits for the acknowledgement of its close: it goes out before the transport ends.
      this.tellsNow = isOver && this.untold > 0;
      if (this.tellsNow) current.send(0);
      current.giveUp(isOver);
    }
    this.onFinished();
  }

  /** Nothing is owed to the server any more. */
  onFinished(): void {}
}

const CONTROL = /^~(\w*) ?([\s\S]*)$/;

/** The codes of closes that carry none, and of sessions that end without a close (RFC 6455 §7.4.1). */
const CLOSE_NO_STATUS = 1005;
export const CLOSE_ABNORMAL = 1006;

/** What stands behind `~close` or `~gone`. @param unsaid the code where it has none */
export function parseClose(argument: string, unsaid: number): [code: number, reason: string] {
  return [Number(argument.slice(0, 4)) || unsaid, argument.slice(5)];
}

function joined(parts: WireMessage[]): WireMessage {
  return typeof parts[0] === 'string' ? parts.join('') : (concatBytes(parts as Uint8Array[]) as WireMessage);
}

/** As many characters of five random bits each as make 128. */
const TOKEN_LENGTH = 26;

function randomToken(): string {
  const random = crypto.getRandomValues(new Uint8Array(TOKEN_LENGTH));
  return Array.from(random, (byte) => (byte % 32).toString(32)).join('');
}
