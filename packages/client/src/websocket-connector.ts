/**
 * Keeps a session on native WebSocket alone: connects, attaches, and begins anew when the socket fails, with longer and longer pauses
 * where that does not help. Where there are fallbacks, connector.ts does more. It knows attach numbers; not what is sent.
 */
import type { Attached } from '@holdfast/protocol';
import type { AttemptRecord, LogEntry } from './log.ts';
import type { WireMessage } from './session.ts';
import {
  FIRST_RETRY_MS,
  type HostedSession,
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

const BEGUN: AttemptRecord = { transport: 'websocket', outcome: 'pending' };

export class WebSocketConnector implements TransportFinder, TransportEvents {
  private readonly session: HostedSession;
  private ended = false;
  /** How often it was tried to open. */
  private tries = 0;

  /** The one that is to attach, or has. */
  private transport: WebSocketTransport | undefined;
  private isAttached = false;
  private record: AttemptRecord = BEGUN;
  /** When that began. */
  private since = 0;
  /** `Session.progress` then. */
  private progress = 0;
  /** What was stated last: the highest attach number. */
  private attach = 0;

  private retryMs = FIRST_RETRY_MS;
  /** Until the next try, or the end of this one. */
  private readonly timer: Timer = new Timer();

  constructor(session: HostedSession) {
    this.session = session;
    session.events = this;
  }

  connect(): void {
    if (this.ended || this.transport) return;
    // At last without our token: there are servers that refuse subprotocols that they do not know.
    const transport = new WebSocketTransport(this.session, this.tries === OPENING_TRIES);
    this.transport = transport;
    this.isAttached = false;
    this.record = Object.assign({}, BEGUN);
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
    else {
      if (performance.now() - this.since > STALE_AFTER_MS) this.letGo('asked again');
      this.connect();
    }
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
    session.attach(transport, attached);
    if (this.ended) return; // all that was missing was an acknowledgement
    this.timer.stop();
    this.log('attached');
    this.isAttached = true;
    this.since = performance.now();
    this.progress = session.progress;
    if (this.session.opened) return;
    this.session.opened = true;
    this.session.onOpened(attached);
  }

  onSuperseded(transport: ClientTransport, newestAttach: number): void {
    if (newestAttach <= this.attach) return; // as above
    this.attach = newestAttach;
    if (this.isAttached) this.onFailed(transport, { reason: `superseded by attach ${newestAttach}` });
    else {
      // The server has the session still: it is not given up while answers come.
      this.session.keep();
      this.state(transport);
    }
  }

  onGone(_: ClientTransport, reason: string): void {
    this.log('gone', reason);
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
    } else if (!this.session.opened && ++this.tries >= OPENING_TRIES + Number(failure !== NO_ANSWER)) {
      // Who was silent to our token would be silent without.
      this.session.end();
    } else {
      this.timer.schedule(this.retryMs * (1 + Math.random() / 2), () => this.connect());
      this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: WireMessage | undefined): void {
    if (this.session.opened) {
      this.onFailed(transport, { reason: 'another server answered' });
      return;
    }
    this.transport = undefined;
    this.session.onForeign(socket, said);
  }

  // Within.

  private state(transport: ClientTransport): void {
    const { opened, received } = this.session;
    transport.attach({ attach: ++this.attach, received: opened ? received : null });
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
    this.session.onLog(this.record, type, this.attach, this.since, reason);
  }
}

export const webSocketAlone: Strategy = (session, _, names = ['websocket']) => {
  const connector = new WebSocketConnector(session);
  if (!NativeWebSocket || !names.includes('websocket')) connector.connect = () => session.end();
  return connector;
};
