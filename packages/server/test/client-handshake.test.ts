import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  acceptAnswer,
  checkProtocols,
  handshakeHeaders,
  OpeningHandshakeError,
  offerHandshake,
} from '../src/client-handshake.ts';

/** The example of RFC 6455 §1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GOOD: IncomingHttpHeaders = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
};

function accept(changes: IncomingHttpHeaders = {}, protocols: string[] = []): string {
  const offered = { key: KEY, protocols: new Set(protocols), deflate: undefined };
  return acceptAnswer(offered, { headers: { ...GOOD, ...changes } }).protocol;
}

const COMPRESSED = { key: KEY, protocols: new Set<string>(), deflate: { serverMaxWindowBits: 10 } };

describe('offerHandshake', () => {
  it('has a key of 16 random bytes, new each time', () => {
    const keys = Array.from({ length: 100 }, () => offerHandshake(new Set()).key);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(Buffer.from(key, 'base64')).toHaveLength(16);
  });
});

describe('handshakeHeaders', () => {
  it('are the fields of RFC 6455 §4.1', () => {
    const offered = { key: KEY, protocols: new Set(['a', 'b']), deflate: undefined };
    expect(handshakeHeaders(offered, 13)).toEqual({
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': KEY,
      'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Protocol': 'a,b',
    });
  });

  it('say nothing of subprotocols where there are none', () => {
    expect(handshakeHeaders(offerHandshake(new Set()), 13)).not.toHaveProperty('Sec-WebSocket-Protocol');
  });

  it('offer permessage-deflate where that is wanted', () => {
    expect(handshakeHeaders(COMPRESSED, 13)).toMatchObject({
      'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=10; client_max_window_bits',
    });
  });
});

describe('checkProtocols', () => {
  it('keeps the order', () => {
    expect([...checkProtocols(['b', 'a', 'v1.example.com'])]).toEqual(['b', 'a', 'v1.example.com']);
  });

  it.each([[['']], [['a b']], [['a,b']], [['é']], [['a', 'b', 'a']], [[1]], [[null]]])(
    'throws a SyntaxError for %j',
    (protocols) => {
      expect(() => checkProtocols(protocols as string[])).toThrow(SyntaxError);
    },
  );
});

describe('acceptAnswer', () => {
  it('takes the answer of the RFC', () => {
    expect(accept()).toBe('');
  });

  it('reads Upgrade and Connection in any case of letters', () => {
    expect(accept({ upgrade: 'WebSocket', connection: 'keep-alive, UPGRADE' })).toBe('');
  });

  it('returns the subprotocol that the server has chosen', () => {
    expect(accept({ 'sec-websocket-protocol': 'b' }, ['a', 'b'])).toBe('b');
  });

  it('returns what the server has made of the offer to compress', () => {
    const answer = (extensions: string | undefined) =>
      acceptAnswer(COMPRESSED, { headers: { ...GOOD, 'sec-websocket-extensions': extensions } }).deflate;
    expect(answer('permessage-deflate; server_max_window_bits=9')?.serverMaxWindowBits).toBe(9);
    expect(answer(undefined)).toBeUndefined();
    for (const wrong of ['permessage-deflate', 'x', 'permessage-deflate; server_max_window_bits=11']) {
      expect(() => answer(wrong)).toThrow(OpeningHandshakeError);
    }
  });

  it.each<[string, IncomingHttpHeaders, string[]]>([
    ['Invalid Upgrade header', { upgrade: undefined }, []],
    ['Invalid Upgrade header', { upgrade: 'h2c' }, []],
    ['Invalid Upgrade header', { upgrade: 'websocket, h2c' }, []],
    ['Invalid Connection header', { connection: undefined }, []],
    ['Invalid Connection header', { connection: 'close' }, []],
    ['Invalid Sec-WebSocket-Accept header', { 'sec-websocket-accept': undefined }, []],
    ['Invalid Sec-WebSocket-Accept header', { 'sec-websocket-accept': KEY }, []],
    ['Invalid Sec-WebSocket-Accept header', { 'sec-websocket-accept': 'S3PPLMBITXAQ9KYGZZHZRBK+XOO=' }, []],
    ['Server sent no subprotocol', {}, ['a']],
    ['Server sent an invalid subprotocol', { 'sec-websocket-protocol': 'b' }, ['a']],
    ['Server sent an invalid subprotocol', { 'sec-websocket-protocol': 'a, a' }, ['a']],
    ['Server sent an invalid subprotocol', { 'sec-websocket-protocol': '' }, ['a']],
    ['Server sent an invalid subprotocol', { 'sec-websocket-protocol': 'A' }, ['a']],
    ['Server sent a subprotocol but none was requested', { 'sec-websocket-protocol': 'a' }, []],
    [
      'Server sent a Sec-WebSocket-Extensions header but no extension was requested',
      { 'sec-websocket-extensions': 'permessage-deflate' },
      [],
    ],
  ])('says "%s" for %j', (message, changes, protocols) => {
    expect(() => accept(changes, protocols)).toThrow(OpeningHandshakeError);
    expect(() => accept(changes, protocols)).toThrow(message);
  });
});
