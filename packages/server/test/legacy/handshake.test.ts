import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../src/handshake.ts';
import {
  challengeResponse,
  isLegacyHandshake,
  type LegacyHandshake,
  legacyResponseLines,
  readLegacyHandshake,
} from '../../src/legacy/handshake.ts';
import { RESPONSE_LINES } from './legacy-client.ts';

type Changes = Record<string, string | undefined>;

function request(
  headers: Changes,
  { encrypted = false, method = 'GET', url = '/demo' } = {},
): IncomingMessage {
  const fields = Object.entries(headers).filter(([, value]) => value !== undefined) as [string, string][];
  return {
    method,
    url,
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    headers: Object.fromEntries(fields) as IncomingHttpHeaders,
    rawHeaders: fields.flat(),
    socket: encrypted ? { encrypted } : {},
  } as unknown as IncomingMessage;
}

/** The example of draft-hixie-thewebsocketprotocol-75 §1.2. */
const HIXIE_75 = {
  upgrade: 'WebSocket',
  connection: 'Upgrade',
  host: 'example.com',
  origin: 'http://example.com',
  'websocket-protocol': 'sample',
};

/** The example of draft-hixie-thewebsocketprotocol-76 §1.2. */
const HIXIE_76 = {
  host: 'example.com',
  connection: 'Upgrade',
  'sec-websocket-key2': '12998 5 Y3 1  .P00',
  'sec-websocket-protocol': 'sample',
  upgrade: 'WebSocket',
  'sec-websocket-key1': '4 @1  46546xW%0l 1 5',
  origin: 'http://example.com',
};

function read(headers: Changes, options = {}): LegacyHandshake {
  const handshake = readLegacyHandshake(request(headers, options));
  if (isRefusal(handshake)) throw new Error(handshake.reason);
  return handshake;
}

describe('a handshake of hixie-75', () => {
  it('is answered as in the draft', () => {
    expect(isLegacyHandshake(request(HIXIE_75))).toBe(true);
    const handshake = read(HIXIE_75);
    expect([...handshake.protocols]).toEqual(['sample']);
    expect(legacyResponseLines(handshake, 'sample')).toEqual(RESPONSE_LINES['hixie-75']);
  });

  it('may offer no subprotocol, or one that holds commas', () => {
    expect(read({ ...HIXIE_75, 'websocket-protocol': undefined }).protocols.size).toBe(0);
    expect([...read({ ...HIXIE_75, 'websocket-protocol': 'a,b' }).protocols]).toEqual(['a,b']);
    expect(legacyResponseLines(read(HIXIE_75), '')).toHaveLength(5);
  });
});

describe('a handshake of hixie-76', () => {
  it('is answered as in the draft', () => {
    expect(isLegacyHandshake(request(HIXIE_76))).toBe(true);
    const handshake = read(HIXIE_76);
    expect(legacyResponseLines(handshake, 'sample')).toEqual(RESPONSE_LINES['hixie-76']);
    expect(handshake.keyNumbers).toEqual([829_309_203, 259_970_620]);
  });

  it.each([
    ['§1.2', '4 @1  46546xW%0l 1 5', '12998 5 Y3 1  .P00', '^n:ds[4U', "8jKS'y:G*Co,Wxa-"],
    [
      '§1.3',
      '18x 6]8vM;54 *(5:  {   U1]8  z [  8',
      '1_ tx7X d  <  nw  334J702) 7]o}` 0',
      'Tm[K T2u',
      'fQJ,fN/4F4!~K~MH',
    ],
    ['§5.2', '3e6b263  4 17 80', '17  9 G`ZD9   2 2b 7X 3 /r90', 'WjN}|M(6', 'n`9eBk9z$R8pOtVb'],
  ])('answers the challenge of %s as the draft does', (_section, key1, key2, key3, due) => {
    const { keyNumbers } = read({ ...HIXIE_76, 'sec-websocket-key1': key1, 'sec-websocket-key2': key2 });
    const response = challengeResponse(keyNumbers as [number, number], Buffer.from(key3));
    expect(response.toString('latin1')).toBe(due);
  });

  it('hides numbers in its keys, as the draft has clients do', () => {
    // hixie-76 §5.1, steps 16 to 22: a number times its spaces, with other characters between the digits.
    const noise = fc.constantFrom(...'!"#$%&\'()*+,-./:;<=>?@AZ[\\]^_`az{|}~');
    const key = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.nat(0xffff_ffff), fc.array(fc.tuple(fc.nat(20), noise)))
      .chain(([spaces, random, noises]) => {
        const number = Math.floor(random / spaces);
        const characters = [...String(number * spaces)];
        for (const [at, character] of noises) characters.splice(at, 0, character);
        // "from the second character to the last but one": a space at an end would be lost on the way.
        const inner = Math.max(0, characters.length - 1);
        return fc
          .array(fc.nat(Math.max(0, inner - 1)), { minLength: spaces, maxLength: spaces })
          .map((places) => {
            if (inner === 0) return undefined;
            for (const at of places) characters.splice(at + 1, 0, ' ');
            return { key: characters.join(''), number };
          });
      });
    fc.assert(
      fc.property(key, key, (first, second) => {
        if (first === undefined || second === undefined) return;
        const headers = {
          ...HIXIE_76,
          'sec-websocket-key1': first.key,
          'sec-websocket-key2': second.key,
        };
        expect(read(headers).keyNumbers).toEqual([first.number, second.number]);
      }),
    );
  });
});

describe('the location of a handshake', () => {
  it('is what the client has opened, query and port too', () => {
    expect(read({ ...HIXIE_75, host: '127.0.0.1:8080' }, { url: '/a?b=c' }).location).toBe(
      'ws://127.0.0.1:8080/a?b=c',
    );
  });

  it('is wss over TLS, and behind a proxy that took it off', () => {
    const location = 'wss://example.com/demo';
    expect(read(HIXIE_75, { encrypted: true }).location).toBe(location);
    expect(read({ ...HIXIE_75, 'x-forwarded-proto': 'https' }).location).toBe(location);
    expect(read({ ...HIXIE_76, 'x-forwarded-proto': 'wss, http' }).location).toBe(location);
    expect(read({ ...HIXIE_76, 'x-forwarded-proto': 'http' }).location).toBe('ws://example.com/demo');
  });
});

describe('a request', () => {
  it.each<[what: string, headers: Changes]>([
    ['with the key of RFC 6455', { ...HIXIE_75, 'sec-websocket-key': 'x' }],
    ['with a version', { ...HIXIE_75, 'sec-websocket-version': '13' }],
    ['of hybi-02, whose frames are others', { ...HIXIE_76, 'sec-websocket-draft': '2' }],
    ['to upgrade to something else', { ...HIXIE_75, upgrade: 'h2c' }],
  ])('%s is none of 2010', (_what, headers) => {
    expect(isLegacyHandshake(request(headers))).toBe(false);
  });

  it('by another method is none of 2010', () => {
    expect(isLegacyHandshake(request(HIXIE_75, { method: 'POST' }))).toBe(false);
  });

  it.each<[what: string, headers: Changes, reason: string]>([
    ['no Connection', { ...HIXIE_75, connection: undefined }, 'Connection'],
    ['no Host', { ...HIXIE_75, host: undefined }, 'Host'],
    ['no Origin', { ...HIXIE_76, origin: undefined }, 'Origin'],
    ['one key alone', { ...HIXIE_76, 'sec-websocket-key2': undefined }, 'Key'],
    ['a key without digits', { ...HIXIE_76, 'sec-websocket-key1': 'a b c' }, 'Key'],
    ['a key without spaces', { ...HIXIE_76, 'sec-websocket-key1': '4@146546xW%0l15' }, 'Key'],
    ['a key that its spaces do not divide', { ...HIXIE_76, 'sec-websocket-key1': '1  1' }, 'Key'],
    ['a key beyond 32 bits', { ...HIXIE_76, 'sec-websocket-key1': '4294967296 ' }, 'Key'],
    ['a subprotocol with spaces', { ...HIXIE_76, 'sec-websocket-protocol': 'a b' }, 'subprotocol'],
  ])('with %s is refused', (_what, headers, reason) => {
    expect(readLegacyHandshake(request(headers))).toMatchObject({
      status: 400,
      reason: expect.stringContaining(reason),
    });
  });

  it('with two Hosts is refused', () => {
    const twice = request(HIXIE_75);
    twice.rawHeaders.push('Host', 'other.example');
    expect(readLegacyHandshake(twice)).toMatchObject({ status: 400 });
  });
});
