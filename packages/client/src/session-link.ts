/**
 * A session of ours as the link of a WebSocket: what joins it to the connector that finds it transports, to the page it lives in, and to
 * the log.
 */
import type { Attached } from '@holdfast/protocol';
import type { Link, LinkEvents, LinkStats } from './link.ts';
import { type AttemptRecord, type LogEntry, logEntry } from './log.ts';
import { type PageEvents, watchPage } from './page.ts';
import { Session, type WireMessage } from './session.ts';
import type { HostedSession, TransportFinder } from './strategy.ts';
import type { ClientTransport } from './transports/client-transport.ts';

/** How much of the log `getStats` keeps. */
const MAX_ATTEMPTS_KEPT = 100;

export class SessionLink extends Session implements Link, PageEvents, HostedSession {
  private readonly finder: TransportFinder;
  declare protected readonly link: LinkEvents;
  private readonly unwatchPage: () => void;
  /** Of a page that is leaving. */
  private lastTransport: ClientTransport | undefined;

  // Statistics.
  private attempts: AttemptRecord[] = [];
  private migrations = -1;
  private attachMs: number | null = null;

  /** @param find gives what finds its transports */
  constructor(
    url: string,
    protocols: readonly string[],
    find: (link: SessionLink) => TransportFinder,
    events: LinkEvents,
  ) {
    super(url, protocols, events);
    this.finder = find(this);
    this.unwatchPage = watchPage(this);
    // Not before the application can listen to the log.
    void Promise.resolve().then(() => this.finder.connect());
  }

  // Link: from the WebSocket.

  get transport(): string | null {
    return this.current ? this.current.name : null;
  }

  get sharesTasks(): boolean {
    return !!this.current && !!this.current.sharesTasks;
  }

  close(code: number | undefined, reason: string): void {
    if (this.opened) this.sendClose([code, reason].filter(Boolean).join(' '));
    else setTimeout(() => this.abandon());
  }

  stats(): LinkStats {
    return {
      transport: this.transport,
      attempts: this.attempts,
      migrations: Math.max(0, this.migrations),
      resent: this.resent,
      attachMs: this.attachMs,
      roundTripMs: this.roundTripMs || null,
    };
  }

  // From the session.

  override onFinished(): void {
    this.unwatchPage();
    this.finder.stop();
  }

  // PageEvents: from the page.

  onWake(): void {
    // It may be late: the server is asked first.
    this.keep();
    this.finder.wake();
  }

  onRest(): void {
    this.finder.rest();
  }

  /** The browser ends requests before it says that the page is gone. */
  onLeaving(): void {
    this.lastTransport = this.current;
  }

  /** The server knows at once that nobody comes back, as it does from a native WebSocket. */
  onLeave(): void {
    this.sendClose('1001');
    if (this.lastTransport) this.lastTransport.leave();
  }

  // From the connector.

  onOpened({ protocol = '', expiryMs, keepaliveMs, maxBodyBytes }: Attached): void {
    this.expiryMs = expiryMs || this.expiryMs;
    this.keepaliveMs = keepaliveMs || this.keepaliveMs;
    this.maxBodyBytes = maxBodyBytes || this.maxBodyBytes;
    if (this.isOpen) this.link.onOpen(protocol, '');
  }

  onForeign(socket: globalThis.WebSocket, said: WireMessage | undefined): void {
    this.onFinished();
    if (this.isOpen) this.link.onForeign(socket, said);
    else socket.close();
  }

  onLog(record: AttemptRecord, type: LogEntry['type'], attach: number, since: number, reason?: string): void {
    const entry = logEntry(type, record.transport, attach, since, reason);
    const { durationMs } = entry;
    if (type === 'attempt') this.attempts = this.attempts.concat(record).slice(-MAX_ATTEMPTS_KEPT);
    else if (type !== 'detached') Object.assign(record, { outcome: type, reason, durationMs });
    if (type === 'attached') {
      this.migrations++;
      this.attachMs = durationMs;
    }
    this.link.onLog(entry);
  }
}
