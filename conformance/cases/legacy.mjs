/** The handshakes of 2010, where they are asked for (`legacyHandshakes`): hixie-75, and hixie-76, which is hybi-00. */
import {
  ANSWER_76,
  CLOSING_FRAME,
  counted,
  handshake75,
  handshake76,
  KEYS_76,
  LegacyTranscriptReader,
  text,
  textLine,
} from '../legacy-wire.mjs';
import { hex, inPieces } from '../wire.mjs';

const ENDPOINT = 'legacy';

/** Of that endpoint, in bytes. */
const MAX_PAYLOAD = 1000;

const KEY_3 = Buffer.from(KEYS_76.key3, 'latin1');

/** @param {string} location @param {readonly string[]} [more] */
function answer75(location, more = []) {
  return [
    'HTTP/1.1 101 Web Socket Protocol Handshake',
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    'WebSocket-Origin: http://example.com',
    `WebSocket-Location: ${location}`,
    ...more,
  ].join(' | ');
}

/** @param {string} location @param {readonly string[]} [more] */
function answer76(location, more = []) {
  return [
    'HTTP/1.1 101 WebSocket Protocol Handshake',
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Origin: http://example.com',
    `Sec-WebSocket-Location: ${location}`,
    ...more,
  ].join(' | ');
}

/** @type {import('../case.mjs').Opening} */
const OPENING_75 = {
  request: (path) => handshake75({ requestLine: `GET ${path} HTTP/1.1` }),
  answer: (path) => [answer75(`ws://example.com${path}`)],
  newReader: () => new LegacyTranscriptReader(false),
};

/** @type {import('../case.mjs').Opening} */
const OPENING_76 = {
  request: (path) => Buffer.concat([handshake76({ requestLine: `GET ${path} HTTP/1.1` }), KEY_3]),
  answer: (path) => [answer76(`ws://example.com${path}`), `answer ${ANSWER_76}`],
  newReader: () => new LegacyTranscriptReader(true),
};

/**
 * A case that goes well, and that the client ends.
 *
 * @param {'75' | '76'} draft
 * @param {string} name
 * @param {readonly import('../case.mjs').Move[]} moves
 * @param {readonly string[]} expected
 * @returns {import('../case.mjs').Case}
 */
function good(draft, name, moves, expected) {
  const isWithClose = draft === '76';
  return {
    name: `hixie-${draft} ${name}`,
    endpoint: ENDPOINT,
    opening: isWithClose ? OPENING_76 : OPENING_75,
    moves: [...moves, isWithClose ? CLOSING_FRAME : 'end output'],
    expected: [...expected, ...(isWithClose ? ['closing frame'] : []), 'end'],
    application: '1005',
  };
}

/**
 * A case in which the server has to give up.
 *
 * @param {'75' | '76'} draft
 * @param {string} name
 * @param {readonly import('../case.mjs').Move[]} moves
 * @returns {import('../case.mjs').Case}
 */
function failing(draft, name, moves) {
  const expected = [...(draft === '76' ? ['closing frame'] : []), 'end'];
  const opening = draft === '76' ? OPENING_76 : OPENING_75;
  return {
    name: `hixie-${draft} ${name}`,
    endpoint: ENDPOINT,
    opening,
    moves,
    expected,
    application: '1006',
  };
}

/** What both have in common. */
/** @param {'75' | '76'} draft */
function framing(draft) {
  const limit = 'x'.repeat(MAX_PAYLOAD);
  return [
    good(draft, '§5.3 a text is from 0x00 to 0xFF', [text('hello')], [textLine('hello')]),
    good(draft, '§5.3 an empty text', [text('')], [textLine('')]),
    good(draft, '§5.3 text beyond ASCII', [text('Grüße 😀')], [textLine('Grüße 😀')]),
    good(draft, '§5.3 a text with a zero in it', [text('a\0b')], [textLine('a\0b')]),
    good(draft, '§5.3 a text byte by byte', inPieces(text('slowly')), [textLine('slowly')]),
    good(
      draft,
      '§5.3 a hundred texts in one piece',
      [Buffer.concat(Array(100).fill(text('again')))],
      Array(100).fill(textLine('again')),
    ),
    good(draft, '§5.3 a text as long as the server allows', [text(limit)], [textLine(limit)]),
    good(
      draft,
      '§5.3 bytes that are not UTF-8 are read as U+FFFD',
      [text(hex('61 c3 62'))],
      [textLine('a\ufffdb')],
    ),
    good(draft, '§5.3 texts of another type are discarded', [hex('01 6e 6f ff'), text('a')], [textLine('a')]),
    good(
      draft,
      '§5.3 frames with a length are discarded, whatever they hold',
      [counted(0x80, hex('00 61 ff')), counted(0xfe, Buffer.alloc(300, 0xff)), text('a')],
      [textLine('a')],
    ),
    good(
      draft,
      '§5.3 a frame with a length, byte by byte',
      [...inPieces(counted(0x80, Buffer.alloc(200, 0xff))), text('a')],
      [textLine('a')],
    ),
    failing(draft, 'a text that is too long is given up before its end', [text(`${limit}x`).subarray(0, -1)]),
    failing(draft, 'a text to be discarded that is too long is given up before its end', [
      Buffer.concat([hex('01'), Buffer.alloc(MAX_PAYLOAD + 1, 'x')]),
    ]),
    failing(draft, 'a length that is too long is given up before its bytes', [hex('80 87 69')]),
    failing(draft, 'a length that does not end is given up', [hex(`80${'80'.repeat(20)}`)]),
  ];
}

/**
 * @param {string} name
 * @param {Uint8Array} request
 * @param {string} [endpoint]
 * @param {string} [status]
 * @returns {import('../case.mjs').Case}
 */
function refused(name, request, endpoint = ENDPOINT, status = 'HTTP/1.1 400') {
  const opening = { request: () => request, answer: () => [status], newReader: OPENING_76.newReader };
  return { name, endpoint, opening, moves: [], expected: ['end'] };
}

/**
 * A handshake with its own words.
 *
 * @param {string} name
 * @param {readonly import('../case.mjs').Move[]} moves
 * @param {readonly string[]} expected
 * @param {boolean} hasChallenge
 * @returns {import('../case.mjs').Case}
 */
function opening(name, moves, expected, hasChallenge = true) {
  const newReader = () => new LegacyTranscriptReader(hasChallenge);
  const nothing = { request: () => Buffer.alloc(0), answer: () => [], newReader };
  return { name, endpoint: ENDPOINT, opening: nothing, moves, expected };
}

const DEMO = 'ws://example.com/demo';

/** @type {import('../case.mjs').Case[]} */
const handshakes75 = [
  opening(
    'hixie-75 §1.2 the handshake of the draft is answered as in the draft, byte by byte',
    [handshake75({ headers: { 'WebSocket-Protocol': 'sample' } }), 'end output'],
    [answer75(DEMO, ['WebSocket-Protocol: sample']), 'end'],
    false,
  ),
  opening(
    'hixie-75 §3.1 the URL has the port that the client has opened, and the query',
    [
      handshake75({
        requestLine: 'GET /a?b HTTP/1.1',
        headers: { Host: 'example.com:81', Origin: 'http://example.com:81' },
      }),
      'end output',
    ],
    [answer75('ws://example.com:81/a?b').replace('Origin: http://example.com', '$&:81'), 'end'],
    false,
  ),
  opening(
    'hixie-75 frames in one piece with the handshake are answered',
    [Buffer.concat([handshake75(), text('at once')]), 'end output'],
    [answer75(DEMO), textLine('at once'), 'end'],
    false,
  ),
  refused(
    'hixie-75 §4.2 a handshake without an Origin is refused',
    handshake75({ headers: { Origin: undefined } }),
  ),
  refused(
    'hixie-75 §7 the Origin of a stranger is refused',
    handshake75({ headers: { Origin: 'http://evil.example' } }),
    ENDPOINT,
    'HTTP/1.1 403',
  ),
  refused('hixie-75 is refused by a server that does not offer it', handshake75(), 'echo', 'HTTP/1.1 426'),
];

/** @type {import('../case.mjs').Case[]} */
const handshakes76 = [
  opening(
    'hixie-76 §1.2 the handshake of the draft is answered as in the draft, byte by byte',
    [handshake76({ headers: { 'Sec-WebSocket-Protocol': 'sample' } }), KEY_3, CLOSING_FRAME],
    [answer76(DEMO, ['Sec-WebSocket-Protocol: sample']), `answer ${ANSWER_76}`, 'closing frame', 'end'],
  ),
  opening(
    'hixie-76 §1.3 the challenge of the draft is answered as in the draft',
    [
      handshake76({
        headers: {
          'Sec-WebSocket-Key1': '18x 6]8vM;54 *(5:  {   U1]8  z [  8',
          'Sec-WebSocket-Key2': '1_ tx7X d  <  nw  334J702) 7]o}` 0',
        },
      }),
      Buffer.from('Tm[K T2u'),
      CLOSING_FRAME,
    ],
    [answer76(DEMO), 'answer fQJ,fN/4F4!~K~MH', 'closing frame', 'end'],
  ),
  opening(
    'hixie-76 the head is answered before the eight bytes have come, as proxies need it',
    [handshake76(), { lines: 1 }, KEY_3, CLOSING_FRAME],
    [answer76(DEMO), `answer ${ANSWER_76}`, 'closing frame', 'end'],
  ),
  opening(
    'hixie-76 the handshake, the eight bytes and a text, byte by byte',
    [...inPieces([handshake76(), KEY_3, text('slowly')]), CLOSING_FRAME],
    [answer76(DEMO), `answer ${ANSWER_76}`, textLine('slowly'), 'closing frame', 'end'],
  ),
  opening(
    'hixie-76 all of it in one piece',
    [Buffer.concat([handshake76(), KEY_3, text('at once'), CLOSING_FRAME])],
    [answer76(DEMO), `answer ${ANSWER_76}`, textLine('at once'), 'closing frame', 'end'],
  ),
  opening(
    'hixie-76 seven bytes, then the end of TCP',
    [handshake76(), KEY_3.subarray(0, 7), 'end output'],
    [answer76(DEMO), 'end'],
  ),
  opening(
    'hixie-76 seven bytes, then nothing: the connection is ended after a while',
    [handshake76(), KEY_3.subarray(0, 7)],
    [answer76(DEMO), 'end'],
  ),
  ...[
    ['§5.2 a key is missing', { 'Sec-WebSocket-Key1': undefined }],
    ['§5.2 a key has no spaces', { 'Sec-WebSocket-Key1': '123' }],
    ['§5.2 a key has no digits', { 'Sec-WebSocket-Key2': 'a b' }],
    ['§5.2 the number of a key is no multiple of its spaces', { 'Sec-WebSocket-Key2': '1  1' }],
    ['§5.2 the number of a key has more than 32 bits', { 'Sec-WebSocket-Key1': '4294 967296' }],
    ['§5.2 the Origin is missing', { Origin: undefined }],
  ].map(([what, headers]) =>
    refused(
      `hixie-76 refused: ${what}`,
      Buffer.concat([
        handshake76({ headers: /** @type {Record<string, string | undefined>} */ (headers) }),
        KEY_3,
      ]),
    ),
  ),
  refused(
    'hixie-76 is refused by a server that does not offer it',
    Buffer.concat([handshake76(), KEY_3]),
    'echo',
    'HTTP/1.1 426',
  ),
];

/** @type {import('../case.mjs').Case[]} */
const closing = [
  good('76', '§5.3 the closing frame is answered, then TCP is ended', [], []),
  good(
    '76',
    '§5.3 the closing frame with its length in two bytes',
    [text('a'), hex('ff 80 00')],
    [textLine('a')],
  ),
  good('76', '§5.3 a frame of the same type with bytes in it is none', [counted(0xff, hex('00'))], []),
  {
    name: 'hixie-76 §5.3 the server closes: its closing frame comes first, and texts until the other',
    endpoint: ENDPOINT,
    opening: OPENING_76,
    moves: [text('please close 3000'), { lines: 1 }, CLOSING_FRAME],
    expected: ['closing frame', 'end'],
    application: '1005',
  },
  {
    name: 'hixie-76 TCP that ends without a closing frame is no clean end',
    endpoint: ENDPOINT,
    opening: OPENING_76,
    moves: [text('a'), { lines: 1 }, 'end output'],
    expected: [textLine('a'), 'end'],
    application: '1006',
  },
  good(
    '75',
    'the closing frame of hixie-76 is one to be discarded',
    [CLOSING_FRAME, text('a')],
    [textLine('a')],
  ),
  {
    name: 'hixie-75 the server closes: TCP is ended',
    endpoint: ENDPOINT,
    opening: OPENING_75,
    moves: [text('please close 3000')],
    expected: ['end'],
    application: '1005',
  },
  {
    name: 'hixie-75 TCP that ends within a frame is no clean end',
    endpoint: ENDPOINT,
    opening: OPENING_75,
    moves: [hex('00 61'), 'end output'],
    expected: ['end'],
    application: '1006',
  },
];

/** @type {import('../case.mjs').Category} */
export const legacy = {
  name: 'drafts of 2010',
  peer: 'holdfast',
  examines: 'server',
  cases: [...handshakes75, ...handshakes76, ...framing('75'), ...framing('76'), ...closing],
};
