/**
 * permessage-deflate (RFC 7692; the sections here are its own): what a server accepts, declines and refuses, what it makes of
 * messages that are compressed, and how it compresses its own.
 */
import { constants, deflateRawSync } from 'node:zlib';
import { failing, good } from '../case.mjs';
import { Deflater, deflated, ownDirection } from '../deflate.mjs';
import { binaryLine, compressedLine, pongLine, textLine } from '../transcript.mjs';
import { binary, continuation, frame, hex, inPieces, OPCODE, ping, text } from '../wire.mjs';

const PLAIN = { offer: 'permessage-deflate', answer: 'permessage-deflate' };
/** An endpoint that compresses whatever it may. */
const DEFLATING = { endpoint: 'deflating', extensions: PLAIN };
/** The same with messages of 1,000 bytes in 8 fragments. */
const LIMITED = { endpoint: 'deflatingLimited', extensions: PLAIN };

/** RSV1 as {@link frame} has it. */
const RSV1 = 4;
const COMPRESSED = { rsv: RSV1 };

/** @param {string | Uint8Array} data */
const compressedText = (data) => text(deflated(data), COMPRESSED);
/** @param {string | Uint8Array} data */
const compressedBinary = (data) => binary(deflated(data), COMPRESSED);

/** @param {string} data */
const textEcho = (data) => compressedLine(textLine(data));
/** @param {string | Uint8Array} data */
const binaryEcho = (data) => compressedLine(binaryLine(data));

/** @param {number} bytes */
function words(bytes) {
  let all = '';
  for (let at = 0; all.length < bytes; at++) all += `{"number":${at},"square":${at * at}},`;
  return all.slice(0, bytes);
}

/** What cannot be compressed, the same in every run: bits of a linear feedback shift register. */
/** @param {number} bytes */
function noise(bytes) {
  let state = 0xace1;
  return Buffer.from(
    Uint8Array.from({ length: bytes }, () => {
      for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0xb4bcd35c : 0);
      return state & 0xff;
    }),
  );
}

/** @param {string} name @param {{ offer: string, answer?: string | undefined }} extensions @param {string} [endpoint] */
function agreed(name, extensions, endpoint = 'deflating') {
  const echo = textLine('is it compressed?');
  const line = extensions.answer === undefined ? echo : compressedLine(echo);
  return good(`${name}: ${extensions.offer}`, [text('is it compressed?')], [line], { endpoint, extensions });
}

/** @param {string} name @param {string} parameters @param {string} [answer] the offer itself, where nothing else is said */
function accepted(name, parameters, answer = parameters) {
  const header = (/** @type {string} */ rest) =>
    rest === '' ? 'permessage-deflate' : `permessage-deflate; ${rest}`;
  return agreed(name, { offer: header(parameters), answer: header(answer) });
}

const ALL_BITS = [8, 9, 10, 11, 12, 13, 14, 15];

/** @type {import('../case.mjs').Case[]} */
const acceptances = [
  accepted('§7.1 no parameter', ''),
  accepted('§7.1.1.1 a server that accepts it repeats it', 'server_no_context_takeover'),
  accepted('§7.1.1.2 a hint that a server may repeat', 'client_no_context_takeover'),
  ...ALL_BITS.map((bits) => accepted('§7.1.2.1 a window as asked for', `server_max_window_bits=${bits}`)),
  ...ALL_BITS.map((bits) => accepted('§7.1.2.2 a window as offered', `client_max_window_bits=${bits}`)),
  accepted('§7.1.2.2 a server need not make use of it', 'client_max_window_bits', ''),
  accepted(
    '§7.1 all parameters',
    'server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10',
  ),
  accepted(
    '§7.1 the order does not matter',
    'server_max_window_bits=9; server_no_context_takeover',
    'server_no_context_takeover; server_max_window_bits=9',
  ),
  accepted('RFC 6455 §9.1 a value may be quoted', 'server_max_window_bits="10"', 'server_max_window_bits=10'),
  agreed('§5 the first offer that can be accepted', {
    offer: 'x-unknown; a=b, permessage-deflate; server_max_window_bits=10, permessage-deflate',
    answer: 'permessage-deflate; server_max_window_bits=10',
  }),
  agreed('§5 the next one, where the first is declined', {
    offer: 'permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=10',
    answer: 'permessage-deflate; server_max_window_bits=10',
  }),
];

/** @type {import('../case.mjs').Case[]} */
const wishes = [
  agreed(
    '§7.1 a server may want more than it is offered',
    {
      offer: 'permessage-deflate; client_max_window_bits',
      answer:
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=12',
    },
    'deflatingPicky',
  ),
  agreed(
    '§7.1.2 a server may want less than it is offered, and takes less than it wants',
    {
      offer: 'permessage-deflate; server_max_window_bits=10; client_max_window_bits=15',
      answer:
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12',
    },
    'deflatingPicky',
  ),
  agreed(
    '§7.1.2.2 a server that must not tell the client its window declines',
    { offer: 'permessage-deflate' },
    'deflatingPicky',
  ),
  agreed('§7 a server without compression declines', { offer: 'permessage-deflate' }, 'echo'),
];

const DECLINED = [
  'x',
  'server_no_context_takeover=1',
  'client_no_context_takeover=true',
  'server_max_window_bits',
  ...['0', '7', '16', '08', '8.0', '-8', '0x9', 'ten'].flatMap((bits) => [
    `server_max_window_bits=${bits}`,
    `client_max_window_bits=${bits}`,
  ]),
  'server_max_window_bits=10; server_max_window_bits=10',
  'client_max_window_bits; client_max_window_bits=10',
  'server_no_context_takeover; server_no_context_takeover',
  'Server_No_Context_Takeover',
];

/** @type {import('../case.mjs').Case[]} */
const declined = [
  ...DECLINED.map((parameters) =>
    agreed('§7.1 "A server MUST decline"', { offer: `permessage-deflate; ${parameters}` }),
  ),
  agreed('RFC 6455 §9.1 names are compared with their letters', { offer: 'Permessage-Deflate' }),
];

export const negotiation = {
  name: 'compression: agreeing',
  examines: 'server',
  cases: [...acceptances, ...wishes, ...declined],
};

const HELLO = compressedLine(textLine('Hello'));

/** @type {import('../case.mjs').Case[]} */
const examples = [
  good('§7.2.3.1 a message in one frame', [text(hex('f248cdc9c90700'), COMPRESSED)], [HELLO], DEFLATING),
  good(
    '§7.2.3.1 a message in two fragments, of which the first has RSV1',
    [text(hex('f248cd'), { ...COMPRESSED, fin: false }), continuation(hex('c9c90700'))],
    [HELLO],
    DEFLATING,
  ),
  good(
    '§7.2.3.2 a message that refers to the one before',
    [text(hex('f248cdc9c90700'), COMPRESSED), text(hex('f200110000'), COMPRESSED)],
    [HELLO, HELLO],
    DEFLATING,
  ),
  good(
    '§7.2.3.3 a block without compression',
    [text(hex('000500faff48656c6c6f00'), COMPRESSED)],
    [HELLO],
    DEFLATING,
  ),
  good(
    '§7.2.3.4 a block with BFINAL set',
    [text(hex('f348cdc9c9070000'), COMPRESSED), text(hex('f348cdc9c9070000'), COMPRESSED)],
    [HELLO, HELLO],
    DEFLATING,
  ),
  good('§7.2.3.5 two blocks', [text(hex('f2480500 0000ffff cac9c90700'), COMPRESSED)], [HELLO], DEFLATING),
  good('§7.2.3.6 an empty message', [text(hex('00'), COMPRESSED)], [textEcho('')], DEFLATING),
];

/** @type {import('../case.mjs').Case[]} */
const frames = [
  good(
    '§6 messages with and without RSV1 in turn',
    [compressedText('one'), text('two'), compressedBinary('three'), binary('four')],
    [textEcho('one'), textEcho('two'), binaryEcho('three'), binaryEcho('four')],
    DEFLATING,
  ),
  good(
    '§6 a message, sent byte by byte',
    inPieces(compressedText(words(500))),
    [textEcho(words(500))],
    DEFLATING,
  ),
  good(
    '§6.1 fragments cut anywhere in the compressed bytes, empty ones too, with Pings between',
    [
      text(deflated('cut anywhere').subarray(0, 1), { ...COMPRESSED, fin: false }),
      ping('1'),
      continuation('', { fin: false }),
      continuation(deflated('cut anywhere').subarray(1, 7), { fin: false }),
      ping('2'),
      continuation(deflated('cut anywhere').subarray(7)),
    ],
    [pongLine('1'), pongLine('2'), textEcho('cut anywhere')],
    DEFLATING,
  ),
  good(
    '§6.1 a message one byte to a fragment',
    [
      Buffer.concat(
        inPieces(deflated(words(300))).map((byte, at, { length }) =>
          frame(at === 0 ? OPCODE.text : OPCODE.continuation, byte, {
            fin: at === length - 1,
            rsv: at === 0 ? RSV1 : 0,
          }),
        ),
      ),
    ],
    [textEcho(words(300))],
    DEFLATING,
  ),
  good(
    '§6.1 the last fragment may be empty',
    [text(deflated('all before'), { ...COMPRESSED, fin: false }), continuation('')],
    [textEcho('all before')],
    DEFLATING,
  ),
  failing(
    '§6.1 RSV1 on a continuation is refused',
    1002,
    [text('a', { fin: false }), continuation('b', COMPRESSED)],
    [],
    DEFLATING,
  ),
  failing('§6.1 RSV1 on a Ping is refused', 1002, [ping('p', COMPRESSED)], [], DEFLATING),
  failing('§6.1 RSV1 on a Pong is refused', 1002, [frame(OPCODE.pong, '', COMPRESSED)], [], DEFLATING),
  failing(
    '§6.1 RSV1 on a Close is refused',
    1002,
    [frame(OPCODE.close, hex('03e8'), COMPRESSED)],
    [],
    DEFLATING,
  ),
  failing('§6 RSV2 is refused', 1002, [text('a', { rsv: 2 })], [], DEFLATING),
  failing('§6 RSV1 and RSV3 are refused', 1002, [text(deflated('a'), { rsv: RSV1 | 1 })], [], DEFLATING),
  failing('§6 RSV1 is refused where nothing was agreed upon', 1002, [compressedText('a')], [], {
    endpoint: 'deflating',
  }),
  failing('§6 RSV1 is refused where the offer was declined', 1002, [compressedText('a')], [], {
    endpoint: 'echo',
    extensions: { offer: 'permessage-deflate' },
  }),
];

/** @type {import('../case.mjs').Case[]} */
const finalBlocks = [
  good(
    '§7.2.3.4 several blocks with BFINAL set in one message',
    [text(Buffer.concat([deflateRawSync('one '), deflateRawSync('two '), deflated('three')]), COMPRESSED)],
    [textEcho('one two three')],
    DEFLATING,
  ),
  good(
    '§7.2.3.4 messages that end with BFINAL set, and messages that do not, in turn',
    [
      text(Buffer.concat([deflateRawSync(words(2000)), hex('00')]), COMPRESSED),
      compressedText(words(2000)),
      text(Buffer.concat([deflateRawSync(words(100_000)), hex('00')]), COMPRESSED),
      compressedText('end'),
    ],
    [textEcho(words(2000)), textEcho(words(2000)), textEcho(words(100_000)), textEcho('end')],
    DEFLATING,
  ),
];

/** @type {import('../case.mjs').Case[]} */
const broken = [
  ['a reserved type of block', hex('07')],
  ['a block whose lengths do not agree', hex('000500000048656c6c6f')],
  ['a distance to before the beginning', hex('0b0002')],
  ['noise', hex('ffffffffffffffff')],
  ['half a message', deflated(words(1000)).subarray(0, 100)],
  ['a message with its last byte changed', Buffer.concat([deflated(words(1000)).subarray(0, -1), hex('ff')])],
].map(([what, payload]) =>
  failing(
    `§7.2.2 what cannot be inflated is refused: ${what}`,
    1007,
    [compressedText('before'), binary(/** @type {Buffer} */ (payload), COMPRESSED), compressedText('behind')],
    [textEcho('before')],
    DEFLATING,
  ),
);

/** @type {import('../case.mjs').Case[]} */
const texts = [
  good('RFC 6455 §8.1 text beyond ASCII', [compressedText('κόσμε 😀')], [textEcho('κόσμε 😀')], DEFLATING),
  ...['ff', 'c0af', 'eda080', 'f4908080', 'c3'].map((bytes) =>
    failing(
      `RFC 6455 §8.1 compressed text that is not UTF-8 is refused: ${bytes}`,
      1007,
      [compressedText(hex(bytes))],
      [],
      DEFLATING,
    ),
  ),
  good(
    'RFC 6455 §5.6 compressed binary data may be anything',
    [compressedBinary(hex('ff'))],
    [binaryEcho(hex('ff'))],
    DEFLATING,
  ),
];

const LONGEST = words(1000);
const MEBIBYTE_OF_ZEROS = deflateRawSync(Buffer.alloc(1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH });
/** 256 MiB in 262 KB. */
const BOMB = Buffer.concat(Array(256).fill(MEBIBYTE_OF_ZEROS)).subarray(0, -4);

/** @type {import('../case.mjs').Case[]} */
const limits = [
  good(
    'RFC 6455 §10.4 a message that is the limit once inflated',
    [compressedText(LONGEST)],
    [textEcho(LONGEST)],
    LIMITED,
  ),
  good(
    'RFC 6455 §10.4 a message that is the limit, and longer in its compressed form',
    [compressedBinary(noise(1000))],
    [binaryEcho(noise(1000))],
    LIMITED,
  ),
  failing('RFC 6455 §10.4 one byte more is refused', 1009, [compressedText(`${LONGEST}x`)], [], LIMITED),
  failing(
    'RFC 6455 §10.4 one byte more that cannot be compressed is refused',
    1009,
    [compressedBinary(noise(1001))],
    [],
    LIMITED,
  ),
  failing(
    'RFC 6455 §10.4 a bomb is refused',
    1009,
    [compressedBinary(Buffer.alloc(1024 * 1024))],
    [],
    LIMITED,
  ),
  failing('RFC 6455 §10.4 a bomb of 256 MiB is refused', 1009, [binary(BOMB, COMPRESSED)], [], DEFLATING),
  failing(
    'RFC 6455 §10.4 a bomb in fragments is refused',
    1009,
    inPieces(deflated(Buffer.alloc(500_000)), 200).map((piece, at, { length }) =>
      frame(at === 0 ? OPCODE.binary : OPCODE.continuation, piece, {
        fin: at === length - 1,
        rsv: at === 0 ? RSV1 : 0,
      }),
    ),
    [],
    LIMITED,
  ),
  failing(
    'RFC 6455 §10.4 what is too long in any form is refused by the header',
    1009,
    [binary('', { rsv: RSV1, claimedLength: 2000 }).subarray(0, 4)],
    [],
    LIMITED,
  ),
  failing(
    'RFC 6455 §10.4 too many fragments are refused',
    1008,
    inPieces(deflated(noise(20))).map((byte, at) =>
      frame(at === 0 ? OPCODE.binary : OPCODE.continuation, byte, { fin: false, rsv: at === 0 ? RSV1 : 0 }),
    ),
    [],
    LIMITED,
  ),
  failing(
    'RFC 6455 §10.4 many blocks with BFINAL set are refused: each costs a stream',
    1007,
    [binary(Buffer.concat(Array(10_000).fill(deflateRawSync(''))), COMPRESSED)],
    [],
    DEFLATING,
  ),
];

/** @type {import('../case.mjs').Case[]} */
const thresholds = [
  good(
    '§7.2.1 a server need not compress what is short',
    [compressedText('short'), text(words(1023)), text(words(1024))],
    [textLine('short'), textLine(words(1023)), textEcho(words(1024))],
    { endpoint: 'deflatingLong', extensions: PLAIN },
  ),
];

const SIZES = [0, 1, 16, 125, 126, 127, 256, 1024, 4096, 16_384, 16_385, 65_535, 65_536, 131_072];
const OFFERS = [
  '',
  'server_no_context_takeover',
  'client_no_context_takeover',
  'server_no_context_takeover; client_no_context_takeover',
  ...[8, 9, 12, 15].map((bits) => `server_max_window_bits=${bits}; client_max_window_bits=${bits}`),
  'server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=8',
];

/** Five of each kind: with context takeover the later ones are hardly more than a reference. */
const REPETITIONS = 5;

/** @type {import('../case.mjs').Case[]} */
const sizes = OFFERS.flatMap((parameters) => {
  const offer = parameters === '' ? 'permessage-deflate' : `permessage-deflate; ${parameters}`;
  return SIZES.map((size) => {
    const deflater = new Deflater(ownDirection(offer));
    const [compressible, incompressible] = [words(size), noise(size)];
    const moves = [];
    const lines = [];
    for (let left = REPETITIONS; left > 0; left--) {
      moves.push(
        text(deflater.message(compressible), COMPRESSED),
        binary(deflater.message(incompressible), COMPRESSED),
      );
      lines.push(textEcho(compressible), binaryEcho(incompressible));
    }
    return good(`§7.2 messages of ${size} bytes: ${offer}`, moves, lines, {
      endpoint: 'deflating',
      extensions: { offer, answer: offer },
    });
  });
});

/** @type {import('../case.mjs').Case[]} */
const many = [
  good(
    '§7.2 1,000 messages that come faster than they are answered',
    [Buffer.concat(Array.from({ length: 1000 }, (_, at) => compressedText(words(at))))],
    Array.from({ length: 1000 }, (_, at) => textEcho(words(at))),
    DEFLATING,
  ),
  good(
    '§7.2 long and short messages and Pings, answered in their order',
    Array.from({ length: 20 }, (_, at) => [
      compressedText(words(at % 2 === 0 ? 200_000 : 20)),
      ping(`${at}`),
      text(`${at}`),
    ]).flat(),
    Array.from({ length: 20 }, (_, at) => [
      textEcho(words(at % 2 === 0 ? 200_000 : 20)),
      pongLine(`${at}`),
      textEcho(`${at}`),
    ]).flat(),
    DEFLATING,
  ),
  good(
    '§7.2 a message of 16 MiB',
    inPieces(compressedBinary(words(16 * 1024 * 1024)), 64 * 1024),
    [binaryEcho(words(16 * 1024 * 1024))],
    DEFLATING,
  ),
];

export const compressing = {
  name: 'compression: messages',
  cases: [
    ...examples,
    ...frames,
    ...finalBlocks,
    ...broken,
    ...texts,
    ...limits,
    ...thresholds,
    ...sizes,
    ...many,
  ],
};
