/**
 * Limits (RFC 6455 §10.4, §7.4.1). On an endpoint that takes messages of 1,000 bytes in 8 fragments: what exceeds it is
 * refused by the header that says so, before anything is buffered.
 */
import { failing, good } from '../case.mjs';
import { binaryLine, pongLine, textLine } from '../transcript.mjs';
import { binary, continuation, fragments, inPieces, OPCODE, ping, text } from '../wire.mjs';

const LIMITED = { endpoint: 'limited' };
const LONGEST = 'x'.repeat(1000);

/** Lengths that no memory holds, and on either side of what a double counts exactly. */
const LYING_LENGTHS = [
  2n ** 31n,
  2n ** 32n,
  2n ** 32n + 5n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
];

/** @type {import('../case.mjs').Case[]} */
const lengths = [
  good('§10.4 a message of exactly the limit is taken', [text(LONGEST)], [textLine(LONGEST)], LIMITED),
  good(
    '§10.4 a message of exactly the limit is taken, sent byte by byte',
    inPieces(binary(LONGEST)),
    [binaryLine(LONGEST)],
    LIMITED,
  ),
  good(
    '§10.4 the limit holds for each message anew',
    [text(LONGEST), binary(LONGEST), text(LONGEST)],
    [textLine(LONGEST), binaryLine(LONGEST), textLine(LONGEST)],
    LIMITED,
  ),
  failing('§10.4 one byte more is refused', 1009, [text(`${LONGEST}x`)], [], LIMITED),
  failing(
    '§10.4 one byte more is refused by the header',
    1009,
    [text('', { claimedLength: 1001 }).subarray(0, 4)],
    [],
    LIMITED,
  ),
  failing(
    '§10.4 one byte more is refused by the header, sent byte by byte',
    1009,
    [...inPieces(text('', { claimedLength: 1001 }).subarray(0, 4))],
    [],
    LIMITED,
  ),
  ...LYING_LENGTHS.map((claimedLength) =>
    failing(
      `§10.4 a length that lies is refused by the header: ${claimedLength} bytes`,
      1009,
      [binary('x', { claimedLength })],
      [],
      LIMITED,
    ),
  ),
  failing('§10.4 a length that lies is refused where the limit is large, too', 1009, [
    binary('x', { claimedLength: 2n ** 40n }),
  ]),
  failing(
    '§10.4 the message before one that is too big is answered',
    1009,
    [text('fits'), text('', { claimedLength: 70_000 })],
    [textLine('fits')],
    LIMITED,
  ),
];

/** @type {import('../case.mjs').Case[]} */
const fragmented = [
  good(
    '§10.4 fragments that are the limit together are taken',
    fragments(OPCODE.text, [LONGEST.slice(0, 600), LONGEST.slice(600)]),
    [textLine(LONGEST)],
    LIMITED,
  ),
  good(
    '§10.4 control frames between fragments do not count',
    [
      text(LONGEST.slice(0, 600), { fin: false }),
      ping('p'.repeat(125)),
      ping('p'.repeat(125)),
      ping('p'.repeat(125)),
      ping('p'.repeat(125)),
      continuation(LONGEST.slice(600)),
    ],
    [...Array(4).fill(pongLine('p'.repeat(125))), textLine(LONGEST)],
    LIMITED,
  ),
  failing(
    '§10.4 fragments that exceed the limit together are refused',
    1009,
    [...fragments(OPCODE.text, [LONGEST.slice(0, 600), `${LONGEST.slice(600)}x`])],
    [],
    LIMITED,
  ),
  failing(
    '§10.4 fragments that exceed the limit together are refused by the last header',
    1009,
    [text(LONGEST, { fin: false }), continuation('', { claimedLength: 1 }).subarray(0, 2)],
    [],
    LIMITED,
  ),
  failing(
    '§10.4 fragments that exceed the limit are refused before the message ends',
    1009,
    [text('x', { fin: false }), continuation(LONGEST, { fin: false })],
    [],
    LIMITED,
  ),
  good(
    '§10.4 a message in the most fragments is taken',
    fragments(OPCODE.text, [...'12345678']),
    [textLine('12345678')],
    LIMITED,
  ),
  good(
    '§10.4 the fragments of each message are counted anew',
    [...fragments(OPCODE.text, [...'12345678']), ...fragments(OPCODE.text, [...'abcdefgh'])],
    [textLine('12345678'), textLine('abcdefgh')],
    LIMITED,
  ),
  failing(
    '§10.4 a message in too many fragments is refused',
    1008,
    [...fragments(OPCODE.text, [...'123456789'])],
    [],
    LIMITED,
  ),
  failing(
    '§10.4 a message in too many fragments is refused before it ends',
    1008,
    [...fragments(OPCODE.text, [...'123456789', '']).slice(0, 9)],
    [],
    LIMITED,
  ),
  failing(
    '§10.4 empty fragments count, too',
    1008,
    [Buffer.concat(fragments(OPCODE.text, Array(10_000).fill('')))],
    [],
    LIMITED,
  ),
];

export const limits = { name: 'limits', cases: [...lengths, ...fragmented] };
