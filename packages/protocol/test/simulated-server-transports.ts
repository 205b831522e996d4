/**
 * The server's transports of a simulation: a WebSocket, and the response to a `hold` or `stream` request. They speak the real wire;
 * which attach holds is the server's (simulated-server.ts).
 */
import { BatchWriter } from '../src/batch.ts';
import type { Payload } from '../src/item.ts';
import { type Attach, parseReattach, parseToken } from '../src/statement.ts';
import type { Outgoing, Transport } from '../src/transport.ts';
import { decodeUtf8 } from '../src/utf8.ts';
import { control, WireReader, WireWriter } from '../src/wire.ts';
import type { SimulatedEnd } from './simulated-end.ts';
import type { Connection, Responder } from './simulated-link.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { encodeText, MAX_BODY_BYTES, SOCKET_HIGH_WATER_BYTES, type WireMessage } from './simulated-wire.ts';

/** How long a batch of a streamed body may stay unacknowledged (PROTOCOL.md §5). */
const STALL_AFTER_MS = 1_000;

/** A session on a simulated WebSocket. */
export class ServerWebSocket implements Transport {
  readonly name = 'server websocket';
  readonly acknowledges = 'often';

  private readonly server: SimulatedServer;
  private readonly connection: Connection<WireMessage>;
  private end: SimulatedEnd | undefined = undefined;
  private reader = new WireReader(undefined, decodeUtf8);
  private writer = new WireWriter();

  constructor(server: SimulatedServer, connection: Connection<WireMessage>) {
    this.server = server;
    this.connection = connection;
    connection.up.reader = {
      onPiece: (message) => this.onMessage(message),
      onEnd: () => this.end?.driver.detach(this),
    };
    connection.down.onDrain = () => {
      if (this.isAttached) this.end?.driver.flush();
    };
  }

  get pendingBytes(): number {
    return this.connection.down.inFlightBytes;
  }

  capacity(): number {
    return SOCKET_HIGH_WATER_BYTES - this.pendingBytes;
  }

  send(outgoing: Outgoing): void {
    this.writer.write(outgoing, (data, binary) => this.say(data, binary));
  }

  holdUp(isHeldUp: boolean): void {
    this.say(control(isHeldUp ? 'pause' : 'resume'));
  }

  release(reason: 'superseded' | 'over' | 'gone', attach: number): void {
    if (reason === 'superseded') this.say(control('superseded', attach));
    else {
      if (reason === 'gone') this.say(control('gone'));
      this.connection.down.end();
    }
  }

  private get isAttached(): boolean {
    return this.end?.driver.transport === this;
  }

  private onMessage({ data, binary }: WireMessage): void {
    if (this.end === undefined) {
      const statement = parseToken(data as string);
      this.end = this.server.find(statement);
      if (this.end === undefined) this.release('gone', 0);
      else this.attach(statement);
      return;
    }
    // A server has text in UTF-8.
    const event = this.reader.read(typeof data === 'string' ? Buffer.from(data) : data, binary);
    if (event === undefined) return;
    if (event.kind === 'control' && event.verb === 'attach') this.attach(parseReattach(event.argument));
    else if (!this.isAttached) return;
    else if (event.kind !== 'control') this.end.driver.receive(event.number, event);
    else this.end.driver.control(event.verb, event.argument);
  }

  private attach({ attach, received }: Pick<Attach, 'attach' | 'received'>): void {
    const { driver } = this.end as SimulatedEnd;
    if (driver.state === 'finished') {
      this.release('gone', 0);
    } else if (this.server.admit(attach, this)) {
      this.reader = new WireReader(driver.session.received, decodeUtf8);
      this.writer = new WireWriter(received ?? 0);
      this.say(control('attached', this.server.attached(attach)));
      driver.attach(this, received ?? 0, attach);
    } else {
      // What was sent before the statement is numbered on, to be ignored.
      this.say(control('superseded', this.server.newestAttach));
      this.reader = new WireReader(0, decodeUtf8);
    }
  }

  private say(data: Payload, binary = false): void {
    this.connection.down.send({ data, binary }, data.length);
  }
}

/** The response to a `hold` or `stream` request: takes one batch or a few. */
export class ServerResponse implements Transport {
  readonly name = 'server response';
  readonly acknowledges = 'never';
  readonly pendingBytes = 0;

  private readonly server: SimulatedServer;
  private readonly end: SimulatedEnd;
  private readonly responder: Responder;
  /** How many batches it still takes. */
  private batches: number;
  private isOpen = true;

  constructor(server: SimulatedServer, end: SimulatedEnd, responder: Responder, streams: boolean) {
    this.server = server;
    this.end = end;
    this.responder = responder;
    this.batches = streams ? server.random.integer(2, 6) : 1;
    responder.onAborted = () => this.finish();
  }

  open(attached: string, holdMs: number): void {
    this.write((writer) => writer.write(attached));
    this.server.clock.after(holdMs, () => this.finish());
  }

  capacity(): number {
    return this.batches > 0 ? MAX_BODY_BYTES : 0;
  }

  send(outgoing: Outgoing): void {
    this.batches--;
    this.write((writer) => {
      new WireWriter().write(outgoing, (data, binary) => writer.write(data, binary));
    });
    if (this.batches <= 0) this.finish();
    else this.endIfStalled(outgoing.run.first + outgoing.run.items.length);
  }

  /** The next request is told. */
  holdUp(): void {
    this.finish();
  }

  release(reason: 'superseded' | 'over' | 'gone', attach: number): void {
    if (reason === 'superseded') this.write((writer) => writer.write(control('superseded', attach)));
    if (reason === 'gone') this.write((writer) => writer.write(control('gone')));
    this.finish();
  }

  private endIfStalled(count: number): void {
    this.server.clock.after(STALL_AFTER_MS, () => {
      if (this.end.driver.session.outgoing.acknowledged < count) this.finish();
    });
  }

  private write(fill: (writer: BatchWriter) => void): void {
    if (!this.isOpen) return;
    const writer = new BatchWriter(encodeText);
    fill(writer);
    this.responder.write(writer.finish());
  }

  private finish(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.batches = 0;
    this.responder.end();
    this.end.driver.detach(this);
  }
}
