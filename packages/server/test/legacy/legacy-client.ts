/** A client of 2010 for tests: the drafts' own example handshakes, and their frames. */

import type { LegacyDraft } from '../../src/legacy/handshake.ts';
import { RawClient } from '../raw-client.ts';

export const CLOSING_FRAME: Buffer = Buffer.of(0xff, 0x00);

/** The eight bytes behind the head of the example of hixie-76 §1.2, and the answer to it. */
export const KEY_3: Buffer = Buffer.from('^n:ds[4U');
export const CHALLENGE_RESPONSE = "8jKS'y:G*Co,Wxa-";

/** The heads with which the drafts answer their examples, where the subprotocol is "sample". */
export const RESPONSE_LINES: Readonly<Record<LegacyDraft, readonly string[]>> = {
  'hixie-75': [
    'HTTP/1.1 101 Web Socket Protocol Handshake',
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    'WebSocket-Origin: http://example.com',
    'WebSocket-Location: ws://example.com/demo',
    'WebSocket-Protocol: sample',
  ],
  'hixie-76': [
    'HTTP/1.1 101 WebSocket Protocol Handshake',
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Origin: http://example.com',
    'Sec-WebSocket-Location: ws://example.com/demo',
    'Sec-WebSocket-Protocol: sample',
  ],
};

type Changes = Record<string, string | undefined>;

/** The head of an opening handshake, as the draft's example has it; `changes` replace header fields, or leave them out (undefined). */
export function legacyRequest(draft: LegacyDraft, changes: Changes = {}, path = '/demo'): string {
  const fields: Changes =
    draft === 'hixie-75'
      ? { Upgrade: 'WebSocket', Connection: 'Upgrade', Host: 'example.com', Origin: 'http://example.com' }
      : {
          Host: 'example.com',
          Connection: 'Upgrade',
          'Sec-WebSocket-Key2': '12998 5 Y3 1  .P00',
          Upgrade: 'WebSocket',
          'Sec-WebSocket-Key1': '4 @1  46546xW%0l 1 5',
          Origin: 'http://example.com',
        };
  const lines = Object.entries({ ...fields, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[`GET ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** Connects and completes the opening handshake. */
export async function openLegacyClient(port: number, draft: LegacyDraft): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.write(legacyRequest(draft));
  if (draft === 'hixie-76') client.write(KEY_3);
  await client.readHead();
  if (draft === 'hixie-76') await client.readBytes(CHALLENGE_RESPONSE.length);
  return client;
}

export function text(text: string): Buffer {
  return Buffer.concat([Buffer.of(0x00), Buffer.from(text), Buffer.of(0xff)]);
}
