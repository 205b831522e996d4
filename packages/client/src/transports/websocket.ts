/**
 * A session on a native WebSocket: wire messages are its messages, numbered by their order since the attach (PROTOCOL.md §2). The
 * first statement rides in the handshake as a subprotocol, the last one offered, so that a server which takes the first it is offered takes the
 * application's. `open` means nothing yet: a middlebox may answer 101 and then swallow everything; `~attached` counts.
 */
import {
  control,
  formatToken,
  isProtocolError,
  type Outgoing,
  parseAttached,
  parseCount,
  WireReader,
  WireWriter,
} from '@holdfast/protocol';
import type { ClientTransport, Statement, TransportContext } from './client-transport.ts';
import { SilenceWatch } from './silence.ts';

/** What waits in the browser beyond this is better kept where it can still change transports. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;

/** A browser does not tell when its buffer empties. Only looked at while it is full. */
const LOOK_AGAIN_AFTER_MS = 10;

/** The platform's own, whatever replaces it later; absent in Node 20. */
export const NativeWebSocket: typeof globalThis.WebSocket = globalThis.WebSocket;

export class WebSocketTransport implements ClientTransport {
  readonly name = 'websocket';
  readonly acknowledges = 'often';

  private readonly context: TransportContext;
  /** Whether to ask for a session; without, it is handed over once open. */
  private readonly plain: boolean;
  private socket: globalThis.WebSocket | undefined = undefined;
  private token = '';
  /** Whether the server has shown that it is Holdfast. */
  private recognized = false;
  private openedAt = 0;
  // Numbers what comes and goes, since the last attach.
  private reader: WireReader = new WireReader();
  private writer: WireWriter = new WireWriter();
  private statedReceived = 0;

  private drainTimer: ReturnType<typeof setTimeout> | undefined = undefined;

  private readonly silence: SilenceWatch;
  private startedAt = 0;
  /** How long it took until the server showed that it is there, in ms. */
  private openingMs = 0;

  /** @param plain offer no token: for a server that refuses handshakes with a subprotocol it does not know */
  constructor(context: TransportContext, plain = false) {
    this.context = context;
    this.plain = plain;
    this.silence = new SilenceWatch(context, {
      ping: () => this.socket?.send(control('ping')),
      onSilent: (ms) => this.fail(`silent for ${Math.round(ms)} ms`),
    });
  }

  // ClientTransport: from the connector.

  attach(statement: Statement): void {
    this.statedReceived = statement.received ?? 0;
    if (this.socket === undefined) this.open(statement);
    else this.socket.send(control('attach', JSON.stringify(statement)));
  }

  check(): void {
    this.silence.check();
  }

  leave(): void {
    const { received, outgoing } = this.context.driver.session;
    this.send({ run: outgoing.take(Number.POSITIVE_INFINITY), received, controls: [] });
  }

  /** Also while it connects: browsers open one WebSocket to a host at a time, and the next would wait for it. */
  abort(): void {
    this.stop();
    this.socket?.close(1000);
  }

  // Transport: from the driver.

  get pendingBytes(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  capacity(): number {
    const capacity = HIGH_WATER_BYTES - this.pendingBytes;
    if (capacity <= 0 && this.drainTimer === undefined) {
      this.drainTimer = setTimeout(() => {
        this.drainTimer = undefined;
        this.context.driver.flush();
      }, LOOK_AGAIN_AFTER_MS);
    }
    return capacity;
  }

  send(outgoing: Outgoing): void {
    const { socket } = this;
    if (socket?.readyState !== OPEN) return; // its `close` event is on the way
    this.writer.write(outgoing, (data) => socket.send(data as string | Uint8Array<ArrayBuffer>));
    if (outgoing.run.items.length > 0) this.silence.expectAcknowledgement();
  }

  release(): void {
    this.abort();
  }

  private open(statement: Statement): void {
    const { url, session, secret, protocols } = this.context;
    this.startedAt = performance.now();
    this.token = formatToken(Object.assign({ session, secret }, statement));
    const socket = new NativeWebSocket(url, protocols.concat(this.plain ? [] : this.token));
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.openedAt = performance.now();
      if (socket.protocol !== this.token) this.handOver(socket, undefined);
    };
    socket.onmessage = (event) => this.onMessage(socket, event);
    socket.onclose = ({ code, reason }) =>
      this.fail(`WebSocket closed with ${code}${reason === '' ? '' : ` ${reason}`}`);
    // Where the page's own policy forbids it, Chromium dispatches no `close` behind the `error`.
    socket.onerror = () => setTimeout(() => socket.onclose && this.fail('WebSocket forbidden'));
  }

  private onMessage(socket: globalThis.WebSocket, event: MessageEvent): void {
    const { data } = event;
    this.silence.hear();
    if (!this.recognized) {
      if (!/^~(attached|superseded|gone)\b/.test(data)) {
        this.handOver(socket, event);
        return;
      }
      this.recognized = true;
      this.openingMs = performance.now() - this.startedAt;
    }
    try {
      this.read(data);
    } catch (error) {
      if (!isProtocolError(error)) throw error;
      this.fail(error.message);
    }
    if (this.isCurrent) this.silence.waitOn();
  }

  private read(data: string | ArrayBuffer): void {
    const { driver, events } = this.context;
    const message =
      typeof data === 'string' ? this.reader.read(data, false) : this.reader.read(new Uint8Array(data), true);
    if (message === undefined) return;
    if (message.kind !== 'control') {
      if (this.isCurrent) driver.receive(message.number, message);
      return;
    }
    const { verb, argument } = message;
    if (verb === 'attached') {
      const attached = parseAttached(argument);
      this.reader = new WireReader(this.statedReceived);
      this.writer = new WireWriter(attached.received);
      this.silence.begin(this.openingMs);
      events.onAttached(this, attached);
      // An answer to more than the handshake: a middlebox may let one frame pass, and no other.
      if (this.isCurrent) this.silence.check();
    } else if (verb === 'superseded') events.onSuperseded(this, parseCount(argument));
    else if (verb === 'gone') events.onGone(this, argument);
    else if (this.isCurrent) {
      if (verb === 'pong') this.context.roundTripMs = this.silence.pong();
      driver.control(verb, argument);
    }
  }

  /** Not Holdfast: the socket is a good one all the same. */
  private handOver(socket: globalThis.WebSocket, said: MessageEvent | undefined): void {
    this.stop();
    this.context.events.onForeign(this, socket, said);
  }

  /** Open, our token selected, and not a word for so long: perhaps a server that selects whatever it is offered. */
  takeSilentSocket(silentMs: number): globalThis.WebSocket | undefined {
    const { socket } = this;
    if (socket?.readyState !== OPEN || this.recognized) return undefined;
    if (performance.now() - this.openedAt < silentMs) return undefined;
    this.stop();
    return socket;
  }

  private get isCurrent(): boolean {
    return this.context.driver.transport === this;
  }

  private fail(reason: string): void {
    this.abort();
    this.context.events.onFailed(this, { reason });
  }

  private stop(): void {
    clearTimeout(this.drainTimer);
    this.silence.stop();
    const { socket } = this;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
  }
}

/** As in the WHATWG standard, where the class itself may be absent. */
const OPEN = 1;
