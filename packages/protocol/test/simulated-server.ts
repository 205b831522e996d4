/**
 * The server of a simulation: what PROTOCOL.md §3 to §5 say of attaching, for one session. Statements come over connections
 * and in requests; the newest wins, older transports are let go, and a session that ended stays gone.
 */
import { BatchWriter } from '../src/batch.ts';
import { type Attach, parseHttpAttach } from '../src/statement.ts';
import type { Outgoing, Transport } from '../src/transport.ts';
import { control, WireWriter } from '../src/wire.ts';
import type { Random, SimulatedClock } from './simulated-clock.ts';
import type { SimulatedEnd } from './simulated-end.ts';
import type { Connection, Responder } from './simulated-link.ts';
import { ServerResponse, ServerWebSocket } from './simulated-server-transports.ts';
import { encodeText, readBody, type WireMessage } from './simulated-wire.ts';

export class SimulatedServer {
  readonly clock: SimulatedClock;
  readonly random: Random;
  end: SimulatedEnd | undefined = undefined;

  private readonly createEnd: () => SimulatedEnd;
  private readonly besideBytes: number;
  private secret = '';
  /** The highest attach number seen. */
  newestAttach = 0;

  /**
   * @param besideBytes how much the answer to a `now` request brings at most
   * @param createEnd makes the server's end when a client attaches for the first time
   */
  constructor(clock: SimulatedClock, random: Random, besideBytes: number, createEnd: () => SimulatedEnd) {
    this.clock = clock;
    this.random = random;
    this.besideBytes = besideBytes;
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
      // The client has given up what went before.
      const { outgoing } = driver.session;
      outgoing.rewind(outgoing.acknowledged);
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
        if (event.kind !== 'control') driver.receive(event.number, event);
        else driver.control(event.verb, event.argument);
      }
      driver.touch();
      const attached = control('attached', this.attached(statement.attach));
      if (statement.answer === 'now' || driver.state === 'finished') {
        answer(responder, attached, driver.takeBeside(this.besideBytes, statement.attach));
      } else {
        const response = new ServerResponse(this, end, responder, statement.answer === 'stream');
        response.open(attached, statement.holdMs as number);
        driver.attach(response, statement.received ?? 0, statement.attach);
      }
    }
  };

  attached(attach: number): string {
    const { session, holdsPeerUp } = (this.end as SimulatedEnd).driver;
    return JSON.stringify({ attach, received: session.received, ...(holdsPeerUp && { paused: true }) });
  }
}

function answer(responder: Responder, text: string, outgoing?: Outgoing): void {
  const writer = new BatchWriter(encodeText);
  writer.write(text);
  if (outgoing !== undefined) {
    new WireWriter().write(outgoing, (data, binary) => writer.write(data, binary));
  }
  responder.write(writer.finish());
  responder.end();
}
