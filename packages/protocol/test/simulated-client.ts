/**
 * The client of a simulation: it keeps its end attached by transports chosen at random, several at once if it likes, and comes
 * back after each failure. What a client must know of PROTOCOL.md §4 is in `onAttached` and `onSuperseded`.
 */
import type { Attached, HttpAttach } from '../src/statement.ts';
import { control } from '../src/wire.ts';
import {
  ClientPolling,
  type ClientTransport,
  ClientWebSocket,
  MOST_RESENT_BYTES,
} from './simulated-client-transports.ts';
import type { Random, SimulatedClock } from './simulated-clock.ts';
import type { SimulatedEnd } from './simulated-end.ts';
import type { Link } from './simulated-link.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { PATIENCE_MS } from './simulated-wire.ts';

/** The code of a page that goes away (RFC 6455 §7.4.1). */
const GOING_AWAY = 1001;

export type TransportKind = 'websocket' | 'hold' | 'stream';

export interface SimulatedClientOptions {
  readonly kinds: readonly TransportKind[];
  /** How long a `hold` or `stream` answer hangs at most. */
  readonly holdMs: number;
  /** When it stops changing transports for no reason, in ms. */
  readonly restlessUntilMs: number;
  /** Whether requests take short fragments only, and of another length each time. */
  readonly isNarrow: boolean;
}

export class SimulatedClient {
  readonly identity = { session: 'simulated-session', secret: 'simulated-secret-of-22' };
  readonly end: SimulatedEnd;
  readonly clock: SimulatedClock;
  readonly link: Link;
  readonly server: SimulatedServer;
  readonly random: Random;

  private readonly options: SimulatedClientOptions;
  /** The highest number drawn or heard of. */
  private newestAttach = 0;
  /** The number of the attach in use, or of the last one. */
  private adopted = 0;
  private wasAttached = false;
  /** Transports that wait for the server's answer, and the number drawn for each. */
  private readonly attempts: Map<ClientTransport, number> = new Map();
  private retries = false;
  /** The transport in use, or the last one. */
  private adoptedTransport: ClientTransport | undefined = undefined;
  /** When the page went away, and had a transport that said so with all that the server did not have; undefined before. */
  saidGoodbyeAtMs: number | undefined = undefined;
  /** Whether the server was ever to hold back what it has. */
  private hasPaused = false;

  constructor(end: SimulatedEnd, link: Link, server: SimulatedServer, options: SimulatedClientOptions) {
    this.end = end;
    this.clock = link.clock;
    this.link = link;
    this.server = server;
    this.random = link.random;
    this.options = options;
    end.onForgotten = () => {
      for (const attempt of this.attempts.keys()) attempt.drop();
      this.attempts.clear();
    };
  }

  /** Tries one more transport, whether or not it has one. */
  connect(): void {
    if (this.end.finished) return;
    const kind = this.random.pick(this.options.kinds);
    if (kind === 'websocket') new ClientWebSocket(this).open();
    else new ClientPolling(this, kind).attachAnew();
  }

  /** The page goes away for good: the application closes, the transport says so, and nobody is left to hear an answer. */
  leave(): void {
    const { driver } = this.end;
    if (this.end.finished) return;
    this.end.close(GOING_AWAY);
    const transport = this.adoptedTransport;
    if (transport?.isAttached && transport.sayGoodbye()) this.saidGoodbyeAtMs = this.clock.now;
    driver.end();
  }

  /** The statement of a new attempt. */
  state(transport: ClientTransport): Pick<HttpAttach, 'session' | 'secret' | 'attach' | 'received'> {
    const attach = ++this.newestAttach;
    this.attempts.set(transport, attach);
    this.clock.after(PATIENCE_MS, () => {
      if (this.attempts.get(transport) === attach) transport.fail();
    });
    return { ...this.identity, attach, received: this.received };
  }

  get received(): number | null {
    return this.wasAttached ? this.end.driver.session.received : null;
  }

  get holdMs(): number {
    return this.options.holdMs;
  }

  get isNarrow(): boolean {
    return this.options.isNarrow;
  }

  /** Of requests. */
  get maxFragmentBytes(): number {
    return this.isNarrow ? MOST_RESENT_BYTES * (1 + (this.newestAttach % 4)) : Number.POSITIVE_INFINITY;
  }

  onAttached(transport: ClientTransport, { attach, received, paused = false }: Attached): void {
    this.attempts.delete(transport);
    if (attach < this.adopted || this.end.finished) {
      // The answer to a newer attach came first; the server has let this one go.
      transport.drop();
      this.comeBack();
      return;
    }
    this.adopted = attach;
    this.wasAttached = true;
    transport.isAttached = true;
    this.adoptedTransport = transport;
    this.end.driver.heldUp(paused);
    this.end.driver.attach(transport, received, attach);
    this.sayWhetherPaused();
  }

  /** Also with each attach: what was said last may be lost. */
  sayWhetherPaused(): void {
    const { driver } = this.end;
    this.hasPaused ||= driver.holdsPeerUp;
    if (this.hasPaused) driver.sendControl(control(driver.holdsPeerUp ? 'pause' : 'resume'));
  }

  onSuperseded(transport: ClientTransport, by: number): void {
    // Said before the server had the newer statement of this transport.
    if (by < transport.attach) return;
    this.attempts.delete(transport);
    transport.isAttached = false;
    this.newestAttach = Math.max(this.newestAttach, by);
    this.end.driver.detach(transport);
    const hasOther = this.end.driver.transport !== undefined || this.attempts.size > 0;
    const takesOver = hasOther ? this.isRestless && this.random.chance(0.3) : this.random.chance(0.7);
    if (takesOver) transport.attachAnew();
    else transport.drop();
    this.comeBack();
  }

  onGone(): void {
    this.end.driver.end();
  }

  onFailed(transport: ClientTransport): void {
    this.attempts.delete(transport);
    this.end.driver.detach(transport);
    this.comeBack();
  }

  private get isRestless(): boolean {
    return this.clock.now < this.options.restlessUntilMs;
  }

  private comeBack(): void {
    if (this.retries) return;
    this.retries = true;
    this.clock.after(this.random.integer(5, 300), () => {
      this.retries = false;
      if (this.end.driver.transport === undefined && this.attempts.size === 0) this.connect();
    });
  }
}
