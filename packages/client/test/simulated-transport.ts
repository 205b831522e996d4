/** A transport without a network: records what the connector and the driver ask of it; a test says what becomes of it. */
import type { Attached, Outgoing } from '@holdfast/protocol';
import type {
  ClientTransport,
  Failure,
  Statement,
  TransportContext,
  TransportName,
} from '../src/transports/client-transport.ts';

export class SimulatedTransport implements ClientTransport {
  readonly acknowledges = 'never';
  readonly pendingBytes = 0;
  readonly name: TransportName;
  readonly startedAt: number = performance.now();
  readonly statements: Statement[] = [];
  readonly outgoing: Outgoing[] = [];
  aborted = false;
  released: string | undefined = undefined;
  checks = 0;
  leaves = 0;
  /** What a later `attach` does beside being recorded. */
  onAttach: (statement: Statement) => void = () => {};

  private readonly context: TransportContext;

  constructor(name: TransportName, context: TransportContext) {
    this.name = name;
    this.context = context;
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

  abort(): void {
    this.aborted = true;
  }

  capacity(): number {
    return 1e6;
  }

  send(outgoing: Outgoing): void {
    this.outgoing.push(outgoing);
  }

  release(reason: string): void {
    this.released = reason;
    this.aborted = true;
  }

  // What becomes of it. Aborted, it calls nobody.

  /** The number stated last. */
  get number(): number {
    return (this.statements.at(-1) as Statement).attach;
  }

  isAttached(attached: Partial<Attached> = {}): void {
    if (this.aborted) return;
    this.context.events.onAttached(this, { attach: this.number, received: 0, ...attached });
  }

  isSuperseded(newestAttach: number): void {
    if (!this.aborted) this.context.events.onSuperseded(this, newestAttach);
  }

  isGone(why = ''): void {
    if (!this.aborted) this.context.events.onGone(this, why);
  }

  fails(failure: Failure = { reason: 'it broke' }): void {
    if (!this.aborted) this.context.events.onFailed(this, failure);
  }
}
