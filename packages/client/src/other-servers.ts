/**
 * Whether the server is Holdfast at all, found out while a socket opens. HTTP tells, by an answer that is not of this protocol; then
 * the server is asked without our token, and one that had selected it and waits for us to speak is taken as it is. It knows
 * the attempts that are under way; which of ours comes next is the connector's business.
 */
import { type Attempts, NO_ANSWER } from './attempts.ts';
import { hedgeDelayMs } from './round-trip.ts';
import type { Session, WireMessage } from './session.ts';
import type { ClientTransport, Failure } from './transports/client-transport.ts';
import { WebSocketTransport } from './transports/websocket.ts';

/** The connector, as far as it matters here. */
export interface OpeningRound {
  readonly attempts: Attempts;
  readonly session: Session;
  /** Whether native WebSockets may be used. */
  readonly hasWebSocket: boolean;
  /** Whether there are transports of ours that are still to be tried. */
  readonly hasMore: boolean;
  /** Whether it is over: opened, or given up. */
  readonly isDecided: boolean;
  start(transport: ClientTransport, attach: number): void;
  goOn(): void;
  onForeign(transport: ClientTransport, socket: globalThis.WebSocket, said: WireMessage | undefined): void;
}

/** How often a WebSocket that is still connecting, or has just opened, is looked at for silence, in ms. */
const LOOK_AGAIN_AFTER_MS = 100;

/** In which time an answer of ours is to have come on a socket that is open. */
const SILENCE = { allowanceMs: 300, roundTrips: 2 };

/** As in the WHATWG standard, where the class itself may be absent. */
const OPEN = 1;

export class OtherServers {
  private readonly round: OpeningRound;
  /** Whether HTTP was answered by something that is not Holdfast. */
  private foreign = false;
  /** Whether a WebSocket handshake was refused, in contrast to silence. */
  private refused = false;
  /** Whether this round has asked without our token. */
  private asksPlainly = false;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined = undefined;

  constructor(round: OpeningRound) {
    this.round = round;
  }

  /** Whether a native socket that opens is one of another server; as the last resort alone it may be one of ours, back again. */
  get isCertain(): boolean {
    return this.foreign || !this.asksPlainly;
  }

  /** A round begins. */
  begin(): void {
    this.asksPlainly = false;
  }

  stop(): void {
    clearTimeout(this.silenceTimer);
  }

  /** An attempt has failed while opening. */
  learn(transport: ClientTransport, failure: Failure): void {
    const { foreign } = failure;
    this.refused ||= transport instanceof WebSocketTransport && failure !== NO_ANSWER;
    if (foreign === true) this.foreign = true;
    if (this.foreign) this.askPlainly();
    if (typeof foreign === 'function') void this.findOut(foreign);
  }

  /** Nothing of ours is left to try. Returns whether something else is. */
  goOn(): boolean {
    if (this.round.attempts.size > 0) {
      if (this.foreign) this.takeSilentSocket();
      return true;
    }
    // Where HTTP tells nothing of the server, or is not to be used.
    return this.refused && this.askPlainly();
  }

  private askPlainly(): boolean {
    const { round } = this;
    if (round.attempts.transports.some((transport) => transport instanceof WebSocketTransport)) {
      if (!round.hasMore) this.takeSilentSocket();
      return true;
    }
    if (this.asksPlainly || !round.hasWebSocket) return false;
    this.asksPlainly = true;
    round.start(new WebSocketTransport(round.session, true), 0); // it states no attach
    return true;
  }

  /** If it is the one attempt that is left, and silent for as long as the answer of one of ours may take: now or later. */
  private takeSilentSocket(): void {
    this.stop();
    const { attempts, session } = this.round;
    const [transport, ...others] = attempts.transports;
    if (others.length > 0 || !(transport instanceof WebSocketTransport)) return;
    // Open, our token selected, and not a word: perhaps a server that selects whatever it is offered.
    const { socket, recognized, openedAt } = transport;
    const isSilent = performance.now() - openedAt >= hedgeDelayMs(session, SILENCE);
    if (socket?.readyState === OPEN && !recognized && isSilent) {
      transport.stop();
      this.round.onForeign(transport, socket, undefined);
    } else this.silenceTimer = setTimeout(() => this.takeSilentSocket(), LOOK_AGAIN_AFTER_MS);
  }

  /** Where HTTP failed without saying whether it was answered by something else. Silence alone is not taken for another server. */
  private async findOut(isForeign: () => Promise<boolean>): Promise<void> {
    const { round } = this;
    if (round.isDecided || !(await isForeign())) return;
    this.foreign = true;
    if (round.isDecided) return;
    this.askPlainly();
    round.goOn();
  }
}
