/** For tests of sessions over HTTP: speaks PROTOCOL.md as a client would, one request at a time. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BatchReader,
  BatchWriter,
  type Control,
  control,
  decodeUtf8,
  formatHttpAttach,
  type HttpAttach,
  type NumberedItem,
  WireReader,
} from '@holdfast/protocol';

export const SESSION = 'session-0123456789';
export const SECRET = 'secret-0123456789-0123456789';

/** A statement of that session, with what a test wants different. */
export function statement(fields: Partial<HttpAttach> = {}): HttpAttach {
  return { session: SESSION, secret: SECRET, attach: 1, received: null, answer: 'now', ...fields };
}

/** The bytes of a request body: the statement, then wire messages. */
export function body(attach: HttpAttach, ...messages: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const writer = new BatchWriter(Buffer.from);
  writer.write(control('attach', formatHttpAttach(attach)));
  for (const message of messages) writer.write(message, typeof message !== 'string');
  return writer.finish();
}

/** Wire messages as a test reads them: controls as their text, items as `number:data`. */
export function readWire(bytes: Uint8Array): string[] {
  const batch = new BatchReader(bytes.length);
  const wire = new WireReader(undefined, decodeUtf8);
  batch.push(bytes);
  const said: string[] = [];
  for (let message = batch.next(); message !== undefined; message = batch.next()) {
    const event = wire.read(message.data, message.binary);
    if (event !== undefined) said.push(inWords(event));
  }
  if (!batch.complete) throw new Error('The body was cut');
  return said;
}

export function inWords(event: Control | NumberedItem): string {
  if (event.kind === 'control') return event.argument === '' ? event.verb : `${event.verb} ${event.argument}`;
  const { number } = event;
  if (event.kind === 'close') return `${number}:close ${event.code} ${event.reason}`.trim();
  return `${number}:${event.binary ? 'binary ' : ''}${Buffer.from(event.data as Uint8Array).toString()}`;
}

/** An HTTP server on a port of the system's choice, and its URL. */
export async function listen(server: Server = createServer()): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Ends the server and every connection to it. */
export function shutDown(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
