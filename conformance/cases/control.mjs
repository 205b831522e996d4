/** Pings and Pongs (RFC 6455 §5.5.2, §5.5.3), and what holds for every control frame (§5.5). */
import { failing, good } from '../case.mjs';
import { pongLine, textLine } from '../transcript.mjs';
import { frame, inPieces, OPCODE, ping, pong, text } from '../wire.mjs';

const BYTES = Uint8Array.from({ length: 125 }, (_, at) => 255 - at);
const TEN = Array.from({ length: 10 }, (_, at) => `payload ${at}`);

/** @type {import('../case.mjs').Case[]} */
const answered = [
  good('§5.5.2 an empty Ping is answered by an empty Pong', [ping()], [pongLine()]),
  good(
    '§5.5.3 a Pong has "identical Application data": text',
    [ping('Hello, world!')],
    [pongLine('Hello, world!')],
  ),
  good(
    '§5.5.3 a Pong has "identical Application data": bytes that are no UTF-8',
    [ping(Uint8Array.of(0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff))],
    [pongLine(Uint8Array.of(0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff))],
  ),
  ...[1, 124, 125].map((length) =>
    good(
      `§5.5 a control frame may have a payload of ${length} bytes`,
      [ping(BYTES.subarray(0, length))],
      [pongLine(BYTES.subarray(0, length))],
    ),
  ),
  good('§5.5.2 a Ping of 125 bytes is answered, sent byte by byte', inPieces(ping(BYTES)), [pongLine(BYTES)]),
  good(
    '§5.5.2 ten Pings are answered in order, sent in one piece',
    [Buffer.concat(TEN.map((data) => ping(data)))],
    TEN.map((data) => pongLine(data)),
  ),
  good(
    '§5.5.2 ten Pings are answered in order, sent one by one',
    TEN.flatMap((data, at) => [ping(data), { lines: at + 1 }]),
    TEN.map((data) => pongLine(data)),
  ),
  good(
    '§5.5.2 ten Pings are answered in order, sent byte by byte',
    inPieces(TEN.map((data) => ping(data))),
    TEN.map((data) => pongLine(data)),
  ),
  good('§5.5.3 "A Pong frame MAY be sent unsolicited": empty', [pong()], []),
  good('§5.5.3 "A Pong frame MAY be sent unsolicited": with a payload', [pong('unsolicited')], []),
  good(
    '§5.5.3 "A Pong frame MAY be sent unsolicited": of 125 bytes, byte by byte',
    inPieces(pong(BYTES)),
    [],
  ),
  good(
    '§5.5.3 "A response to an unsolicited Pong frame is not expected": a Ping behind it is answered, it is not',
    [pong('unsolicited'), ping('ping')],
    [pongLine('ping')],
  ),
  good(
    '§5.5.3 ten unsolicited Pongs leave messages alone',
    [...TEN.map((data) => pong(data)), text('message')],
    [textLine('message')],
  ),
];

const CONTROL = /** @type {const} */ ([
  ['Close', OPCODE.close],
  ['Ping', OPCODE.ping],
  ['Pong', OPCODE.pong],
]);

/** @type {import('../case.mjs').Case[]} */
const refused = CONTROL.flatMap(([name, opcode]) => [
  failing(`§5.5 a control frame's payload is "125 bytes or less": a ${name} of 126 bytes`, 1002, [
    frame(opcode, '\x03\xe8'.padEnd(126, 'x')),
  ]),
  failing(`§5.5 a ${name} of 65,536 bytes is refused by its second byte`, 1002, [
    frame(opcode, '', { claimedLength: 65_536 }).subarray(0, 2),
  ]),
  failing(`§5.5 a control frame "MUST NOT be fragmented": a ${name} without FIN`, 1002, [
    frame(opcode, '\x03\xe8', { fin: false }),
  ]),
  failing(`§5.5 a ${name} in two fragments is refused by its first byte`, 1002, [
    frame(opcode, '\x03', { fin: false }).subarray(0, 1),
  ]),
]);

export const control = { name: 'pings and pongs', cases: [...answered, ...refused] };
