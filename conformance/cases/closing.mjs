/**
 * The closing handshake (RFC 6455 §5.5.1, §7): codes and reasons that may and may not be, every order of the two Closes,
 * frames behind a Close, and TCP that ends without one.
 */
import { failing, good } from '../case.mjs';
import { closeLine, pongLine, textLine } from '../transcript.mjs';
import { binary, close, continuation, frame, hex, inPieces, OPCODE, ping, text } from '../wire.mjs';

/** By the IANA registry and §7.4.2. */
const VALID_CODES = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];

/** Reserved, not for the wire, not given, or out of range (§7.4). */
const INVALID_CODES = [
  0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1099, 1100, 1999, 2000, 2999, 5000, 32_768, 65_535,
];

/** 123 bytes of a control frame's 125 (§5.5). */
const LONGEST_REASON = 'r'.repeat(123);

/**
 * A closing handshake that the client begins.
 *
 * @param {string} name
 * @param {readonly import('../case.mjs').Move[]} moves
 * @param {readonly string[]} expected
 * @param {string} [application] how it sees the close
 * @returns {import('../case.mjs').Case}
 */
function closing(name, moves, expected, application) {
  return {
    name,
    moves,
    expected: [...expected, 'end'],
    ...(application === undefined ? {} : { application }),
  };
}

/** @type {import('../case.mjs').Case[]} */
const codes = [
  closing('§5.5.1 a Close without a body is answered by a Close', [close()], [closeLine()], '1005'),
  ...VALID_CODES.flatMap((code) => [
    closing(`§7.4 the code ${code} is taken, and echoed`, [close(code)], [closeLine(code)], `${code}`),
    closing(
      `§7.4 the code ${code} is taken with a reason, sent byte by byte`,
      inPieces(close(code, 'reason')),
      [`close ${code} …`],
      `${code} "reason"`,
    ),
  ]),
  ...INVALID_CODES.flatMap((code) => [
    failing(`§7.4 the code ${code} is refused`, 1002, [close(code)]),
    failing(`§7.4 the code ${code} is refused with a reason`, 1002, [close(code, 'reason')]),
  ]),
];

/** @type {import('../case.mjs').Case[]} */
const payloads = [
  failing('§5.5.1 a Close with a body of one byte is refused', 1002, [frame(OPCODE.close, 'x')]),
  closing(
    '§5.5 a reason of 123 bytes is taken',
    [close(1000, LONGEST_REASON)],
    ['close 1000 …'],
    `1000 "${LONGEST_REASON}"`,
  ),
  failing('§5.5 a reason of 124 bytes is refused', 1002, [close(1000, `${LONGEST_REASON}r`)]),
  closing(
    '§5.5.1 a reason in UTF-8 is taken',
    [close(1000, 'κόσμε 😀')],
    ['close 1000 …'],
    '1000 "κόσμε 😀"',
  ),
  failing('§8.1 a reason that is no UTF-8 is refused', 1007, [close(1000, hex('ce ba e1 bd b9 ed a0 80'))]),
  failing('§8.1 a reason that ends within a character is refused', 1007, [close(1000, hex('61 c3'))]),
  failing('§8.1 a reason that begins within a character is refused', 1007, [close(1000, hex('a9 61'))]),
];

/** @type {import('../case.mjs').Case[]} */
const behindClose = [
  closing(
    '§5.5.1 a text behind a Close is not answered',
    [close(1000), text('late')],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 a text behind a Close is not answered, all in one piece',
    [Buffer.concat([close(1000), text('late')])],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 a Ping behind a Close is not answered',
    [Buffer.concat([close(1000), ping('late')])],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 a second Close is not answered',
    [Buffer.concat([close(1000), close(1001)])],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 an invalid frame behind a Close changes nothing',
    [Buffer.concat([close(1000), frame(3, 'bad', { rsv: 7, maskingKey: null })])],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 much data behind a Close does no harm',
    [close(1000), ...inPieces(binary(Buffer.alloc(1_000_000)), 100_000)],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 messages before a Close are answered',
    [Buffer.concat([text('a'), ping('b'), close(1000)])],
    [textLine('a'), pongLine('b'), 'close 1000'],
  ),
  closing(
    '§5.4 a Close between two fragments closes; the message is lost',
    [text('begun', { fin: false }), close(1000), continuation('ended')],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§5.5.1 a Close behind an incomplete message closes',
    [text('begun', { fin: false }), continuation('more', { fin: false }), close(1001, 'bye')],
    ['close 1001 …'],
    '1001 "bye"',
  ),
];

/** @type {import('../case.mjs').Case[]} */
const serverFirst = [
  closing(
    '§7.1.2 the server begins: it closes TCP when the Close has been answered',
    [text('please close 1001 bye'), { lines: 1 }, close(1001)],
    [closeLine(1001, 'bye')],
    '1001',
  ),
  closing(
    '§7.1.2 the server begins without a code',
    [text('please close'), { lines: 1 }, close()],
    [closeLine()],
    '1005',
  ),
  closing(
    '§7.1.2 the server begins, and is answered by another code',
    [text('please close 4000 ours'), { lines: 1 }, close(4001, 'yours')],
    [closeLine(4000, 'ours')],
    '4001 "yours"',
  ),
  closing(
    '§7.1.2 both begin at once',
    [Buffer.concat([text('please close 4000 ours'), close(4001, 'mine')])],
    [closeLine(4000, 'ours')],
    '4001 "mine"',
  ),
  closing(
    '§5.5.1 the server sends nothing behind its Close, though messages and Pings still come',
    [text('please close 1000'), text('one'), ping('two'), { lines: 1 }, text('three'), close(1000)],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§7.1.2 the server begins within a message that comes in fragments',
    [
      text('please close 1000'),
      text('begun', { fin: false }),
      { lines: 1 },
      continuation('ended'),
      close(1000),
    ],
    ['close 1000'],
    '1000',
  ),
  closing(
    '§7.1.7 the server begins, and is answered by something invalid: it says no second Close',
    [text('please close 1000'), { lines: 1 }, frame(3)],
    ['close 1000'],
    '1006',
  ),
  closing(
    '§7.1.1 the server begins, and its Close is answered by the end of TCP',
    [text('please close 1000'), { lines: 1 }, 'end output'],
    ['close 1000'],
    '1006',
  ),
  {
    ...closing(
      '§7.1.1 the server begins, and is never answered: it closes TCP after a while',
      [text('please close 1000')],
      ['close 1000'],
      '1006',
    ),
    endpoint: 'brisk',
    isLeftAlone: true,
  },
];

/** @type {import('../case.mjs').Case[]} */
const withoutClose = [
  closing(
    '§7.1.5 TCP ends without a Close: the server ends it too',
    [{ lines: 0 }, 'end output'],
    [],
    '1006',
  ),
  closing('§7.1.5 TCP ends within a frame', [text('cut off').subarray(0, 5), 'end output'], [], '1006'),
  closing(
    '§7.1.5 TCP ends within a message; what came before is answered',
    [text('whole'), text('begun', { fin: false }), 'end output'],
    [textLine('whole')],
    '1006',
  ),
  closing('§7.1.5 TCP ends within a Close', [close(1000).subarray(0, -1), 'end output'], [], '1006'),
  {
    name: '§7.1.5 TCP is reset',
    moves: [text('here'), { lines: 1 }, 'reset'],
    expected: [textLine('here')],
    application: '1006',
  },
  closing(
    '§7.1.1 a client that ends its half of TCP behind its Close is answered',
    [close(1000), 'end output'],
    ['close 1000'],
    '1000',
  ),
  good('§7.1.2 a closing handshake needs no message before', [], []),
];

export const closingHandshake = {
  name: 'closing handshake',
  cases: [...codes, ...payloads, ...behindClose, ...serverFirst, ...withoutClose],
};
