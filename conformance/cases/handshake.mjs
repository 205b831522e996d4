/**
 * The opening handshake as a server reads it (RFC 6455 §4.2.1) and answers it (§4.2.2): what must be there, what may be,
 * what is refused with which status, and frames that come with it.
 */
import { SWITCHING_PROTOCOLS } from '../case.mjs';
import { pongLine, textLine } from '../transcript.mjs';
import { close, handshake, inPieces, ping, text } from '../wire.mjs';

/** What a client sends that is content with the answer. */
const GOODBYE = close(1000);
const AFTER = ['close 1000', 'end'];

/**
 * @param {string} name
 * @param {import('../wire.mjs').RequestOptions} request
 * @param {string} [answer] default: 101 without subprotocol and extensions
 * @param {string} [endpoint]
 * @returns {import('../case.mjs').Case}
 */
function accepted(name, request, answer = SWITCHING_PROTOCOLS, endpoint = 'echo') {
  return { name, raw: true, endpoint, moves: [handshake(request), GOODBYE], expected: [answer, ...AFTER] };
}

/**
 * @param {string} name
 * @param {string} answer
 * @param {import('../wire.mjs').RequestOptions} request
 * @returns {import('../case.mjs').Case}
 */
function refused(name, answer, request) {
  return { name, raw: true, moves: [handshake(request)], expected: [answer, 'end'] };
}

/** @param {string} name */
function without(name) {
  return { headers: { [name]: undefined } };
}

/** @param {string} name @param {string} value */
function having(name, value) {
  return { headers: { [name]: value } };
}

const BAD_REQUEST = '400 | connection: close';
const VERSION_WANTED = '426 | connection: close, Upgrade | upgrade: websocket | sec-websocket-version: 13';

/** @type {import('../case.mjs').Case[]} */
const requests = [
  accepted('§4.2.2 the handshake of the RFC is answered by 101 and the accept key of the RFC', {}),
  accepted('§4.1 the resource may have a query', { requestLine: 'GET /chat?room=1&x=%20 HTTP/1.1' }),
  accepted('§4.2.1 the resource may be an absolute URI', {
    requestLine: 'GET http://127.0.0.1/chat HTTP/1.1',
  }),
  accepted('§4.2.1 field names are read in any case of letters', {
    headers: { Upgrade: undefined, Connection: undefined, Host: undefined },
    lines: ['hOST: 127.0.0.1', 'UPGRADE: websocket', 'connection: upgrade'],
  }),
  accepted('§4.2.1 Upgrade is read in any case of letters', having('Upgrade', 'WebSocket')),
  accepted('§4.2.1 Connection is read in any case of letters', having('Connection', 'UPGRADE')),
  accepted('§4.2.1 Connection may hold other options', having('Connection', 'keep-alive, Upgrade')),
  accepted('§4.2.1 fields may have white space around them, or none', {
    headers: { Upgrade: undefined, 'Sec-WebSocket-Version': undefined },
    lines: ['Upgrade:websocket', 'Sec-WebSocket-Version: \t13 \t'],
  }),
  accepted('§4.2.1 other fields are ignored', {
    lines: ['User-Agent: someone', 'X-Anything: at all', 'Cookie: a=b', 'Pragma: no-cache', 'DNT: 1'],
  }),
  accepted('§4.2.1 two lines of Connection are one list', { lines: ['Connection: keep-alive'] }),
  accepted('§4.2.1 the order of the fields does not matter', {
    headers: { Host: undefined, Upgrade: undefined },
    lines: ['Upgrade: websocket', 'Host: 127.0.0.1'],
  }),
  accepted('§10.2 a request without an Origin is not from a browser, and is taken', {}),
  accepted('§10.2 the Origin of the own host is taken', having('Origin', 'http://127.0.0.1')),
  refused('§4.2.1 another method than GET is refused: POST', '405 | connection: close | allow: GET', {
    requestLine: 'POST / HTTP/1.1',
  }),
  refused('§4.2.1 another method than GET is refused: PUT', '405 | connection: close | allow: GET', {
    requestLine: 'PUT / HTTP/1.1',
  }),
  refused('§4.2.1 HTTP/1.0 is refused', BAD_REQUEST, { requestLine: 'GET / HTTP/1.0' }),
  refused('§4.2.1 a request without Host is refused', BAD_REQUEST, without('Host')),
  refused('§4.2.1 a request with an empty Host is refused', BAD_REQUEST, having('Host', '')),
  refused('§4.2.1 a request with two Hosts is refused (RFC 9112 §3.2)', BAD_REQUEST, {
    lines: ['Host: example.com'],
  }),
  refused(
    '§4.2.1 a request without Upgrade is told to upgrade',
    '426 | connection: Upgrade | upgrade: websocket',
    {
      headers: { Upgrade: undefined },
    },
  ),
  refused('§4.2.1 an Upgrade to something else is refused', BAD_REQUEST, having('Upgrade', 'h2c')),
  refused('§4.2.1 an Upgrade to something alike is refused', BAD_REQUEST, having('Upgrade', 'websockets')),
  refused(
    '§10.2 the Origin of a stranger is refused',
    '403 | connection: close',
    having('Origin', 'http://evil.example'),
  ),
  refused('§10.2 the Origin "null" is refused', '403 | connection: close', having('Origin', 'null')),
];

/** 15, 17 and 16 bytes; the last not in base64. */
const BAD_KEYS = [
  '',
  'c2hvcnQ=',
  'MTIzNDU2Nzg5MDEyMzQ1',
  'MTIzNDU2Nzg5MDEyMzQ1Njc=',
  'dGhlIHNhbXBsZSBub25jZQ',
  '!!hlIHNhbXBsZSBub25jZQ==',
];

/** @type {import('../case.mjs').Case[]} */
const keys = [
  refused('§4.2.1 a request without Sec-WebSocket-Key is refused', BAD_REQUEST, without('Sec-WebSocket-Key')),
  ...BAD_KEYS.map((key) =>
    refused(`§4.2.1 a Sec-WebSocket-Key that is not 16 bytes in base64 is refused: "${key}"`, BAD_REQUEST, {
      headers: { 'Sec-WebSocket-Key': key },
    }),
  ),
  refused('§11.3.1 Sec-WebSocket-Key "MUST NOT appear more than once"', BAD_REQUEST, {
    lines: ['Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=='],
  }),
  accepted(
    '§4.2.2 the accept key is the hash of the key and the GUID',
    having('Sec-WebSocket-Key', 'x3JJHMbDL1EzLkh9GBhXDw=='),
    '101 | connection: Upgrade | upgrade: websocket | sec-websocket-accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=',
  ),
];

/** @type {import('../case.mjs').Case[]} */
const versions = [
  refused('§4.4 a request without Sec-WebSocket-Version is told the version', VERSION_WANTED, {
    headers: { 'Sec-WebSocket-Version': undefined },
  }),
  ...['0', '7', '8', '12', '14', '25', '130', '013', '-13', '13.0', '13, 8', 'thirteen', ''].map((version) =>
    refused(`§4.4 another Sec-WebSocket-Version is told the version: "${version}"`, VERSION_WANTED, {
      headers: { 'Sec-WebSocket-Version': version },
    }),
  ),
  refused(
    '§11.3.5 Sec-WebSocket-Version "MUST NOT appear more than once in an HTTP request"',
    VERSION_WANTED,
    {
      lines: ['Sec-WebSocket-Version: 8'],
    },
  ),
];

/** @param {string} protocol */
function speaking(protocol) {
  return `${SWITCHING_PROTOCOLS} | sec-websocket-protocol: ${protocol}`;
}

const PROTOCOL = 'Sec-WebSocket-Protocol';

/** @type {import('../case.mjs').Case[]} */
const protocols = [
  accepted('§4.2.2 the only subprotocol offered is selected', having(PROTOCOL, 'chat'), speaking('chat')),
  accepted(
    '§4.2.2 of several subprotocols one is selected',
    having(PROTOCOL, 'chat, superchat'),
    speaking('chat'),
  ),
  accepted(
    '§4.2.2 the application selects the subprotocol',
    having(PROTOCOL, 'v3, v2, v1'),
    speaking('v2'),
    'choosing',
  ),
  accepted(
    '§4.2.2 where no subprotocol suits, none is told',
    having(PROTOCOL, 'v3, v1'),
    SWITCHING_PROTOCOLS,
    'choosing',
  ),
  accepted('§4.2.2 where none is offered, none is told', {}, SWITCHING_PROTOCOLS, 'choosing'),
  accepted(
    '§11.3.4 Sec-WebSocket-Protocol "MAY appear multiple times in an HTTP request"',
    { lines: [`${PROTOCOL}: v1`, `${PROTOCOL}: v2`] },
    speaking('v2'),
    'choosing',
  ),
  accepted(
    '§4.1 the name of a subprotocol may be any token',
    having(PROTOCOL, "!#$%&'*+-.^_`|~az09AZ"),
    speaking("!#$%&'*+-.^_`|~az09AZ"),
  ),
  accepted(
    '§4.1 the names of subprotocols differ by the case of letters',
    having(PROTOCOL, 'Chat, chat'),
    speaking('Chat'),
  ),
  refused('§4.1 subprotocols "MUST all be unique strings"', BAD_REQUEST, having(PROTOCOL, 'chat, chat')),
  refused('§4.1 a subprotocol with a space is refused', BAD_REQUEST, having(PROTOCOL, 'super chat')),
  refused('§4.1 a subprotocol with a separator is refused', BAD_REQUEST, having(PROTOCOL, 'chat(1)')),
  refused('§4.1 a subprotocol beyond U+007E is refused', BAD_REQUEST, having(PROTOCOL, 'ch\xe4t')),
];

const EXTENSIONS = 'Sec-WebSocket-Extensions';

/** @type {import('../case.mjs').Case[]} */
const extensions = [
  accepted('§9.1 an unknown extension is declined by silence', having(EXTENSIONS, 'x-unknown')),
  accepted('§9.1 unknown extensions with parameters are declined', having(EXTENSIONS, 'a; b=1; c="d", e')),
  accepted('§11.3.2 Sec-WebSocket-Extensions "MAY appear multiple times in an HTTP request"', {
    lines: [`${EXTENSIONS}: a`, `${EXTENSIONS}: b; c=1`],
  }),
  ...['', 'a;', ';a', 'a b', 'a=1', 'a; b=', 'a; b="1', 'a; b="1 2"', 'a; "b"', 'a(1)'].map((header) =>
    refused(
      `§9.1 what "does not conform to the ABNF" is refused: ${header}`,
      BAD_REQUEST,
      having(EXTENSIONS, header),
    ),
  ),
];

/** @type {import('../case.mjs').Case[]} */
const pieces = [
  {
    name: '§4.2.2 frames in one piece with the handshake are answered',
    raw: true,
    moves: [Buffer.concat([handshake(), text('at once'), ping('too'), GOODBYE])],
    expected: [SWITCHING_PROTOCOLS, textLine('at once'), pongLine('too'), ...AFTER],
  },
  {
    name: '§4.2.2 part of a frame in one piece with the handshake',
    raw: true,
    moves: [Buffer.concat([handshake(), text('in two').subarray(0, 3)]), text('in two').subarray(3), GOODBYE],
    expected: [SWITCHING_PROTOCOLS, textLine('in two'), ...AFTER],
  },
  {
    name: '§4.2.2 a large message in one piece with the handshake',
    raw: true,
    moves: [Buffer.concat([handshake(), text('x'.repeat(200_000))]), GOODBYE],
    expected: [SWITCHING_PROTOCOLS, textLine('x'.repeat(200_000)), ...AFTER],
  },
  {
    name: '§4.2.2 an invalid frame in one piece with the handshake',
    raw: true,
    moves: [Buffer.concat([handshake(), text('bad', { maskingKey: null })])],
    expected: [SWITCHING_PROTOCOLS, 'close 1002 …', 'end'],
  },
  {
    name: '§4.2.1 the handshake byte by byte, and frames behind it',
    raw: true,
    moves: [...inPieces([handshake(), text('slowly'), GOODBYE])],
    expected: [SWITCHING_PROTOCOLS, textLine('slowly'), ...AFTER],
  },
  {
    name: '§4.2.1 frames behind a handshake that is refused are not answered',
    raw: true,
    moves: [Buffer.concat([handshake(having('Sec-WebSocket-Version', '8')), text('hello'), GOODBYE])],
    expected: [VERSION_WANTED, 'end'],
  },
  {
    name: '§4.2.1 a handshake on a connection that has served a request',
    raw: true,
    moves: [
      Buffer.concat([handshake({ headers: { Upgrade: undefined, Connection: undefined } })]),
      { lines: 1 },
      handshake(),
      GOODBYE,
    ],
    expected: ['426 | connection: Upgrade | upgrade: websocket', SWITCHING_PROTOCOLS, ...AFTER],
  },
];

/**
 * Something else than a handshake.
 *
 * @param {string} name
 * @param {readonly import('../case.mjs').Move[]} moves
 * @param {string} [answer]
 * @param {string} [endpoint]
 * @returns {import('../case.mjs').Case}
 */
function broken(name, moves, answer = BAD_REQUEST, endpoint = 'echo') {
  return { name, raw: true, endpoint, moves, expected: [answer, 'end'] };
}

const TOO_LATE = '408 | connection: close';
const HALF = handshake().subarray(0, 60);

/** @type {import('../case.mjs').Case[]} */
const brokenHandshakes = [
  broken('§4.2.1 half a handshake, then nothing: it is refused after a while', [HALF], TOO_LATE, 'impatient'),
  broken('§4.2.1 nothing at all: the connection is ended after a while', [], TOO_LATE, 'impatient'),
  broken('§4.2.1 half a handshake, then the end of TCP', [HALF, 'end output']),
  broken('§4.2.1 a line that is no HTTP', [Buffer.from('hello, are you there?\r\n\r\n')]),
  broken('§4.2.1 the greeting of TLS', [Buffer.from('1603010200010001fc0303', 'hex')]),
  broken('§4.2.1 frames without a handshake', [text('hello')]),
];

/** @type {import('../case.mjs').Case[]} */
const oversized = [
  refused(
    '§10.4 a field of 20 KB is refused (RFC 6585 §5)',
    '431 | connection: close',
    having('X-Large', 'x'.repeat(20_000)),
  ),
  refused('§10.4 2,000 fields are refused (RFC 6585 §5)', '431 | connection: close', {
    lines: Array.from({ length: 2000 }, (_, at) => `X-Field-${at}: value`),
  }),
  refused('§10.4 a resource of 20 KB is refused (RFC 6585 §5)', '431 | connection: close', {
    requestLine: `GET /${'x'.repeat(20_000)} HTTP/1.1`,
  }),
  refused('§4.2.1 a field name with a space is refused (RFC 9112 §5.1)', BAD_REQUEST, {
    lines: ['X-Odd : value'],
  }),
  refused('§4.2.1 a field with a NUL is refused (RFC 9110 §5.5)', BAD_REQUEST, { lines: ['X-Odd: a\0b'] }),
  refused('§4.2.1 a folded line is refused (RFC 9112 §5.2)', BAD_REQUEST, { lines: ['X-Odd: a', ' b'] }),
];

export const openingHandshake = {
  name: 'opening handshake',
  examines: 'server',
  cases: [
    ...requests,
    ...keys,
    ...versions,
    ...protocols,
    ...extensions,
    ...pieces,
    ...brokenHandshakes,
    ...oversized,
  ],
};
