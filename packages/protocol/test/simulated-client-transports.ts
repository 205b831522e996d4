/**
 * The client's transports of a simulation: a WebSocket, and polling whose answers are held or streamed. They speak the real
 * wire; what to do when one is attached, superseded or lost is the client's (simulated-client.ts).
 */
import { BatchReader, BatchWriter } from '../src/batch.ts';
import type { Payload } from '../src/item.ts';
import { type Answer, formatHttpAttach, formatToken, parseAttached } from '../src/statement.ts';
import type { Outgoing, Transport } from '../src/transport.ts';
import { decodeUtf8 } from '../src/utf8.ts';
import { type Control, control, type NumberedItem, parseCount, WireReader, WireWriter } from '../src/wire.ts';
import type { SimulatedClient } from './simulated-client.ts';
import type { Connection, Exchange } from './simulated-link.ts';
import {
  encodeText,
  MAX_BODY_BYTES,
  PATIENCE_MS,
  readBody,
  SOCKET_HIGH_WATER_BYTES,
  type WireMessage,
} from './simulated-wire.ts';

/** What is sent with the attach of a session that comes back, at most. */
export const MOST_RESENT_BYTES = 5_000;

/** What a browser lets a page that goes away send in a request, at most, less the statement. */
const MAX_BEACON_BYTES = 60_000;

export abstract class ClientTransport implements Transport {
  abstract readonly name: string;
  abstract readonly acknowledges: 'late' | 'often';
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
  /** The page goes away: whatever the peer does not have goes out as the last of all. @returns whether that is everything */
  abstract sayGoodbye(): boolean;
  protected abstract close(): void;

  holdUp(): void {
    this.client.sayWhetherPaused();
  }

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

  /** @param room what `capacity` says before anything is taken */
  protected checkRoom({ run: { items } }: Outgoing, room: number): void {
    const bytes = items.reduce((sum, item) => sum + (item.kind === 'data' ? item.data.length : 0), 0);
    if (items.length > 1 && bytes > room) this.client.end.problem(`hands out ${bytes} where ${room} fit`);
  }

  /** An item or control while attached. */
  protected take(event: NumberedItem | Control): void {
    const { driver } = this.client.end;
    if (event.kind !== 'control') driver.receive(event.number, event);
    else if (event.verb === 'superseded') this.client.onSuperseded(this, parseCount(event.argument));
    else if (event.verb === 'gone') this.client.onGone();
    else driver.control(event.verb, event.argument);
  }
}

/** A session on a simulated WebSocket. */
export class ClientWebSocket extends ClientTransport {
  readonly name = 'client websocket';
  readonly acknowledges = 'often';
  private readonly connection: Connection<WireMessage>;
  private stated = 0;
  private reader = new WireReader(0, decodeUtf8);
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
    this.checkRoom(outgoing, this.capacity());
    this.writer.write(outgoing, (data, binary) => this.say(data, binary));
  }

  sayGoodbye(): boolean {
    const { outgoing, received } = this.client.end.driver.session;
    const run = outgoing.take(Number.POSITIVE_INFINITY);
    this.writer.write({ run, received, controls: [] }, (data, binary) => this.say(data, binary));
    return true;
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
      this.reader = new WireReader(this.stated, decodeUtf8);
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

/** One `now` request at a time, and one `hold` or `stream` request after the other. */
export class ClientPolling extends ClientTransport {
  readonly name: string;
  readonly acknowledges = 'late';
  pendingBytes = 0;
  private readonly answer: Answer;
  private readonly exchanges: Set<Exchange> = new Set();
  private isBusy = false;
  /** Whether the attach under way was stated twice. */
  private isRepeated = false;
  /** What the driver sent last of all, while a request was under way. */
  private lastWord: Outgoing | undefined = undefined;

  constructor(client: SimulatedClient, answer: 'hold' | 'stream') {
    super(client);
    this.name = `client ${answer}`;
    this.answer = answer;
  }

  attachAnew(): void {
    this.abandonExchanges();
    this.attach = this.client.state(this).attach;
    this.isRepeated = false;
    this.post(this.withAttach());
  }

  /** What the server may not have, and is little. It counts as unsent still. */
  private withAttach(): Outgoing | undefined {
    const { driver } = this.client.end;
    const { outgoing, received } = driver.session;
    if (this.client.received === null || driver.transport !== undefined) return undefined;
    if (this.client.random.chance(0.5)) return undefined;
    outgoing.rewind(outgoing.acknowledged);
    const run = outgoing.take(MOST_RESENT_BYTES);
    const fits = outgoing.heldBytes - outgoing.unsentBytes <= MOST_RESENT_BYTES;
    outgoing.rewind(outgoing.acknowledged);
    // What may be cut anew by the answer must not be there already.
    if (this.client.isNarrow && !fits) return undefined;
    return { run, received, controls: [] };
  }

  get maxFragmentBytes(): number {
    return this.client.maxFragmentBytes;
  }

  capacity(): number {
    return this.isBusy ? 0 : MAX_BODY_BYTES - 2_000;
  }

  send(outgoing: Outgoing): void {
    this.checkRoom(outgoing, MAX_BODY_BYTES - 2_000);
    if (this.isBusy) this.lastWord = outgoing;
    else this.post(outgoing);
  }

  override release(reason?: 'superseded' | 'over' | 'gone'): void {
    if (reason !== 'over') this.drop();
    // Requests under way may still arrive.
    this.isOver = true;
    this.isAttached = false;
  }

  /** In a request that nobody waits for; the browser ends all others. */
  sayGoodbye(): boolean {
    const { outgoing, received } = this.client.end.driver.session;
    this.abandonExchanges();
    outgoing.rewind(outgoing.acknowledged);
    const run = outgoing.take(MAX_BEACON_BYTES);
    const body = this.body('now', { run, received, controls: [] });
    this.client.link.request(body, this.client.server.serve);
    return !outgoing.hasUnsent;
  }

  protected close(): void {
    this.abandonExchanges();
  }

  /** A `now` request. */
  private post(outgoing?: Outgoing): void {
    this.isBusy = true;
    this.pendingBytes = outgoing?.run.items.length ?? 0;
    const chunks: Uint8Array[] = [];
    this.request('now', outgoing, {
      onPiece: (chunk) => chunks.push(chunk),
      onEnd: (orderly) => {
        if (!orderly) this.repeatOrFail();
        else this.onPosted(readBody(Buffer.concat(chunks)));
      },
    });
  }

  /** One request may be lost: the attach is stated again before the path is given up. */
  private repeatOrFail(): void {
    if (this.isAttached || this.isOver || this.isRepeated) {
      this.fail();
      return;
    }
    this.isRepeated = true;
    this.post(this.withAttach());
  }

  private onPosted([first, ...rest]: (NumberedItem | Control)[]): void {
    this.isBusy = false;
    this.pendingBytes = 0;
    const { lastWord } = this;
    this.lastWord = undefined;
    if (lastWord !== undefined) this.post(lastWord);
    if (this.isOver || first?.kind !== 'control') return;
    if (first.verb !== 'attached') this.take(first);
    else if (this.isAttached) {
      this.client.end.driver.acknowledge(parseAttached(first.argument).received);
      this.takeAll(rest);
      if (this.isAttached) this.client.end.driver.flush();
    } else {
      this.client.onAttached(this, parseAttached(first.argument));
      this.takeAll(rest);
      this.hold();
    }
  }

  private takeAll(events: readonly (NumberedItem | Control)[]): void {
    for (const event of events) {
      if (this.isAttached) this.take(event);
    }
  }

  private hold(): void {
    if (!this.isAttached) return;
    this.client.end.driver.saidReceived();
    const batch = new BatchReader(MAX_BODY_BYTES);
    const wire = new WireReader(undefined, decodeUtf8);
    this.request(this.answer, undefined, {
      onPiece: (chunk) => {
        batch.push(chunk);
        for (let message = batch.next(); message !== undefined; message = batch.next()) {
          const event = wire.read(message.data, message.binary);
          if (event === undefined || !this.isAttached) continue;
          if (event.kind === 'control' && event.verb === 'attached') {
            const { received, paused = false } = parseAttached(event.argument);
            this.client.end.driver.acknowledge(received);
            this.client.end.driver.heldUp(paused);
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
    const { client } = this;
    const exchange = client.link.request(this.body(answer, outgoing), client.server.serve);
    this.exchanges.add(exchange);
    exchange.response.reader = {
      onPiece: (chunk) => {
        if (this.exchanges.has(exchange)) reader.onPiece(chunk);
      },
      onEnd: (orderly) => {
        if (this.exchanges.delete(exchange)) reader.onEnd(orderly);
      },
    };
    client.clock.after(client.holdMs + PATIENCE_MS, () => {
      if (this.exchanges.delete(exchange)) this.fail();
    });
  }

  private body(answer: Answer, outgoing: Outgoing | undefined): Uint8Array {
    const { attach, client } = this;
    const writer = new BatchWriter(encodeText);
    const statement = { ...client.identity, attach, received: client.received };
    writer.write(control('attach', formatHttpAttach({ ...statement, answer, holdMs: client.holdMs })));
    if (outgoing !== undefined) {
      new WireWriter().write(outgoing, (data, binary) => writer.write(data, binary));
    }
    return writer.finish();
  }

  private abandonExchanges(): void {
    this.isBusy = false;
    for (const exchange of this.exchanges) exchange.cut();
    this.exchanges.clear();
  }
}
