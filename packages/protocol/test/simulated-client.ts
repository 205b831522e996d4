/**
 * The client of a simulation: it keeps its end attached by transports chosen at random, several at once if it likes, and comes
 * back after each failure. What a client must know of PROTOCOL.md §4 is in `onAttached` and `onSuperseded`.
 */
import { BatchReader, BatchWriter } from '../src/batch.ts';
import type { Payload } from '../src/item.ts';
import {
  type Answer,
  type Attached,
  formatHttpAttach,
  formatToken,
  type HttpAttach,
  parseAttached,
} from '../src/statement.ts';
import type { Outgoing, Transport } from '../src/transport.ts';
import { type Control, control, type NumberedItem, WireReader, WireWriter } from '../src/wire.ts';
import type { Random, SimulatedClock } from './simulated-clock.ts';
import type { SimulatedEnd } from './simulated-end.ts';
import type { Connection, Exchange, Link } from './simulated-link.ts';
import {
  encodeText,
  MAX_BODY_BYTES,
  readBody,
  type SimulatedServer,
  SOCKET_HIGH_WATER_BYTES,
  supersededBy,
  type WireMessage,
} from './simulated-server.ts';

const SESSION = 'simulated-session';
const SECRET = 'simulated-secret-of-22';

/** How long an answer may take before the transport is given up. */
const PATIENCE_MS = 2_500;

/** How long a `hold` or `stream` answer hangs at most. */
const HOLD_MS = 800;

export type TransportKind = 'websocket' | 'hold' | 'stream';

export interface SimulatedClientOptions {
  readonly kinds: readonly TransportKind[];
  /** When it stops changing transports for no reason, in ms. */
  readonly restlessUntilMs: number;
}

export class SimulatedClient {
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

  /** The statement of a new attempt. */
  state(transport: ClientTransport): Pick<HttpAttach, 'session' | 'secret' | 'attach' | 'received'> {
    const attach = ++this.newestAttach;
    this.attempts.set(transport, attach);
    this.clock.after(PATIENCE_MS, () => {
      if (this.attempts.get(transport) === attach) transport.fail();
    });
    return { session: SESSION, secret: SECRET, attach, received: this.received };
  }

  get received(): number | null {
    return this.wasAttached ? this.end.driver.session.received : null;
  }

  onAttached(transport: ClientTransport, { attach, received }: Attached): void {
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
    this.end.driver.attach(transport, received, attach);
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

abstract class ClientTransport implements Transport {
  abstract readonly name: string;
  abstract readonly sendsAcknowledgements: boolean;
  abstract readonly pendingBytes: number;
  /** The number stated last. */
  attach = 0;
  isAttached = false;
  protected isOver = false;
  protected readonly client: SimulatedClient;

  constructor(client: SimulatedClient) {
    this.client = client;
  }

  abstract capacity(): number;
  abstract send(outgoing: Outgoing): void;
  /** States anew, over the same path. */
  abstract attachAnew(): void;
  protected abstract close(): void;

  release(): void {
    this.drop();
  }

  drop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.isAttached = false;
    this.close();
  }

  fail(): void {
    if (this.isOver) return;
    this.drop();
    this.client.onFailed(this);
  }

  /** An item or control while attached. */
  protected take(event: NumberedItem | Control): void {
    const { driver } = this.client.end;
    if (event.kind === 'item') driver.receive(event.number, event.item);
    else if (event.verb === 'superseded') this.client.onSuperseded(this, supersededBy(event));
    else if (event.verb === 'gone') this.client.onGone();
    else driver.control(event.verb, event.argument);
  }
}

class ClientWebSocket extends ClientTransport {
  readonly name = 'client websocket';
  readonly sendsAcknowledgements = true;
  private readonly connection: Connection<WireMessage>;
  private stated = 0;
  private reader = new WireReader(0);
  private writer = new WireWriter();

  constructor(client: SimulatedClient) {
    super(client);
    this.connection = client.link.connect(client.server.acceptWebSocket);
    this.connection.down.reader = {
      onPiece: (message) => this.onMessage(message),
      onEnd: () => this.fail(),
    };
    this.connection.up.onDrain = () => {
      if (this.isAttached) client.end.driver.flush();
    };
  }

  open(): void {
    const provesThePath = this.client.received !== null && this.client.random.chance(0.3);
    const statement = this.client.state(this);
    this.attach = provesThePath ? 0 : statement.attach;
    this.stated = statement.received ?? 0;
    this.say(formatToken({ ...statement, attach: this.attach }));
  }

  attachAnew(): void {
    const { attach, received } = this.client.state(this);
    this.attach = attach;
    this.stated = received ?? 0;
    this.say(control('attach', JSON.stringify({ attach, received })));
  }

  get pendingBytes(): number {
    return this.connection.up.inFlightBytes;
  }

  capacity(): number {
    return SOCKET_HIGH_WATER_BYTES - this.pendingBytes;
  }

  send(outgoing: Outgoing): void {
    this.writer.write(outgoing, (data, binary) => this.say(data, binary));
  }

  protected close(): void {
    this.connection.up.end();
  }

  private onMessage({ data, binary }: WireMessage): void {
    if (this.isOver) return;
    // A browser has text as strings.
    const event = this.reader.read(
      !binary && typeof data !== 'string' ? Buffer.from(data).toString() : data,
      binary,
    );
    if (event === undefined) return;
    if (this.isAttached) this.take(event);
    else if (event.kind === 'control' && event.verb === 'attached') {
      const attached = parseAttached(event.argument);
      if (attached.attach !== this.attach) return;
      this.reader = new WireReader(this.stated);
      this.writer = new WireWriter(attached.received);
      this.client.onAttached(this, attached);
    } else if (event.kind === 'control') this.take(event);
    // Items that were sent before the statement came are not ours to number.
  }

  private say(data: Payload, binary = false): void {
    const piece = !binary && typeof data !== 'string' ? Buffer.from(data).toString() : data;
    this.connection.up.send({ data: piece, binary }, data.length);
  }
}

class ClientPolling extends ClientTransport {
  readonly name: string;
  readonly sendsAcknowledgements: boolean;
  pendingBytes = 0;
  private readonly answer: Answer;
  private readonly exchanges: Set<Exchange> = new Set();
  private isBusy = false;
  /** What the driver sent last of all, while a request was under way. */
  private lastWord: Outgoing | undefined = undefined;

  constructor(client: SimulatedClient, answer: 'hold' | 'stream') {
    super(client);
    this.name = `client ${answer}`;
    this.answer = answer;
    this.sendsAcknowledgements = answer === 'stream';
  }

  attachAnew(): void {
    this.abandonExchanges();
    this.attach = this.client.state(this).attach;
    this.post();
  }

  capacity(): number {
    return this.isBusy ? 0 : MAX_BODY_BYTES - 2_000;
  }

  send(outgoing: Outgoing): void {
    if (this.isBusy) this.lastWord = outgoing;
    else this.post(outgoing);
  }

  override release(reason?: 'superseded' | 'over' | 'gone'): void {
    if (reason !== 'over') this.drop();
    // Requests under way may still arrive.
    this.isOver = true;
    this.isAttached = false;
  }

  protected close(): void {
    this.abandonExchanges();
  }

  /** A `now` request. */
  private post(outgoing?: Outgoing): void {
    this.isBusy = true;
    this.pendingBytes = outgoing?.items.length ?? 0;
    const chunks: Uint8Array[] = [];
    this.request('now', outgoing, {
      onPiece: (chunk) => chunks.push(chunk),
      onEnd: (orderly) => {
        if (!orderly) this.fail();
        else this.onPosted(readBody(Buffer.concat(chunks)));
      },
    });
  }

  private onPosted([first]: (NumberedItem | Control)[]): void {
    this.isBusy = false;
    this.pendingBytes = 0;
    const { lastWord } = this;
    this.lastWord = undefined;
    if (lastWord !== undefined) this.post(lastWord);
    if (this.isOver || first?.kind !== 'control') return;
    if (first.verb !== 'attached') this.take(first);
    else if (this.isAttached) {
      this.client.end.driver.acknowledge(parseAttached(first.argument).received);
      this.client.end.driver.flush();
    } else {
      this.client.onAttached(this, parseAttached(first.argument));
      this.hold();
    }
  }

  private hold(): void {
    if (!this.isAttached) return;
    const batch = new BatchReader(MAX_BODY_BYTES);
    const wire = new WireReader();
    this.request(this.answer, undefined, {
      onPiece: (chunk) => {
        batch.push(chunk);
        for (let message = batch.next(); message !== undefined; message = batch.next()) {
          const event = wire.read(message.data, message.binary);
          if (event === undefined || !this.isAttached) continue;
          if (event.kind === 'control' && event.verb === 'attached') {
            this.client.end.driver.acknowledge(parseAttached(event.argument).received);
          } else this.take(event);
        }
      },
      onEnd: (orderly) => {
        if (orderly && batch.complete) this.hold();
        else this.fail();
      },
    });
  }

  private request(
    answer: Answer,
    outgoing: Outgoing | undefined,
    reader: { onPiece(chunk: Uint8Array): void; onEnd(orderly: boolean): void },
  ): void {
    const { attach, client } = this;
    const writer = new BatchWriter(encodeText);
    const statement = { session: SESSION, secret: SECRET, attach, received: client.received };
    writer.write(control('attach', formatHttpAttach({ ...statement, answer, holdMs: HOLD_MS })));
    if (outgoing !== undefined) {
      new WireWriter().write(outgoing, (data, binary) => writer.write(data, binary));
    }
    const exchange = client.link.request(writer.finish(), client.server.serve);
    this.exchanges.add(exchange);
    exchange.response.reader = {
      onPiece: (chunk) => {
        if (this.exchanges.has(exchange)) reader.onPiece(chunk);
      },
      onEnd: (orderly) => {
        if (this.exchanges.delete(exchange)) reader.onEnd(orderly);
      },
    };
    client.clock.after(HOLD_MS + PATIENCE_MS, () => {
      if (this.exchanges.delete(exchange)) this.fail();
    });
  }

  private abandonExchanges(): void {
    this.isBusy = false;
    for (const exchange of this.exchanges) exchange.cut();
    this.exchanges.clear();
  }
}
