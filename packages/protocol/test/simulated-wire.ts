/** What both ends of a simulation know of the wire: its units, its limits, and how a body is taken apart. */
import { BatchReader } from '../src/batch.ts';
import type { Payload } from '../src/item.ts';
import { decodeUtf8 } from '../src/utf8.ts';
import { type Control, type NumberedItem, WireReader } from '../src/wire.ts';

/** One message of a simulated WebSocket. */
export interface WireMessage {
  readonly data: Payload;
  readonly binary: boolean;
}

/** What a simulated WebSocket takes before it has to be asked again: less than two fragments. */
export const SOCKET_HIGH_WATER_BYTES = 60_000;

/** What a body holds: one fragment of any text, and some more. */
export const MAX_BODY_BYTES = 120_000;

/** How long an answer may take before a transport is given up. */
export const PATIENCE_MS = 2_500;

export const encodeText = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Every item and control of a whole body. */
export function readBody(body: Uint8Array): (NumberedItem | Control)[] {
  const batch = new BatchReader(MAX_BODY_BYTES);
  const wire = new WireReader(undefined, decodeUtf8);
  const events: (NumberedItem | Control)[] = [];
  batch.push(body);
  for (let message = batch.next(); message !== undefined; message = batch.next()) {
    const event = wire.read(message.data, message.binary);
    if (event !== undefined) events.push(event);
  }
  if (!batch.complete) throw new Error('a body that was cut');
  return events;
}
