import type { IncomingHttpHeaders } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { isExtendedConnect, isWebSocketConnect, readExtendedConnect } from '../src/extended-connect.ts';

/** The request of RFC 8441 §5.1, with what a test wants different. */
function headers(changes: IncomingHttpHeaders = {}): IncomingHttpHeaders {
  return {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': '/chat',
    ':authority': 'server.example.com',
    'sec-websocket-protocol': 'chat, superchat',
    'sec-websocket-extensions': 'permessage-deflate',
    'sec-websocket-version': '13',
    origin: 'http://www.example.com',
    ...changes,
  };
}

describe('an extended CONNECT', () => {
  it('is an opening handshake without a key', () => {
    expect(readExtendedConnect(headers())).toEqual({
      key: undefined,
      protocols: new Set(['chat', 'superchat']),
      extensions: [{ name: 'permessage-deflate', parameters: [] }],
    });
    const none = { 'sec-websocket-protocol': undefined, 'sec-websocket-extensions': undefined };
    expect(readExtendedConnect(headers(none))).toEqual({
      key: undefined,
      protocols: new Set(),
      extensions: [],
    });
  });

  it('may have a key, which counts for nothing', () => {
    expect(readExtendedConnect(headers({ 'sec-websocket-key': 'x' }))).toHaveProperty('key', undefined);
  });

  it('may name the host twice, alike', () => {
    expect(readExtendedConnect(headers({ host: 'server.example.com' }))).toHaveProperty('protocols');
  });

  it.each<[what: string, changes: IncomingHttpHeaders, status: number, reason: string]>([
    ['another method', { ':method': 'GET' }, 405, 'CONNECT'],
    ['another :protocol', { ':protocol': 'connect-udp' }, 405, 'CONNECT'],
    ['no :protocol', { ':protocol': undefined }, 405, 'CONNECT'],
    ['a Host that is not :authority', { host: 'other.example.com' }, 400, 'Host'],
    ['no version', { 'sec-websocket-version': undefined }, 400, '13'],
    ['another version', { 'sec-websocket-version': '8' }, 400, '13'],
    ['two versions', { 'sec-websocket-version': '13, 8' }, 400, '13'],
    ['a subprotocol twice', { 'sec-websocket-protocol': 'a, a' }, 400, 'different tokens'],
    ['a subprotocol that is no token', { 'sec-websocket-protocol': 'a b' }, 400, 'different tokens'],
    ['a malformed extension', { 'sec-websocket-extensions': 'a;' }, 400, 'Extensions'],
  ])('is refused with %s', (_what, changes, status, reason) => {
    expect(readExtendedConnect(headers(changes))).toMatchObject({
      status,
      reason: expect.stringContaining(reason),
    });
  });

  it('is told from a CONNECT of HTTP/1.1, and from one of another protocol', () => {
    expect([isExtendedConnect(headers()), isWebSocketConnect(headers())]).toEqual([true, true]);
    const plain = headers({ ':protocol': undefined });
    expect([isExtendedConnect(plain), isWebSocketConnect(plain)]).toEqual([false, false]);
    const other = headers({ ':protocol': 'connect-udp' });
    expect([isExtendedConnect(other), isWebSocketConnect(other)]).toEqual([true, false]);
  });
});
