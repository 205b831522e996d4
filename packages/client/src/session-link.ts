/**
 * A session of ours as the link of a WebSocket: the driver's host in a browser, and the one that joins driver and connector. It
 * draws the session's id and secret, and gives the driver the time, a timer and the end of a turn.
 */
import {
  CLOSE_ABNORMAL,
  CLOSE_GOING_AWAY,
  CLOSE_NO_STATUS_RECEIVED,
  Driver,
  type DriverHost,
  ItemBuffer,
  type Payload,
  SESSION_PARAMETER,
  Session,
} from '@holdfast/protocol';
import { type Candidate, Connector, type ConnectorHost } from './connector.ts';
import type { Link, LinkEvents, LinkStats } from './link.ts';
import type { AttemptRecord, LogEntry } from './log.ts';
import { type PageEvents, watchPage } from './page.ts';
import type { ClientTransport, TransportContext } from './transports/client-transport.ts';

/** Until the server says how long it keeps a session, in ms. */
const DEFAULT_EXPIRY_MS = 30_000;
const DEFAULT_KEEPALIVE_MS = 25_000;
/** Until the server says what it reads, in bytes: every server's default does. */
const DEFAULT_MAX_BODY_BYTES = 256 * 1024;

/** How much of the log `getStats` keeps. */
const MAX_ATTEMPTS_KEPT = 100;

export class SessionLink implements Link, DriverHost, PageEvents {
  private readonly driver: Driver;
  private readonly connector: Connector;
  private readonly context: TransportContext;
  private readonly events: LinkEvents;
  private readonly unwatchPage: () => void;
  private opened = false;
  /** Of a page that is leaving. */
  private lastTransport: ClientTransport | undefined = undefined;

  private flushScheduled = false;
  private deadlineTimer: ReturnType<typeof setTimeout> | undefined = undefined;
  /** When it comes. */
  private timerAt = 0;

  // Statistics.
  private attempts: AttemptRecord[] = [];
  private migrations = -1;
  private attachMs: number | null = null;

  /** @param candidates the transports to use, in order of preference */
  constructor(
    url: string,
    protocols: readonly string[],
    candidates: readonly Candidate[],
    events: LinkEvents,
  ) {
    this.events = events;
    this.driver = new Driver(new Session(new ItemBuffer()), this, DEFAULT_EXPIRY_MS);
    const session = randomToken(12);
    const context = {
      driver: this.driver,
      url,
      origin: new URL(url).origin,
      httpUrl: httpUrl(url, session),
      session,
      secret: randomToken(16),
      protocols,
      keepaliveMs: DEFAULT_KEEPALIVE_MS,
      maxBodyBytes: DEFAULT_MAX_BODY_BYTES,
      expiryMs: DEFAULT_EXPIRY_MS,
      roundTripMs: undefined,
    };
    this.connector = new Connector(candidates, this.connectorHost(), context);
    this.context = this.connector.context;
    this.unwatchPage = watchPage(this);
    // Not before the application can listen to the log.
    queueMicrotask(() => this.connector.connect());
  }

  // Link: from the WebSocket.

  get bufferedAmount(): number {
    return this.driver.bufferedAmount;
  }

  get transport(): string | null {
    return this.driver.transport?.name ?? null;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.driver.send(data, typeof data !== 'string');
  }

  close(code: number | undefined, reason: string): void {
    if (this.opened) this.driver.close(code ?? CLOSE_NO_STATUS_RECEIVED, reason);
    else setTimeout(() => this.abandon());
  }

  abandon(): void {
    this.driver.abandon();
    this.driver.flush();
  }

  stats(): LinkStats {
    return {
      transport: this.transport,
      attempts: [...this.attempts],
      migrations: Math.max(0, this.migrations),
      resent: this.driver.session.outgoing.resent,
      attachMs: this.attachMs,
      roundTripMs: this.context.roundTripMs ?? null,
    };
  }

  // DriverHost: from the driver.

  now(): number {
    return performance.now();
  }

  onFlushDue(): void {
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    queueMicrotask(() => {
      this.flushScheduled = false;
      this.driver.flush();
    });
  }

  onDeadline(at: number | undefined): void {
    // A timer that comes too early asks again; so most deadlines need none of their own.
    if (at !== undefined && this.deadlineTimer !== undefined && this.timerAt <= at) return;
    clearTimeout(this.deadlineTimer);
    this.deadlineTimer = undefined;
    if (at === undefined) return;
    this.timerAt = at;
    this.deadlineTimer = setTimeout(
      () => {
        this.deadlineTimer = undefined;
        this.driver.tick();
      },
      Math.max(0, at - this.now()),
    );
  }

  onMessage(data: Payload): void {
    this.events.onMessage(data as string | Uint8Array<ArrayBuffer>);
  }

  onClose(code: number, reason: string): void {
    this.events.onClose(code, reason, code !== CLOSE_ABNORMAL);
  }

  onFinished(): void {
    this.unwatchPage();
    this.connector.stop();
  }

  // PageEvents: from the page.

  onWake(): void {
    this.connector.wake();
  }

  onRest(): void {
    this.connector.rest();
  }

  /** The browser ends requests before it says that the page is gone. */
  onLeaving(): void {
    this.lastTransport = this.driver.transport as ClientTransport | undefined;
  }

  /** The server knows at once that nobody comes back, as it does from a native WebSocket. */
  onLeave(): void {
    this.driver.session.close(CLOSE_GOING_AWAY, '');
    this.lastTransport?.leave();
  }

  private connectorHost(): ConnectorHost {
    return {
      onOpened: ({ protocol = '', expiryMs, keepaliveMs, maxBodyBytes }) => {
        this.driver.expiryMs = this.context.expiryMs = expiryMs ?? DEFAULT_EXPIRY_MS;
        this.context.keepaliveMs = keepaliveMs ?? DEFAULT_KEEPALIVE_MS;
        this.context.maxBodyBytes = maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
        this.opened = true;
        if (this.driver.state === 'open') this.events.onOpen(protocol, '');
      },
      onUnreachable: () => this.driver.end(),
      onForeign: (socket, said) => {
        this.onDeadline(undefined);
        this.onFinished();
        if (this.driver.state === 'open') this.events.onForeign(socket, said);
        else socket.close();
      },
      onLog: (entry) => {
        this.record(entry);
        this.events.onLog(entry);
      },
    };
  }

  private record({ type, transport, reason, durationMs }: LogEntry): void {
    if (type === 'attached') {
      this.migrations++;
      this.attachMs = durationMs ?? null;
    }
    if (type === 'attempt') {
      this.attempts.push({ transport, outcome: 'pending' });
      this.attempts = this.attempts.slice(-MAX_ATTEMPTS_KEPT);
    } else if (type !== 'detached') {
      const names = this.attempts.map(({ outcome, transport }) => outcome === 'pending' && transport);
      const index = names.lastIndexOf(transport);
      const outcome = { transport, outcome: type, durationMs: durationMs ?? 0 };
      if (index >= 0) this.attempts[index] = Object.assign(outcome, reason && { reason });
    }
  }
}

/** The same URL for requests (PROTOCOL.md §5). The query is kept as it is written: `searchParams` would write it anew. */
function httpUrl(url: string, session: string): string {
  const http = new URL(url.replace(/^ws/, 'http'));
  http.search += `${http.search === '' ? '?' : '&'}${SESSION_PARAMETER}=${session}`;
  return http.href;
}

/** Random bytes in base64url. */
function randomToken(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
}
