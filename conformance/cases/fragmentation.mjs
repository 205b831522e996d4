/** Messages of several frames (RFC 6455 §5.4): what may stand between fragments, and what may not follow what. */
import { failing, good } from '../case.mjs';
import { binaryLine, pongLine, textLine } from '../transcript.mjs';
import { binary, continuation, fragments, inPieces, OPCODE, ping, pong, text } from '../wire.mjs';

const FIRST = text('fragment1', { fin: false });
const LAST = continuation('fragment2');
const WHOLE = textLine('fragment1fragment2');
const MORE = { fin: false };

/** A stream in the three ways it may come. */
/**
 * @param {string} name
 * @param {readonly Buffer[]} frames
 * @param {readonly string[]} expected
 */
function inAllPieces(name, frames, expected) {
  return [
    good(`${name}, sent frame by frame`, frames, expected),
    good(`${name}, sent in one piece`, [Buffer.concat(frames)], expected),
    good(`${name}, sent byte by byte`, inPieces(frames), expected),
  ];
}

/** @type {import('../case.mjs').Case[]} */
const legal = [
  ...inAllPieces('§5.4 a text in two fragments is one message', [FIRST, LAST], [WHOLE]),
  ...inAllPieces(
    '§5.4 a binary message in three fragments is one message',
    fragments(OPCODE.binary, ['one', 'two', 'three']),
    [binaryLine('onetwothree')],
  ),
  ...inAllPieces(
    '§5.4 a Ping between two fragments is answered before the message',
    [FIRST, ping('ping'), LAST],
    [pongLine('ping'), WHOLE],
  ),
  ...inAllPieces('§5.4 a Pong between two fragments changes nothing', [FIRST, pong('pong'), LAST], [WHOLE]),
  ...inAllPieces(
    '§5.4 several control frames between fragments are all seen',
    [
      text('a', MORE),
      ping('1'),
      continuation('b', MORE),
      ping('2'),
      pong(),
      ping('3'),
      continuation('c', MORE),
      continuation('d'),
      ping('4'),
    ],
    [pongLine('1'), pongLine('2'), pongLine('3'), textLine('abcd'), pongLine('4')],
  ),
  good(
    '§5.4 a Ping between two fragments is answered without waiting for the rest',
    [FIRST, ping('now'), { lines: 1 }, LAST],
    [pongLine('now'), WHOLE],
  ),
  ...inAllPieces('§5.4 all fragments of a message may be empty', fragments(OPCODE.text, ['', '', '']), [
    textLine(''),
  ]),
  ...inAllPieces(
    '§5.4 the first, an inner and the last fragment may be empty',
    fragments(OPCODE.text, ['', 'a', '', 'b', '']),
    [textLine('ab')],
  ),
  ...inAllPieces(
    '§5.4 a message in fragments follows another',
    [...fragments(OPCODE.text, ['a', 'b']), ...fragments(OPCODE.binary, ['c', 'd']), text('e')],
    [textLine('ab'), binaryLine('cd'), textLine('e')],
  ),
  good(
    '§5.4 ten thousand empty fragments are one empty message',
    [Buffer.concat(fragments(OPCODE.text, Array(10_000).fill('')))],
    [textLine('')],
  ),
  good(
    '§5.4 a message may come one byte to a fragment',
    [Buffer.concat(fragments(OPCODE.text, [...'abcdefghij'.repeat(100)]))],
    [textLine('abcdefghij'.repeat(100))],
  ),
];

/** @type {import('../case.mjs').Case[]} */
const nothingToContinue = [
  failing('§5.4 a final continuation with nothing to continue is refused', 1002, [continuation('lost')]),
  failing('§5.4 a continuation with nothing to continue is refused', 1002, [continuation('lost', MORE)]),
  failing('§5.4 an empty continuation with nothing to continue is refused', 1002, [continuation('')]),
  failing(
    '§5.4 a continuation with nothing to continue is refused behind a message of one frame',
    1002,
    [text('whole'), continuation('lost')],
    [textLine('whole')],
  ),
  failing(
    '§5.4 a continuation with nothing to continue is refused behind a message in fragments',
    1002,
    [FIRST, LAST, continuation('lost', MORE), continuation('lost')],
    [WHOLE],
  ),
  failing('§5.4 a continuation with nothing to continue is refused before its payload is complete', 1002, [
    continuation('', { claimedLength: 60_000 }),
  ]),
  failing(
    '§5.4 a continuation with nothing to continue is refused behind a Ping',
    1002,
    [ping('ping'), continuation('lost')],
    [pongLine('ping')],
  ),
];

/** @type {import('../case.mjs').Case[]} */
const newDataFrame = [
  failing('§5.4 a new text within a message is refused', 1002, [FIRST, text('new')]),
  failing('§5.4 a new binary message within a message is refused', 1002, [FIRST, binary('new')]),
  failing('§5.4 a new first fragment within a message is refused', 1002, [FIRST, text('new', MORE), LAST]),
  failing('§5.4 an empty new text within a message is refused', 1002, [FIRST, text('')]),
  failing('§5.4 a new text after two fragments is refused', 1002, [
    FIRST,
    continuation('more', MORE),
    text('new'),
  ]),
  failing(
    '§5.4 a new text within a message is refused with a Ping between',
    1002,
    [FIRST, ping('ping'), text('new')],
    [pongLine('ping')],
  ),
  failing(
    '§5.4 a new text within a message is refused, sent byte by byte',
    1002,
    inPieces([FIRST, text('new')]),
  ),
  failing('§5.4 a new text within a message is refused before its payload is complete', 1002, [
    FIRST,
    text('', { claimedLength: 60_000 }),
  ]),
];

export const fragmentation = {
  name: 'fragmentation',
  cases: [...legal, ...nothingToContinue, ...newDataFrame],
};
