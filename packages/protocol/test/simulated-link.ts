/**
 * A network that fails: connections and requests on a simulated clock. What is sent arrives in order after a random time, until
 * the connection is cut: then a random part of what was under way still arrives, and each end notices sooner or later.
 * Requests are also lost, delivered twice, or delivered long after the client gave them up. It does not know what it carries.
 */
import type { Random, SimulatedClock } from './simulated-clock.ts';

/** What one end of a pipe is told. */
export interface PipeReader<T> {
  onPiece(piece: T): void;
  /** @param orderly whether everything has come, as the last chunk of an HTTP body or a TCP FIN tells */
  onEnd(orderly: boolean): void;
}

interface Flight<T> {
  readonly piece: T;
  readonly bytes: number;
}

/** One direction of a connection. */
export class Pipe<T> {
  reader: PipeReader<T> | undefined = undefined;
  /** Called when something has arrived, so that there is room again. */
  onDrain: (() => void) | undefined = undefined;
  /** Bytes under way. */
  inFlightBytes = 0;

  private readonly link: Link;
  private flights: Flight<T>[] = [];
  private lastAt = 0;
  private state: 'open' | 'ended' | 'cut' = 'open';

  constructor(link: Link) {
    this.link = link;
  }

  /** What is sent into a pipe that was cut is lost, and the sender does not know. */
  send(piece: T, bytes: number): void {
    if (this.state !== 'open') return;
    const flight = { piece, bytes };
    this.flights.push(flight);
    this.inFlightBytes += bytes;
    this.arriveAfter(this.link.latencyMs(), () => {
      if (this.flights[0] !== flight) return;
      this.flights.shift();
      this.inFlightBytes -= bytes;
      this.reader?.onPiece(piece);
      this.onDrain?.();
    });
  }

  /** The end, behind everything sent. */
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.arriveAfter(this.link.latencyMs(), () => {
      if (this.state === 'ended') this.reader?.onEnd(true);
    });
  }

  /**
   * A part of what is under way arrives, and the reader is told that it was cut `noticedAfterMs`.
   *
   * @param truncate makes of a piece the part of it that still arrives
   */
  cut(noticedAfterMs: number, truncate?: (piece: T) => T): void {
    if (this.state === 'cut') return;
    this.state = 'cut';
    const { random } = this.link;
    const arriving = random.integer(0, this.flights.length);
    const broken = this.flights[arriving];
    this.flights.length = arriving;
    this.inFlightBytes = this.flights.reduce((sum, { bytes }) => sum + bytes, 0);
    if (broken !== undefined && truncate !== undefined) {
      this.arriveAfter(0, () => this.reader?.onPiece(truncate(broken.piece)));
    }
    this.arriveAfter(noticedAfterMs, () => this.reader?.onEnd(false));
  }

  private arriveAfter(delayMs: number, run: () => void): void {
    const { clock, stalledUntilMs } = this.link;
    this.lastAt = Math.max(this.lastAt, clock.now + delayMs, stalledUntilMs);
    clock.after(this.lastAt - clock.now, run);
  }
}

/** Both directions; what a WebSocket runs on. */
export class Connection<T> {
  readonly up: Pipe<T>;
  readonly down: Pipe<T>;
  private readonly link: Link;

  constructor(link: Link) {
    this.link = link;
    this.up = new Pipe(link);
    this.down = new Pipe(link);
  }

  /** Both directions, or for a while one alone: the other end goes on in good faith. */
  cut(): void {
    const { clock, random } = this.link;
    const laterMs = random.chance(0.3) ? random.integer(0, 2_000) : 0;
    const [first, second] = random.chance(0.5) ? [this.up, this.down] : [this.down, this.up];
    first.cut(laterMs + this.link.noticeMs());
    clock.after(laterMs, () => second.cut(this.link.noticeMs()));
  }
}

/** How a server answers one request. */
export interface Responder {
  write(bytes: Uint8Array): void;
  end(): void;
  /** Called when the client is found to be gone. */
  onAborted: (() => void) | undefined;
}

/** One request and its response. */
export class Exchange {
  readonly response: Pipe<Uint8Array>;
  private readonly link: Link;
  private responders: Responder[] = [];
  private held: Uint8Array[] = [];

  constructor(link: Link) {
    this.link = link;
    this.response = new Pipe(link);
  }

  /** The client lets go, or the network fails. */
  cut(): void {
    this.response.cut(this.link.noticeMs(), (bytes) =>
      bytes.subarray(0, this.link.random.integer(0, bytes.length)),
    );
    for (const responder of this.responders) {
      this.link.clock.after(this.link.noticeMs(), () => responder.onAborted?.());
    }
  }

  /** The request reaches the server. */
  arrive(body: Uint8Array, serve: Serve): void {
    const responder: Responder = {
      onAborted: undefined,
      write: (bytes) => this.write(bytes),
      end: () => this.end(),
    };
    this.responders.push(responder);
    serve(body, responder);
  }

  private write(bytes: Uint8Array): void {
    const { holdsBack } = this.link;
    if (holdsBack !== undefined) this.held.push(bytes);
    if (holdsBack === 'everything') return;
    if (holdsBack === 'last chunk') {
      const before = this.held.length > 1 ? this.held.shift() : undefined;
      if (before !== undefined) this.response.send(before, before.length);
      return;
    }
    const cutAt = this.link.random.integer(0, bytes.length);
    for (const chunk of [bytes.subarray(0, cutAt), bytes.subarray(cutAt)])
      this.response.send(chunk, chunk.length);
  }

  private end(): void {
    for (const bytes of this.held) this.response.send(bytes, bytes.length);
    this.held = [];
    this.response.end();
  }
}

export type Serve = (body: Uint8Array, responder: Responder) => void;

/** How a link treats what it carries. */
export interface LinkFaults {
  /** The mean time between two cuts of something, in ms; 0: nothing is ever lost. */
  readonly cutEveryMs: number;
  /** When things stop going wrong, in ms. */
  readonly untilMs: number;
  /** What of a response is held until its end, or the last chunk until the next one, as some proxies do. */
  readonly holdsBack: 'everything' | 'last chunk' | undefined;
}

/** One request in so many is lost, one is delivered twice, one comes after the client gave it up. */
const MISHAP_PROBABILITY = 0.04;

export class Link {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly holdsBack: LinkFaults['holdsBack'];
  /** What is sent until then arrives then. */
  stalledUntilMs = 0;
  /** Nothing arrives any more. */
  isDown = false;

  private readonly faults: LinkFaults;
  private readonly live: Set<{ cut(): void }> = new Set();

  constructor(clock: SimulatedClock, random: Random, faults: LinkFaults) {
    this.clock = clock;
    this.random = random;
    this.faults = faults;
    this.holdsBack = faults.holdsBack;
    if (this.failsNow) this.cutSometimes();
  }

  /** @param accept the server takes the connection; what it says arrives later */
  connect<T>(accept: (connection: Connection<T>) => void): Connection<T> {
    const connection = new Connection<T>(this);
    this.live.add(connection);
    if (this.isDown) connection.cut();
    else accept(connection);
    return connection;
  }

  request(body: Uint8Array, serve: Serve): Exchange {
    const { clock, random } = this;
    const exchange = new Exchange(this);
    this.live.add(exchange);
    const mishap = this.failsNow && random.chance(3 * MISHAP_PROBABILITY) ? random.integer(0, 2) : undefined;
    if (mishap === 0 || this.isDown) {
      exchange.cut();
      return exchange;
    }
    const arrives = (at: Exchange, delayMs: number): void => {
      const waitMs = Math.max(delayMs, this.stalledUntilMs - clock.now);
      clock.after(waitMs, () => this.isDown || at.arrive(body, serve));
    };
    arrives(exchange, this.latencyMs());
    // The other copy's response goes nowhere.
    if (mishap === 1) arrives(new Exchange(this), random.integer(0, 3_000));
    if (mishap === 2) exchange.cut();
    return exchange;
  }

  /** Everything is cut, and nothing arrives before `lastsMs` have passed. */
  goDown(lastsMs: number): void {
    this.isDown = true;
    for (const each of this.live) each.cut();
    this.clock.after(lastsMs, () => {
      this.isDown = false;
    });
  }

  latencyMs(): number {
    const { random } = this;
    return this.failsNow && random.chance(0.02) ? random.integer(100, 1_500) : random.integer(1, 40);
  }

  /** How long an end takes to notice that its connection was cut: at once by a reset, or late by silence. */
  noticeMs(): number {
    const { random } = this;
    return random.chance(0.7) ? random.integer(0, 50) : random.integer(500, 5_000);
  }

  private get failsNow(): boolean {
    return this.faults.cutEveryMs > 0 && this.clock.now < this.faults.untilMs;
  }

  private cutSometimes(): void {
    const { random } = this;
    this.clock.after(random.integer(1, 2 * this.faults.cutEveryMs), () => {
      if (!this.failsNow) return;
      const victims = [...this.live];
      if (random.chance(0.1)) this.stalledUntilMs = this.clock.now + random.integer(100, 2_000);
      else if (victims.length > 0) random.pick(victims.slice(-3)).cut();
      this.cutSometimes();
    });
  }
}
