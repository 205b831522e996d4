/**
 * Text is UTF-8 (RFC 6455 §5.6, §8.1; RFC 3629): valid and invalid sequences, across the borders of frames and pieces,
 * and at what byte a server may know.
 */
import { failing, good } from '../case.mjs';
import { pongLine, textLine } from '../transcript.mjs';
import { binary, close, fragments, frame, hex, inPieces, OPCODE, ping, text } from '../wire.mjs';

/** The first and last of each length, the neighbours of the surrogates, noncharacters, and a text in use. */
const VALID = /** @type {const} */ ([
  ['the Greek word kosme', 'ce ba e1 bd b9 cf 83 ce bc ce b5'],
  ['U+0000', '00'],
  ['U+007F', '7f'],
  ['U+0080', 'c2 80'],
  ['U+07FF', 'df bf'],
  ['U+0800', 'e0 a0 80'],
  ['U+0FFF', 'e0 bf bf'],
  ['U+1000', 'e1 80 80'],
  ['U+CFFF', 'ec bf bf'],
  ['U+D7FF, the last before the surrogates', 'ed 9f bf'],
  ['U+E000, the first behind the surrogates', 'ee 80 80'],
  ['U+FFFD', 'ef bf bd'],
  ['U+FFFE, a noncharacter', 'ef bf be'],
  ['U+FFFF, a noncharacter', 'ef bf bf'],
  ['U+10000', 'f0 90 80 80'],
  ['U+1FFFE and U+1FFFF, noncharacters', 'f0 9f bf be f0 9f bf bf'],
  ['U+3FFFF', 'f0 bf bf bf'],
  ['U+40000', 'f1 80 80 80'],
  ['U+FFFFF', 'f3 bf bf bf'],
  ['U+100000', 'f4 80 80 80'],
  ['U+10FFFF, the last of all', 'f4 8f bf bf'],
  ['a byte order mark, which is part of the text', 'ef bb bf 61'],
  ['characters of every length', '61 c3 a9 e2 82 ac f0 9f 98 80 7a'],
]);

/** A bar stands behind the byte that no valid text can hold there. */
const INVALID = /** @type {const} */ ([
  ['a tail without a lead: 80', '80 |'],
  ['a tail without a lead: bf', 'bf |'],
  ['a tail too many', 'c3 a9 a9 |'],
  ['all 64 tails', '80 | 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f 90 bf'],
  ['a lead of two bytes without a tail', 'c3 20 |'],
  ['a lead of three bytes without a tail', 'e2 20 |'],
  ['a lead of three bytes with one tail', 'e2 82 20 |'],
  ['a lead of four bytes without a tail', 'f0 20 |'],
  ['a lead of four bytes with one tail', 'f0 9f 20 |'],
  ['a lead of four bytes with two tails', 'f0 9f 98 20 |'],
  ['two leads in a row', 'c3 c3 | a9'],
  ['the impossible byte fe', 'fe |'],
  ['the impossible byte ff', 'ff |'],
  ['the impossible bytes fe fe ff ff', 'fe | fe ff ff'],
  ['a slash in two bytes', 'c0 | af'],
  ['a slash in three bytes', 'e0 80 | af'],
  ['a slash in four bytes', 'f0 80 | 80 af'],
  ['a slash in five bytes', 'f8 | 80 80 80 af'],
  ['a slash in six bytes', 'fc | 80 80 80 80 af'],
  ['U+0000 in two bytes', 'c0 | 80'],
  ['U+0000 in three bytes', 'e0 80 | 80'],
  ['U+0000 in four bytes', 'f0 80 | 80 80'],
  ['U+007F in two bytes', 'c1 | bf'],
  ['U+07FF in three bytes', 'e0 9f | bf'],
  ['U+FFFF in four bytes', 'f0 8f | bf bf'],
  ['U+D800, a surrogate', 'ed a0 | 80'],
  ['U+DB7F, a surrogate', 'ed ad | bf'],
  ['U+DBFF, a surrogate', 'ed af | bf'],
  ['U+DC00, a surrogate', 'ed b0 | 80'],
  ['U+DFFF, a surrogate', 'ed bf | bf'],
  ['a pair of surrogates', 'ed a0 | 80 ed b0 80'],
  ['U+110000', 'f4 90 | 80 80'],
  ['U+13FFFF', 'f4 bf | bf bf'],
  ['U+140000', 'f5 | 80 80 80'],
  ['U+1FFFFF', 'f7 | bf bf bf'],
  ['U+200000 in five bytes', 'f8 | 88 80 80 80'],
  ['U+3FFFFFF in five bytes', 'fb | bf bf bf bf'],
  ['U+4000000 in six bytes', 'fc | 84 80 80 80 80'],
  ['U+7FFFFFFF in six bytes', 'fd | bf bf bf bf bf'],
  ['kosme, a surrogate, edited', 'ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 | 80 65 64 69 74 65 64'],
]);

/** Valid as far as they go; invalid because the message ends. */
const INCOMPLETE = [
  'c2',
  'df',
  'e0',
  'e0 a0',
  'ed 9f',
  'ef bf',
  'f0',
  'f0 90',
  'f0 90 80',
  'f4 8f bf',
  '61 c3',
];

/** @param {Buffer} bytes */
function oneByteFragments(bytes) {
  return fragments(OPCODE.text, inPieces(bytes));
}

/** @type {import('../case.mjs').Case[]} */
const valid = VALID.flatMap(([name, digits]) => {
  const bytes = hex(digits);
  return [
    good(`§5.6 valid UTF-8 is echoed: ${name}`, [text(bytes)], [textLine(bytes)]),
    good(`§5.6 valid UTF-8 is echoed, sent byte by byte: ${name}`, inPieces(text(bytes)), [textLine(bytes)]),
    good(
      `§5.6 a fragment "might not" end with a character: ${name}, one byte in each`,
      oneByteFragments(bytes),
      [textLine(bytes)],
    ),
    good(
      `§5.6 a Ping may come within a character: ${name}`,
      oneByteFragments(bytes).flatMap((fragment) => [fragment, ping('')]),
      // The last Ping comes behind the message.
      [...Array(bytes.length - 1).fill(pongLine()), textLine(bytes), pongLine()],
    ),
  ];
});

/** @type {import('../case.mjs').Case[]} */
const invalid = INVALID.flatMap(([name, digits]) => {
  const bytes = hex(digits);
  const telling = hex(digits.slice(0, digits.indexOf('|')));
  const begun = text(telling, { claimedLength: telling.length + 5000 });
  return [
    failing(`§8.1 invalid UTF-8 is refused: ${name}`, 1007, [text(bytes)]),
    failing(`§8.1 invalid UTF-8 is refused, sent byte by byte: ${name}`, 1007, inPieces(text(bytes))),
    failing(`§8.1 invalid UTF-8 is refused in fragments of one byte: ${name}`, 1007, oneByteFragments(bytes)),
    failing(`§8.1 invalid UTF-8 is refused before the message is complete: ${name}`, 1007, [
      text(telling, { fin: false }),
    ]),
    failing(`§8.1 invalid UTF-8 is refused before the frame is complete: ${name}`, 1007, [begun]),
    failing(
      `§8.1 invalid UTF-8 is refused before the frame is complete, sent byte by byte: ${name}`,
      1007,
      inPieces(begun),
    ),
  ];
});

/** @type {import('../case.mjs').Case[]} */
const incomplete = INCOMPLETE.flatMap((digits) => {
  const bytes = hex(digits);
  return [
    failing(`§8.1 a text must not end within a character: ${digits}`, 1007, [text(bytes)]),
    failing(`§8.1 a text must not end within a character, in fragments of one byte: ${digits}`, 1007, [
      ...oneByteFragments(bytes),
    ]),
    failing(`§8.1 a text must not end within a character, with an empty last fragment: ${digits}`, 1007, [
      ...fragments(OPCODE.text, [bytes, '']),
    ]),
  ];
});

const LONG = `${'κόσμε '.repeat(2000)}end`;

/** @type {import('../case.mjs').Case[]} */
const elsewhere = [
  good(
    '§5.6 a binary message is any bytes',
    [binary(hex('ff fe c0 80 ed a0 80'))],
    ['binary fffec080eda080'],
  ),
  good(
    '§5.6 a binary message in fragments is any bytes',
    fragments(OPCODE.binary, [hex('ff c3'), hex('28')]),
    ['binary ffc328'],
  ),
  good(
    '§5.5.2 a Ping is any bytes, also within a text',
    [
      frame(OPCODE.text, hex('c3'), { fin: false }),
      ping(hex('ff fe')),
      frame(OPCODE.continuation, hex('a9')),
    ],
    [pongLine(hex('ff fe')), textLine('é')],
  ),
  good('§5.6 a long text is echoed, in pieces that part its characters', inPieces(text(LONG), 997), [
    textLine(LONG),
  ]),
  good(
    '§5.6 a long text is echoed, in frames that part its characters',
    fragments(OPCODE.text, inPieces(Buffer.from(LONG), 13)),
    [textLine(LONG)],
  ),
  failing('§8.1 a long text is refused for its last byte', 1007, [
    text(Buffer.concat([Buffer.from('a'.repeat(70_000)), hex('ff')])),
  ]),
  failing('§8.1 a long text is refused for a byte in its middle', 1007, [
    text(Buffer.concat([Buffer.from('a'.repeat(40_001)), hex('ed a0 80'), Buffer.from('a'.repeat(40_001))])),
  ]),
  failing(
    '§8.1 a text before an invalid one is echoed',
    1007,
    [text('good'), text(hex('ff')), text('never seen'), close(1000)],
    [textLine('good')],
  ),
];

export const utf8 = { name: 'UTF-8', cases: [...valid, ...invalid, ...incomplete, ...elsewhere] };
