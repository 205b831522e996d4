/**
 * The seam between a session and whatever moves its items: the only place where I/O joins. A transport knows bytes,
 * sockets and requests, not sessions; the driver (driver.ts) knows this interface and no transport's name.
 */
import type { ItemRun } from './item-buffer.ts';
import type { Run } from './send-buffer.ts';

/** What goes out in one piece: a run of items, and what is said with it. */
export interface Outgoing<Handed extends Run = ItemRun> {
  readonly run: Handed;
  /** Items received so far: an acknowledgement, for transports that say it with everything they send (all but those that do so `often`). */
  readonly received: number;
  /** Controls to be sent before the items, whole wire messages (`~ack 17`). */
  readonly controls: readonly string[];
}

export interface Transport<Handed extends Run = ItemRun> {
  /** For logs: `websocket`, `long-polling`, `iframe`. */
  readonly name: string;
  /**
   * Whether acknowledgements are to be sent by themselves. `never`: what is to be acknowledged is, by the next request or response.
   * `late`: each costs a request, which states the count, so within the time that PROTOCOL.md gives. `often`: each is a control
   * of a few bytes, so before much has to be kept.
   */
  readonly acknowledges: 'never' | 'late' | 'often';
  /** Payload bytes taken by `send` and not yet handed to the network. */
  readonly pendingBytes: number;
  /** The longest fragment that gets through, in bytes of payload. Default: all do. */
  readonly maxFragmentBytes?: number;
  /** Payload bytes it would take now. 0: none until it calls the driver's `flush`. */
  capacity(): number;
  /**
   * Takes what the driver has, at most `capacity()` bytes of payload unless a single item is longer. Once, directly before
   * `release('over')`, it is called without items whatever the capacity: the last acknowledgement.
   */
  send(outgoing: Outgoing<Handed>): void;
  /** Tells the peer to hold back what it has, or to go on. Only there where our application can pause. */
  holdUp?(isHeldUp: boolean): void;
  /**
   * The driver lets it go; it never calls the driver again. `superseded`: a newer attach, of this number, took over. `over`: the
   * session has ended in good order. `gone`: the session was ended at once.
   */
  release(reason: 'superseded' | 'over' | 'gone', attach: number): void;
}
