/**
 * permessage-deflate on one connection: what both ends have agreed upon becomes a way in, from the decoder's events to messages, and
 * a way out, from messages to frames. Each end compresses by its own parameters and inflates by the other's (RFC 7692 §7.1). When
 * events are delivered, and which frames there are, is the connection's business.
 */
import {
  type DataEvent,
  DEFAULT_MAX_MESSAGE_BYTES,
  type DecodedEvent,
  type MessageDecoder,
} from '@holdfast/protocol';
import type { ConnectionOptions } from '../connection-options.ts';
import type { FrameWriter } from '../frame-writer.ts';
import { compressionFor } from './compression.ts';
import { MessageDeflater } from './message-deflater.ts';
import { MessageInflater } from './message-inflater.ts';
import type { DeflateAgreement } from './negotiation.ts';
import type { PerMessageDeflateOptions } from './options.ts';
import { OutgoingFrames } from './outgoing-frames.ts';

/** What a connection is told. */
export interface ConnectionDeflateHandler {
  /** After `next` has returned `'inflating'`: it may be called again. */
  onInflated(): void;
  /** Everything that waited for its compression has been written. */
  onWritten(): void;
  /** A message could not be compressed, and what was sent behind it is not sent. */
  onError(error: Error): void;
}

/** Those of a connection that was given none. */
const DEFAULT_OPTIONS: PerMessageDeflateOptions = {};

export class ConnectionDeflate {
  readonly outgoing: OutgoingFrames;

  private readonly inflater: MessageInflater;
  private readonly handler: ConnectionDeflateHandler;
  /** A long message that is being inflated; then what has come of it, which is the next event. */
  private inflation: 'none' | 'running' | DataEvent | Error = 'none';

  constructor(
    agreement: DeflateAgreement,
    { role, perMessageDeflate = DEFAULT_OPTIONS, maxPayloadBytes, validateUtf8 = true }: ConnectionOptions,
    frames: FrameWriter,
    handler: ConnectionDeflateHandler,
  ) {
    const compression = compressionFor(perMessageDeflate);
    const server = {
      windowBits: agreement.serverMaxWindowBits,
      hasTakeover: !agreement.serverNoContextTakeover,
    };
    const client = {
      windowBits: agreement.clientMaxWindowBits,
      hasTakeover: !agreement.clientNoContextTakeover,
    };
    const [ours, theirs] = role === 'server' ? [server, client] : [client, server];
    this.handler = handler;
    this.outgoing = new OutgoingFrames(frames, {
      deflater: new MessageDeflater(compression, ours.windowBits, ours.hasTakeover),
      thresholdBytes: compression.thresholdBytes,
      onEmpty: () => handler.onWritten(),
      onError: (error) => handler.onError(error),
    });
    this.inflater = new MessageInflater(compression, theirs.windowBits, theirs.hasTakeover, {
      maxMessageBytes: maxPayloadBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      validateUtf8,
    });
  }

  /**
   * The decoder's next event, inflated.
   *
   * @returns undefined where there is none; `'inflating'` where that takes longer: `onInflated` will be called
   * @throws ProtocolError as the decoder and `MessageInflater.inflate`
   */
  next(decoder: MessageDecoder): DecodedEvent | 'inflating' | undefined {
    const { inflation } = this;
    if (inflation === 'running') return 'inflating';
    if (inflation !== 'none') {
      this.inflation = 'none';
      if (inflation instanceof Error) throw inflation;
      return inflation;
    }
    const event = decoder.next();
    if (event === undefined || !('compressed' in event && event.compressed)) return event;
    const inflated = this.inflater.inflate(event);
    if (!(inflated instanceof Promise)) return inflated;
    this.inflation = 'running';
    // What listeners throw is to be an uncaught exception, not a rejected promise.
    const settle = (result: DataEvent | Error): void => process.nextTick(() => this.settle(result));
    inflated.then(settle, settle);
    return 'inflating';
  }

  private settle(result: DataEvent | Error): void {
    this.inflation = result;
    this.handler.onInflated();
  }
}
