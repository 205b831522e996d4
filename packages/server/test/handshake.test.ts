import { describe, expect, it } from 'vitest';
import {
  acceptKey,
  type HandshakeRequest,
  isRefusal,
  isToken,
  readOpeningHandshake,
  refusal,
  switchingProtocolsLines,
} from '../src/handshake.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function request(
  headers: Record<string, string | undefined> = {},
  rest: Partial<HandshakeRequest> = {},
): HandshakeRequest {
  return {
    method: 'GET',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    headers: {
      host: 'server.example.com',
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': KEY,
      'sec-websocket-version': '13',
      ...headers,
    },
    ...rest,
  };
}

function protocolsOf(header: string): string[] | number {
  const result = readOpeningHandshake(request({ 'sec-websocket-protocol': header }));
  return isRefusal(result) ? result.status : [...result.protocols];
}

describe('readOpeningHandshake', () => {
  it('takes the example of RFC 6455 §1.2', () => {
    const headers = { origin: 'http://example.com', 'sec-websocket-protocol': 'chat, superchat' };
    expect(readOpeningHandshake(request(headers))).toEqual({
      key: KEY,
      protocols: new Set(['chat', 'superchat']),
      extensions: [],
    });
  });

  it.each<[what: string, HandshakeRequest]>([
    ['any case of letters in Upgrade', request({ upgrade: 'WebSocket' })],
    ['websocket among other protocols in Upgrade', request({ upgrade: 'h2c, websocket' })],
    ['upgrade among other options in Connection', request({ connection: 'keep-alive, UPGRADE' })],
    ['a version of HTTP above 1.1', request({}, { httpVersionMajor: 2, httpVersionMinor: 0 })],
    ['an unknown extension, which is declined by silence', request({ 'sec-websocket-extensions': 'x; y=1' })],
  ])('takes %s', (_what, good) => {
    expect(readOpeningHandshake(good)).toHaveProperty('key', KEY);
  });

  it.each<[what: string, HandshakeRequest, status: number, reason: RegExp]>([
    ['another method', request({}, { method: 'POST' }), 405, /GET/],
    ['HTTP/1.0', request({}, { httpVersionMinor: 0 }), 400, /HTTP\/1\.1/],
    ['no Host', request({ host: undefined }), 400, /Host/],
    ['two Hosts', request({}, { rawHeaders: ['Host', 'a.example', 'hOST', 'b.example'] }), 400, /Host/],
    ['no Upgrade', request({ upgrade: undefined }), 400, /Upgrade/],
    ['another Upgrade', request({ upgrade: 'websockets' }), 400, /Upgrade/],
    ['no Connection', request({ connection: undefined }), 400, /Connection/],
    ['another Connection', request({ connection: 'keep-alive' }), 400, /Connection/],
    ['no key', request({ 'sec-websocket-key': undefined }), 400, /Key/],
    ['a key that is not base64', request({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZ-==' }), 400, /Key/],
    ['a key of 15 bytes', request({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' }), 400, /Key/],
    ['a key of 17 bytes', request({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZTE=' }), 400, /Key/],
    ['two keys', request({ 'sec-websocket-key': `${KEY}, ${KEY}` }), 400, /Key/],
    ['an empty list of subprotocols', request({ 'sec-websocket-protocol': '' }), 400, /Protocol/],
    ['an empty list of extensions', request({ 'sec-websocket-extensions': '' }), 400, /Extensions/],
    ['a malformed extension (§9.1)', request({ 'sec-websocket-extensions': 'a; b=' }), 400, /Extensions/],
  ])('refuses %s', (_what, bad, status, reason) => {
    expect(readOpeningHandshake(bad)).toMatchObject({ status, reason: expect.stringMatching(reason) });
  });

  it.each([undefined, '', '8', '12', '14', '13, 8', '013'])(
    'answers version %j with 426 and its own',
    (version) => {
      expect(readOpeningHandshake(request({ 'sec-websocket-version': version }))).toMatchObject({
        status: 426,
        headers: { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' },
      });
    },
  );

  it('says which method is allowed', () => {
    expect(readOpeningHandshake(request({}, { method: 'PUT' }))).toHaveProperty('headers', { Allow: 'GET' });
  });

  it('keeps the order of subprotocols, with and without white space', () => {
    expect(protocolsOf('c,b ,\ta')).toEqual(['c', 'b', 'a']);
  });

  it.each(['chat, chat', 'chat,', ',chat', 'a b', 'a/b', 'a;b', '"a"', 'é'])(
    'refuses the subprotocols %j',
    (header) => {
      expect(protocolsOf(header)).toBe(400);
    },
  );
});

describe('acceptKey', () => {
  it('gives the accept value of RFC 6455 §1.3', () => {
    expect(acceptKey(KEY)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });
});

describe('switchingProtocolsLines', () => {
  const handshake = { key: KEY, protocols: new Set<string>(), extensions: [] };

  it('gives the answer of RFC 6455 §1.2', () => {
    expect(switchingProtocolsLines(handshake, 'chat')).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Sec-WebSocket-Protocol: chat',
    ]);
  });

  it('names no subprotocol where none was chosen', () => {
    expect(switchingProtocolsLines(handshake, '').join()).not.toContain('Protocol:');
  });

  it('names the extensions in use', () => {
    expect(switchingProtocolsLines(handshake, '', 'x; y=1')).toContain('Sec-WebSocket-Extensions: x; y=1');
    expect(switchingProtocolsLines(handshake, '').join()).not.toContain('Extensions:');
  });
});

describe('isToken', () => {
  it.each(['chat', 'graphql-transport-ws', "v10.stomp!#$%&'*+^_`|~"])('takes %j', (name) => {
    expect(isToken(name)).toBe(true);
  });

  it.each(['', 'a b', 'a\r\nX: y', 'a,b', 'ä'])('does not take %j', (name) => {
    expect(isToken(name)).toBe(false);
  });
});

describe('isRefusal', () => {
  it('tells a refusal from a handshake', () => {
    expect(isRefusal(refusal(400, 'no'))).toBe(true);
    expect(isRefusal({ key: KEY, protocols: new Set() })).toBe(false);
  });
});
