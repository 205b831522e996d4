/** For tests of what a session sends: frames, as the items that they say. */
import { BatchReader, decodeUtf8, type Item, type NumberedItem, WireReader } from '@holdfast/protocol';
import type { FrameRun } from '../src/frame-buffer.ts';

/** @throws Error frames that hold anything else, or other numbers than the run says */
export function itemsOfRun({ first, count, frames }: FrameRun): Item[] {
  const batch = new BatchReader(Number.POSITIVE_INFINITY);
  const wire = new WireReader(first, decodeUtf8);
  const items: NumberedItem[] = [];
  for (const each of frames) {
    batch.push(each);
    for (let message = batch.next(); message !== undefined; message = batch.next()) {
      const event = wire.read(message.data, message.binary);
      if (event?.kind === 'control') throw new Error(`A control among frames: ${event.verb}`);
      if (event !== undefined) items.push(event);
    }
  }
  if (!batch.complete || items.length !== count) throw new Error(`${items.length} items instead of ${count}`);
  return items.map(({ number: _, ...item }) =>
    item.kind === 'close' ? item : { ...item, data: Buffer.from(item.data as Uint8Array) },
  );
}
