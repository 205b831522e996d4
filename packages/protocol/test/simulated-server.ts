/**
 * The server of a simulation: what PROTOCOL.md §3 to §5 say of attaching, for one session. Statements come over connections
 * and in requests; the newest wins, older transports are let go, and a session that ended stays gone.
 */
import { BatchReader, BatchWriter } from '../src/batch.ts';
import type { Payload } from '../src/item.ts';
import { type Attach, parseHttpAttach, parseReattach, parseToken } from '../src/statement.ts';
import type { Outgoing, Transport } from '../src/transport.ts';
import { type Control, control, type NumberedItem, parseCount, WireReader, WireWriter } from '../src/wire.ts';
import type { Random, SimulatedClock } from './simulated-clock.ts';
import type { SimulatedEnd } from './simulated-end.ts';
import type { Connection, Responder } from './simulated-link.ts';

/** One message of a simulated WebSocket. */
export interface WireMessage {
  readonly data: Payload;
  readonly binary: boolean;
}

/** What a simulated WebSocket takes before it has to be asked again: less than two fragments. */
export const SOCKET_HIGH_WATER_BYTES = 60_000;

/** What a body holds: one fragment of any text, and some more. */
export const MAX_BODY_BYTES = 120_000;

/** How long a batch of a streamed body may stay unacknowledged (PROTOCOL.md §5). */
const STALL_AFTER_MS = 1_000;

export class SimulatedServer {
  readonly clock: SimulatedClock;
  readonly random: Random;
  end: SimulatedEnd | undefined = undefined;

  private readonly createEnd: () => SimulatedEnd;
  private secret = '';
  /** The highest attach number seen. */
  newestAttach = 0;

  /** @param createEnd makes the server's end when a client attaches for the first time */
  constructor(clock: SimulatedClock, random: Random, createEnd: () => SimulatedEnd) {
    this.clock = clock;
    this.random = random;
    this.createEnd = createEnd;
  }

  /** @returns the session, created if the client is new; undefined where it is gone */
  find(statement: Attach): SimulatedEnd | undefined {
    if (this.end === undefined && statement.received === null && statement.attach > 0) {
      this.end = this.createEnd();
      this.secret = statement.secret;
      this.end.driver.touch();
    }
    return this.secret === statement.secret && this.end?.finished === false ? this.end : undefined;
  }

  /** Whether this attach may take over; the transport of an older one is then let go, unless it attaches itself. */
  admit(attach: number, transport?: Transport): boolean {
    if (attach === 0 || attach < this.newestAttach) return false;
    if (attach > this.newestAttach) {
      this.newestAttach = attach;
      const { driver } = this.end as SimulatedEnd;
      const older = driver.transport;
      if (older !== undefined && older !== transport) {
        driver.detach(older);
        older.release('superseded', attach);
      }
    }
    return true;
  }

  readonly acceptWebSocket = (connection: Connection<WireMessage>): void => {
    new ServerWebSocket(this, connection);
  };

  readonly serve = (body: Uint8Array, responder: Responder): void => {
    const messages = readBody(body);
    const first = messages.shift();
    if (first?.kind !== 'control' || first.verb !== 'attach') throw new Error('a body without a statement');
    const statement = parseHttpAttach(first.argument);
    const end = this.find(statement);
    if (end === undefined) answer(responder, control('gone'));
    else if (!this.admit(statement.attach)) answer(responder, control('superseded', this.newestAttach));
    else {
      const { driver } = end;
      driver.acknowledge(statement.received ?? 0);
      for (const event of messages) {
        if (event.kind === 'item') driver.receive(event.number, event.item);
        else driver.control(event.verb, event.argument);
      }
      driver.touch();
      const attached = control('attached', this.attached(statement.attach));
      if (statement.answer === 'now' || driver.state === 'finished') answer(responder, attached);
      else {
        const response = new ServerResponse(this, end, responder, statement.answer === 'stream');
        response.open(attached, statement.holdMs as number);
        driver.attach(response, statement.received ?? 0, statement.attach);
      }
    }
  };

  attached(attach: number): string {
    return JSON.stringify({ attach, received: this.end?.driver.session.received });
  }
}

/** A session on a simulated WebSocket. */
class ServerWebSocket implements Transport {
  readonly name = 'server websocket';
  readonly sendsAcknowledgements = true;

  private readonly server: SimulatedServer;
  private readonly connection: Connection<WireMessage>;
  private end: SimulatedEnd | undefined = undefined;
  private reader = new WireReader();
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
    else if (event.kind === 'item') this.end.driver.receive(event.number, event.item);
    else this.end.driver.control(event.verb, event.argument);
  }

  private attach({ attach, received }: Pick<Attach, 'attach' | 'received'>): void {
    const { driver } = this.end as SimulatedEnd;
    if (driver.state === 'finished') {
      this.release('gone', 0);
    } else if (this.server.admit(attach, this)) {
      this.reader = new WireReader(driver.session.received);
      this.writer = new WireWriter(received ?? 0);
      this.say(control('attached', this.server.attached(attach)));
      driver.attach(this, received ?? 0, attach);
    } else {
      // What was sent before the statement is numbered on, to be ignored.
      this.say(control('superseded', this.server.newestAttach));
      this.reader = new WireReader(0);
    }
  }

  private say(data: Payload, binary = false): void {
    this.connection.down.send({ data, binary }, data.length);
  }
}

/** The response to a `hold` or `stream` request: takes one batch or a few. */
class ServerResponse implements Transport {
  readonly name = 'server response';
  readonly sendsAcknowledgements = false;
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
    else this.endIfStalled(outgoing.first + outgoing.items.length);
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

export const encodeText = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Every item and control of a whole body. */
export function readBody(body: Uint8Array): (NumberedItem | Control)[] {
  const batch = new BatchReader(MAX_BODY_BYTES);
  const wire = new WireReader();
  const events: (NumberedItem | Control)[] = [];
  batch.push(body);
  for (let message = batch.next(); message !== undefined; message = batch.next()) {
    const event = wire.read(message.data, message.binary);
    if (event !== undefined) events.push(event);
  }
  if (!batch.complete) throw new Error('a body that was cut');
  return events;
}

function answer(responder: Responder, text: string): void {
  const writer = new BatchWriter(encodeText);
  writer.write(text);
  responder.write(writer.finish());
  responder.end();
}

/** The number that a `~superseded` names. */
export function supersededBy({ argument }: Control): number {
  return parseCount(argument);
}
