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
  const offered = { key: KEY, protocols: new Set(protocols) };
  return acceptAnswer(offered, { headers: { ...GOOD, ...changes } }).protocol;
}

describe('offerHandshake', () => {
  it('has a key of 16 random bytes, new each time', () => {
    const keys = Array.from({ length: 100 }, () => offerHandshake(new Set()).key);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(Buffer.from(key, 'base64')).toHaveLength(16);
  });
});

describe('handshakeHeaders', () => {
  it('are the fields of RFC 6455 §4.1', () => {
    expect(handshakeHeaders({ key: KEY, protocols: new Set(['a', 'b']) }, 13)).toEqual({
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
