/** HTTP bodies as a server reads and writes them (PROTOCOL.md §5), from the codec that both ends share. */
import { BatchReader, BatchWriter, decodeUtf8, encodeUtf8 } from '@holdfast/protocol';

/** The wire messages of a body: text as strings, binary as bytes. */
export function readBody(bytes: Uint8Array): (string | Uint8Array)[] {
  const reader = new BatchReader(bytes.length);
  reader.push(bytes);
  const messages: (string | Uint8Array)[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) {
    messages.push(message.binary ? message.data : decodeUtf8(message.data));
  }
  return messages;
}

export function writeBody(...messages: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const writer = new BatchWriter(encodeUtf8);
  for (const message of messages) writer.write(message, typeof message !== 'string');
  return writer.finish();
}
