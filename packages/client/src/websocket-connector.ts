/**
 * Keeps a session on native WebSocket alone: connects, attaches, and begins anew when the socket fails, with longer and longer pauses
 * where that does not help. Where there are fallbacks, connector.ts does more. It knows attach numbers; not what is sent.
 */
import type { Attached } from '@holdfast/protocol';
import { type LogEntry, logEntry } from './log.ts';
import { CLOSE_ABNORMAL, parseClose, type Session, type WireMessage } from './session.ts';
import {
  type ConnectorHost,
  FIRST_RETRY_MS,
  LATE_ANSWER_MS,
  LONGEST_RETRY_MS,
  OPENING_TRIES,
  STALE_AFTER_MS,
  STEADY_AFTER_MS,
  type Strategy,
  type TransportFinder,
} from './strategy.ts';
import { Timer } from './timer.ts';
import {
  type ClientTransport,
  type Failure,
  NO_ANSWER,
  type TransportEvents,
} from './transports/client-transport.ts';
import { NativeWebSocket } from './transports/native-websocket.ts';
import { WebSocketTransport } from './transports/websocket.ts';

/** A server that has not answered by then, in ms, is asked anew. */
const ANSWER_TIMEOUT_MS = 10_000;

export class WebSocketConnector implements TransportFinder, TransportEvents {
  private readonly session: Session;
  private readonly host: ConnectorHost;
  private ended = false;
  /** Attached once: the session exists. */
  private opened = false;
  /** How often it was tried to open. */
  private tries = 0;

  /** The one that is to attach, or has. */
  private transport: WebSocketTransport | undefined;
  private isAttached = false;
  /** When that began. */
  private since = 0;
  /** `Session.progress` then. */
  private progress = 0;
  /** What was stated last: the highest attach number, and the count. */
  private attach = 0;
  private received = 0;

  private retryMs = FIRST_RETRY_MS;
  /** Until the next try, or the end of this one. */
  private readonly timer: Timer = new Timer();

  constructor(session: Session, host: ConnectorHost) {
    this.session = session;
    this.host = host;
    session.events = this;
  }

  connect(): void {
    if (this.ended || this.transport) return;
    // At last without our token: there are servers that refuse subprotocols that they do not know.
    const transport = new WebSocketTransport(this.session, this.tries === OPENING_TRIES);
    this.transport = transport;
    this.isAttached = false;
    this.since = performance.now();
    this.timer.schedule(ANSWER_TIMEOUT_MS, () => this.onFailed(transport, NO_ANSWER));
    try {
      this.state(transport);
    } catch (error) {
      // What the platform refuses outright, such as ws: in an https: page.
      setTimeout(() => this.onFailed(transport, { reason: String(error) }));
    }
    this.log('attempt');
  }

  wake(): void {
    if (this.isAttached) this.transport?.check();
    else if (this.transport && performance.now() - this.since > STALE_AFTER_MS) {
      this.timer.schedule(LATE_ANSWER_MS, () => {
        this.letGo('asked again');
        this.connect();
      });
    } else this.connect();
  }

  rest(): void {
    this.letGo('the page was put away');
    this.tries = 0;
  }

  stop(): void {
    this.ended = true;
    // The session itself lets go of the one that it has had.
    if (this.isAttached) this.transport = undefined;
    this.letGo('the session ended');
  }

  // TransportEvents

  onAttached(transport: ClientTransport, attached: Attached): void {
    if (attached.attach < this.attach) return; // the answer to the newer statement comes
    const { session } = this;
    session.holdUp(!!attached.paused);
    session.attach(transport, attached.received, this.attach, this.received);
    if (this.ended) return; // all that was missing was an acknowledgement
    this.timer.stop();
    this.log('attached');
    this.isAttached = true;
    this.since = performance.now();
    this.progress = session.progress;
    if (this.opened) return;
    this.opened = true;
    this.host.onOpened(attached);
  }

  onSuperseded(transport: ClientTransport, newestAttach: number): void {
    if (newestAttach < this.attach) return; // as above
    this.attach = newestAttach;
    if (this.isAttached) this.onFailed(transport, { reason: `superseded by attach ${newestAttach}` });
    else {
      // The server has the session still: it is not given up while answers come.
      this.session.keepFor(this.session.expiryMs);
      this.state(transport);
    }
  }

  onGone(_: ClientTransport, argument: string): void {
    const [code, reason] = parseClose(argument, CLOSE_ABNORMAL);
    this.log('gone', reason);
    this.session.end(code, reason);
  }

  onFailed(transport: ClientTransport, failure: Failure): void {
    if (transport !== this.transport) return;
    const { progress } = this.session;
    const isSteady =
      this.isAttached && (performance.now() - this.since >= STEADY_AFTER_MS || progress > this.progress);
    this.letGo(failure.reason, 'failed');
    if (isSteady) {
      this.retryMs = FIRST_RETRY_MS;
      this.connect();
    } else if (!this.opened && ++this.tries >= OPENING_TRIES + Number(failure !== NO_ANSWER)) {
      // Who was silent to our token would be silent without.
      this.host.onUnreachable();
    } else {
      this.timer.schedule(this.retryMs * (1 + Math.random() / 2), () => this.connect());
      this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: WireMessage | undefined): void {
    if (this.opened) {
      this.onFailed(transport, { reason: 'another server answered' });
      return;
    }
    this.transport = undefined;
    this.host.onForeign(socket, said);
  }

  // Within.

  private state(transport: ClientTransport): void {
    this.received = this.session.received;
    transport.attach({ attach: ++this.attach, received: this.opened ? this.received : null });
  }

  /** @param outcome of one that has not attached */
  private letGo(reason: string, outcome: 'failed' | 'dropped' = 'dropped'): void {
    this.timer.stop();
    const { transport } = this;
    if (!transport) return;
    this.log(this.isAttached ? 'detached' : outcome, reason);
    this.transport = undefined;
    if (transport === this.session.current) this.session.detach();
    this.isAttached = false;
    transport.giveUp();
  }

  private log(type: LogEntry['type'], reason?: string): void {
    this.host.onLog(logEntry(type, 'websocket', this.attach, this.since, reason));
  }
}

export const webSocketAlone: Strategy = {
  find(session, host, _, names = ['websocket']) {
    const connector = new WebSocketConnector(session, host);
    if (!NativeWebSocket || !names.includes('websocket')) connector.connect = () => host.onUnreachable();
    return connector;
  },
  isOtherServer: () => false,
  forgetOtherServer() {},
};
