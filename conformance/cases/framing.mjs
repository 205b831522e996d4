/** Base framing (RFC 6455 §5.2): lengths, the forms of a length, pieces, masking, reserved bits and opcodes. */
import { failing, good } from '../case.mjs';
import { binaryLine, pongLine, textLine } from '../transcript.mjs';
import { binary, close, frame, inPieces, MASKING_KEY, OPCODE, ping, text } from '../wire.mjs';

/** On either side of each border between the three forms of a length. */
const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536];

/** Byte by byte is for what is short enough to be sent in a moment. */
const BYTE_BY_BYTE_LIMIT = 1000;

/** No divisor of anything here, so that pieces end everywhere. */
const PIECE_BYTES = 997;

/** @type {import('../case.mjs').Case[]} */
const lengths = LENGTHS.flatMap((length) => {
  const words = '*'.repeat(length);
  const bytes = Uint8Array.from({ length }, (_, at) => at % 256);
  const pieceBytes = length < BYTE_BY_BYTE_LIMIT ? 1 : PIECE_BYTES;
  const inWords = pieceBytes === 1 ? 'byte by byte' : `in pieces of ${pieceBytes} bytes`;
  return [
    good(`§5.2 a text of ${length} bytes is echoed`, [text(words)], [textLine(words)]),
    good(`§5.2 a text of ${length} bytes is echoed, sent ${inWords}`, inPieces(text(words), pieceBytes), [
      textLine(words),
    ]),
    good(`§5.2 a binary message of ${length} bytes is echoed`, [binary(bytes)], [binaryLine(bytes)]),
    good(
      `§5.2 a binary message of ${length} bytes is echoed, sent ${inWords}`,
      inPieces(binary(bytes), pieceBytes),
      [binaryLine(bytes)],
    ),
  ];
});

/** @type {import('../case.mjs').Case[]} */
const borders = [
  good(
    '§5.2 frames are found whatever pieces the stream comes in: all in one',
    [Buffer.concat([text('one'), ping('two'), binary('three'), text('')])],
    [textLine('one'), pongLine('two'), binaryLine('three'), textLine('')],
  ),
  good(
    '§5.2 frames are found whatever pieces the stream comes in: byte by byte',
    inPieces([text('one'), ping('two'), binary('three'), text('')]),
    [textLine('one'), pongLine('two'), binaryLine('three'), textLine('')],
  ),
  ...[2, 3, 5, 7, 11].map((size) =>
    good(
      `§5.2 frames are found whatever pieces the stream comes in: ${size} bytes each`,
      inPieces([text('one'), binary('x'.repeat(200)), ping(), text('three')], size),
      [textLine('one'), binaryLine('x'.repeat(200)), pongLine(), textLine('three')],
    ),
  ),
];

const TOO_LONG_FORMS = /** @type {const} */ ([
  [0, 16],
  [5, 16],
  [125, 16],
  [0, 64],
  [125, 64],
  [126, 64],
  [65_535, 64],
]);

/** @type {import('../case.mjs').Case[]} */
const forms = [
  ...TOO_LONG_FORMS.map(([length, lengthBits]) =>
    failing(
      `§5.2 "the minimal number of bytes MUST be used to encode the length": ${length} in ${lengthBits} bits`,
      1002,
      [text('x'.repeat(length), { lengthBits })],
    ),
  ),
  failing('§5.2 of a 64-bit length "the most significant bit MUST be 0"', 1002, [
    binary('', { claimedLength: 2n ** 63n, lengthBits: 64 }),
  ]),
  failing('§5.2 a 64-bit length of all ones is refused', 1002, [
    binary('', { claimedLength: 2n ** 64n - 1n, lengthBits: 64 }),
  ]),
  failing('§5.5 a Ping whose length is in 16 bits is refused', 1002, [ping('hello', { lengthBits: 16 })]),
  failing('§5.5 a Ping whose length is in 64 bits is refused', 1002, [ping('hello', { lengthBits: 64 })]),
];

export const framing = { name: 'framing', cases: [...lengths, ...borders, ...forms] };

const NO_MASK = Uint8Array.of(0, 0, 0, 0);
const ODD_MASK = Uint8Array.of(0xff, 0x00, 0x80, 0x01);

/** @type {import('../case.mjs').Case[]} */
const masks = [
  ...[text('hello'), text(''), binary('hello'), ping('hello')].map((_, at) => {
    const [name, opcode, payload] = /** @type {const} */ ([
      ['text', OPCODE.text, 'hello'],
      ['empty text', OPCODE.text, ''],
      ['binary message', OPCODE.binary, 'hello'],
      ['Ping', OPCODE.ping, 'hello'],
    ])[at] ?? ['', 0, ''];
    return failing(`§5.1 the server closes upon a frame that is not masked: a ${name}`, 1002, [
      frame(opcode, payload, { maskingKey: null }),
    ]);
  }),
  failing('§5.1 the server closes upon a Close that is not masked', 1002, [
    frame(OPCODE.close, Uint8Array.of(0x03, 0xe8), { maskingKey: null }),
  ]),
  failing('§5.1 a frame that is not masked is refused by its second byte', 1002, [
    frame(OPCODE.binary, '', { maskingKey: null, claimedLength: 1_000_000 }).subarray(0, 2),
  ]),
  failing(
    '§5.1 a frame that is not masked is refused behind others that are',
    1002,
    [text('masked'), text('not masked', { maskingKey: null })],
    [textLine('masked')],
  ),
  good(
    '§5.3 a masking key of zeros is one as good as any',
    [text('hello', { maskingKey: NO_MASK })],
    [textLine('hello')],
  ),
  good(
    '§5.3 each frame has its own masking key',
    [
      text('hel', { fin: false }),
      frame(OPCODE.continuation, 'lo ', { fin: false, maskingKey: ODD_MASK }),
      frame(OPCODE.continuation, 'you', { maskingKey: NO_MASK }),
    ],
    [textLine('hello you')],
  ),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33].map((length) =>
    good(
      `§5.3 octet i is masked with octet i modulo 4: ${length} bytes in two pieces`,
      inPieces(binary('m'.repeat(length), { maskingKey: ODD_MASK }), 6 + Math.ceil(length / 2)),
      [binaryLine('m'.repeat(length))],
    ),
  ),
];

export const masking = { name: 'masking', examines: 'server', cases: masks };

/** The same for frames of a server. */
/** @type {import('../case.mjs').Case[]} */
const unmasked = [
  ...[
    ['a text', text('hello', { maskingKey: MASKING_KEY })],
    ['an empty text', text('', { maskingKey: MASKING_KEY })],
    ['a binary message', binary('hello', { maskingKey: MASKING_KEY })],
    ['a Ping', ping('hello', { maskingKey: MASKING_KEY })],
    ['a Close', frame(OPCODE.close, Uint8Array.of(0x03, 0xe8), { maskingKey: MASKING_KEY })],
    ['a text with a masking key of zeros', text('hello', { maskingKey: NO_MASK })],
  ].map(([what, bytes]) =>
    failing(`§5.1 a client closes upon a frame that is masked: ${what}`, 1002, [
      /** @type {Buffer} */ (bytes),
    ]),
  ),
  failing('§5.1 a frame that is masked is refused by its second byte', 1002, [
    binary('', { maskingKey: MASKING_KEY, claimedLength: 1_000_000 }).subarray(0, 2),
  ]),
  failing(
    '§5.1 a frame that is masked is refused behind others that are not',
    1002,
    [text('not masked'), text('masked', { maskingKey: MASKING_KEY })],
    [textLine('not masked')],
  ),
];

export const noMasking = { name: 'masking', examines: 'client', cases: unmasked };

const RSV = [1, 2, 3, 4, 5, 6, 7];

/** @type {import('../case.mjs').Case[]} */
const reservedBits = [
  ...RSV.map((rsv) =>
    failing(
      `§5.2 a reserved bit without an extension is refused: RSV ${rsv} on a text, behind a good one`,
      1002,
      [text('good'), text('bad', { rsv })],
      [textLine('good')],
    ),
  ),
  ...RSV.map((rsv) =>
    failing(
      `§5.2 a reserved bit without an extension is refused: RSV ${rsv} on a binary message, byte by byte`,
      1002,
      [...inPieces(binary('bad', { rsv }))],
    ),
  ),
  ...RSV.map((rsv) =>
    failing(`§5.2 a reserved bit without an extension is refused: RSV ${rsv} on a Ping`, 1002, [
      ping('bad', { rsv }),
      ping('never seen'),
    ]),
  ),
  ...RSV.map((rsv) =>
    failing(`§5.2 a reserved bit without an extension is refused: RSV ${rsv} on a Close`, 1002, [
      frame(OPCODE.close, Uint8Array.of(0x03, 0xe8), { rsv }),
    ]),
  ),
  failing('§5.2 a reserved bit is refused by the first byte', 1002, [Uint8Array.of(0xc1)]),
  failing('§5.2 a reserved bit is refused on a continuation, too', 1002, [
    text('begun', { fin: false }),
    frame(OPCODE.continuation, 'bad', { rsv: 4 }),
  ]),
];

export const reserved = { name: 'reserved bits', cases: reservedBits };

const RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

/** @type {import('../case.mjs').Case[]} */
const reservedOpcodes = RESERVED_OPCODES.flatMap((opcode) => [
  failing(`§5.2 the reserved opcode ${opcode} is refused: empty`, 1002, [frame(opcode)]),
  failing(
    `§5.2 the reserved opcode ${opcode} is refused: with a payload, behind a good text`,
    1002,
    [text('good'), frame(opcode, 'bad'), close(1000)],
    [textLine('good')],
  ),
  failing(`§5.2 the reserved opcode ${opcode} is refused: between the fragments of a message`, 1002, [
    text('begun', { fin: false }),
    frame(opcode, 'bad'),
    frame(OPCODE.continuation, 'ended'),
  ]),
]);

export const opcodes = { name: 'reserved opcodes', cases: reservedOpcodes };
