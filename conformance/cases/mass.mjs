/** Many messages and large ones (RFC 6455 §5): all come back, whole and in order. */
import { good } from '../case.mjs';
import { binaryLine, pongLine, textLine } from '../transcript.mjs';
import { binary, fragments, inPieces, OPCODE, ping, text } from '../wire.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What one write holds where a stream comes in large pieces. */
const PIECE_BYTES = 64 * KIB;

/** @param {number} length */
function bytesOf(length) {
  const bytes = Buffer.alloc(length);
  // 251 is prime: neither a mask nor a power of two hides a shift.
  for (let at = 0; at < length; at++) bytes[at] = at % 251;
  return bytes;
}

/** @param {number} count @param {(at: number) => string} payload */
function textsOf(count, payload) {
  return Array.from({ length: count }, (_, at) => payload(at));
}

/** @param {string} name @param {readonly string[]} payloads */
function texts(name, payloads) {
  const frames = payloads.map((payload) => text(payload));
  return good(
    name,
    inPieces(frames, PIECE_BYTES),
    payloads.map((payload) => textLine(payload)),
  );
}

/** @type {import('../case.mjs').Case[]} */
const many = [
  texts(
    '§5.6 5,000 empty texts',
    textsOf(5000, () => ''),
  ),
  texts(
    '§5.6 5,000 tiny texts, each another',
    textsOf(5000, (at) => `${at}`),
  ),
  texts(
    '§5.6 1,000 texts of growing length',
    textsOf(1000, (at) => 'g'.repeat(at)),
  ),
  texts(
    '§5.6 1,000 texts of 1 KiB',
    textsOf(1000, (at) => `${at}`.padEnd(KIB, '.')),
  ),
  texts(
    '§5.6 100 texts of 16 KiB',
    textsOf(100, (at) => `${at}`.padEnd(16 * KIB, '.')),
  ),
  good(
    '§5.6 1,000 tiny messages and Pings in turn, in pieces of 7 bytes',
    inPieces(
      textsOf(500, (at) => `${at}`).flatMap((data) => [text(data), ping(data)]),
      7,
    ),
    textsOf(500, (at) => `${at}`).flatMap((data) => [textLine(data), pongLine(data)]),
  ),
  good(
    '§5.6 1,000 messages, each sent when the one before has come back',
    textsOf(1000, (at) => `${at}`).flatMap((data, at) => [text(data), { lines: at + 1 }]),
    textsOf(1000, (at) => textLine(`${at}`)),
  ),
];

/** @type {import('../case.mjs').Case[]} */
const large = [
  ...[256 * KIB, MIB, 4 * MIB, 16 * MIB].map((length) =>
    good(`§5.2 a binary message of ${length / KIB} KiB`, inPieces(binary(bytesOf(length)), PIECE_BYTES), [
      binaryLine(bytesOf(length)),
    ]),
  ),
  ...[256 * KIB, MIB, 4 * MIB].map((length) =>
    good(`§5.6 a text of ${length / KIB} KiB`, inPieces(text('tëxt'.repeat(length / 5)), PIECE_BYTES), [
      textLine('tëxt'.repeat(length / 5)),
    ]),
  ),
  ...[256, 4 * KIB, 64 * KIB, MIB].map((size) =>
    good(
      `§5.4 a binary message of 1 MiB in fragments of ${size} bytes`,
      inPieces(fragments(OPCODE.binary, inPieces(bytesOf(MIB), size)), PIECE_BYTES),
      [binaryLine(bytesOf(MIB))],
    ),
  ),
  ...[64, 1000, 1460].map((size) =>
    good(
      `§5.2 a binary message of 256 KiB, sent in pieces of ${size} bytes`,
      inPieces(binary(bytesOf(256 * KIB)), size),
      [binaryLine(bytesOf(256 * KIB))],
    ),
  ),
  good(
    '§5.6 100 messages of 64 KiB to a client that reads only afterwards',
    [
      { lines: 0 },
      'stop reading',
      ...inPieces(Array(100).fill(binary(bytesOf(64 * KIB))), PIECE_BYTES),
      'read on',
    ],
    Array(100).fill(binaryLine(bytesOf(64 * KIB))),
  ),
];

export const mass = { name: 'many and large messages', cases: [...many, ...large] };
