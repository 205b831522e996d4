/** A transport without a network: records what the connector and the session ask of it; a test says what becomes of it. */
import type { Attached } from '@holdfast/protocol';
import type { Session, WireMessage } from '../src/session.ts';
import type {
  ClientTransport,
  Failure,
  Statement,
  TransportName,
} from '../src/transports/client-transport.ts';

export class SimulatedTransport implements ClientTransport {
  readonly tellAfterBytes: number = Number.POSITIVE_INFINITY;
  readonly pendingBytes = 0;
  readonly name: TransportName;
  readonly startedAt: number = performance.now();
  readonly statements: Statement[] = [];
  /** What it was given to send, each time. */
  readonly sent: WireMessage[][] = [];
  aborted = false;
  /** How the session has ended, where it told. */
  isOver: boolean | undefined = undefined;
  checks = 0;
  leaves = 0;
  /** What a later `attach` does beside being recorded. */
  onAttach: (statement: Statement) => void = () => {};

  private readonly session: Session;

  constructor(name: TransportName, session: Session) {
    this.name = name;
    this.session = session;
  }

  attach(statement: Statement): void {
    this.statements.push(statement);
    this.onAttach(statement);
  }

  check(): void {
    this.checks++;
  }

  leave(): void {
    this.leaves++;
  }

  giveUp(isOver?: boolean): void {
    this.isOver = isOver;
    this.aborted = true;
  }

  capacity(): number {
    return 1e6;
  }

  send(capacityBytes: number): void {
    this.sent.push(this.session.take(capacityBytes, this.session.cursor));
  }

  onAttached(attached: Attached): void {
    this.session.events.onAttached(this, attached);
  }

  onControl(): void {}

  // What becomes of it. Aborted, it calls nobody.

  /** The number stated last. */
  get number(): number {
    return (this.statements.at(-1) as Statement).attach;
  }

  isAttached(attached: Partial<Attached> = {}): void {
    if (this.aborted) return;
    this.session.events.onAttached(this, { attach: this.number, received: 0, ...attached });
  }

  isSuperseded(newestAttach: number): void {
    if (!this.aborted) this.session.events.onSuperseded(this, newestAttach);
  }

  /** @param why as it stands behind `~gone` */
  isGone(why = ''): void {
    if (!this.aborted) this.session.read(this, {}, `~gone ${why}`.trim());
  }

  fails(failure: Failure = { reason: 'it broke' }): void {
    if (!this.aborted) this.session.events.onFailed(this, failure);
  }
}
