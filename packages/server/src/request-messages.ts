/**
 * The bytes of a request body → its statement, and then the rest (PROTOCOL.md §5). In two steps, so that nothing is made of the rest
 * before somebody has said that the request is welcome. It applies nothing.
 */
import {
  BatchReader,
  type Control,
  type HttpAttach,
  ITEM_OVERHEAD_BYTES,
  isValidUtf8,
  type NumberedItem,
  parseHttpAttach,
  WireReader,
} from '@holdfast/protocol';
import { BodyError } from './request-body.ts';

/** What the controls of a request may add to its items. */
const MAX_CONTROLS = 64;

export class RequestMessages {
  readonly statement: HttpAttach;
  private readonly batch: BatchReader;
  private readonly wire = new WireReader();

  /** @throws ProtocolError, BodyError a body that does not begin with an attach */
  constructor(bytes: Uint8Array) {
    this.batch = new BatchReader(bytes.length);
    this.batch.push(bytes);
    const first = this.next();
    if (first?.kind !== 'control' || first.verb !== 'attach') {
      throw new BodyError(400, 'A body begins with an attach');
    }
    this.statement = parseHttpAttach(first.argument);
  }

  /**
   * What follows the statement, once.
   *
   * @param maxBodyBytes bounds the number of messages too: clients count what each costs beside its payload
   * @throws ProtocolError, BodyError
   */
  rest(maxBodyBytes: number): (NumberedItem | Control)[] {
    const maxMessages = maxBodyBytes / ITEM_OVERHEAD_BYTES + MAX_CONTROLS;
    const messages: (NumberedItem | Control)[] = [];
    for (let message = this.next(); message !== undefined; message = this.next()) {
      if (messages.push(message) > maxMessages) throw new BodyError(413, 'Too many messages in one body');
    }
    if (!this.batch.complete) throw new BodyError(400, 'The body is not complete');
    return messages;
  }

  /** The next item or control; what only tells about the next is passed over. */
  private next(): NumberedItem | Control | undefined {
    for (let message = this.batch.next(); message !== undefined; message = this.batch.next()) {
      if (!message.binary && !isValidUtf8(message.data)) throw new BodyError(400, 'Text that is not UTF-8');
      const event = this.wire.read(message.data, message.binary);
      if (event !== undefined) return event;
    }
    return undefined;
  }
}
